/**
 * Numbers of entries by their time. Times need not rise with the numbers, for clocks jump; but each row names a stretch of the clock
 * (a word of the dictionary) in which the wall clock only follows the monotonic one, and these stretches follow each other. So the
 * stretches are an index: of each its first number is found by halving, and within it what lies between two times.
 */
import { offsetOf } from "../protocol/clock.ts";
import type { ClockCorrection, Stamp } from "../protocol/entry.ts";
import { entryOf } from "./reading.ts";
import { clockWordOf } from "./row.ts";
import { type JournalSql, levelsOf } from "./statements.ts";
import { LEAD_DRIFT_MAX_MS, type Words } from "./words.ts";

export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** Wall times, ms since 1970, both included. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Within a stretch the wall clock may go back by so much: it drifts to either side, and an offset below a second is left as it is. */
const BACK_MAX_MS = 2 * LEAD_DRIFT_MAX_MS + 2_000;

interface Probe {
  readonly seq: number;
  readonly word: number;
  readonly wall: number;
}

export interface WhenParts {
  readonly sql: JournalSql;
  readonly words: Words;
  readonly clocks: ReadonlyMap<number, ClockCorrection>;
  /** Instead of `timeOf`. Rises within a stretch as the wall clock does, or is the same all through it. */
  readonly time?: (stamp: Stamp) => number;
}

/** When the entry was written, as far as that is known by now. */
export const timeOf = (stamp: Stamp, clocks: WhenParts["clocks"]): number => {
  const correction = clocks.get(stamp.boot);
  return stamp.wall + (correction === undefined ? 0 : offsetOf(stamp, correction));
};

/** Ranges that together hold every entry of that time, and near their ends some of shortly before and after. */
export function rangesOf({ sql, words, clocks, time }: WhenParts, times: TimeRange): SeqRange[] {
  const first = Math.min(...levelsOf(sql).map((level) => level.oldest.get() ?? Number.POSITIVE_INFINITY));
  const last = Math.max(0, ...levelsOf(sql).map((level) => level.newest.get() ?? 0));

  /** The first whole entry from that number on. */
  const probe = (from: number): Probe | undefined => {
    for (const level of levelsOf(sql)) {
      for (const { seq, row } of level.after.iterate(from - 1)) {
        const entry = entryOf(words, seq, row);
        if (entry !== undefined)
          return { seq, word: clockWordOf(row), wall: time?.(entry.stamp) ?? timeOf(entry.stamp, clocks) };
      }
    }
    return undefined;
  };
  /** The lowest number in [from, end] from which on all is past; `end` where nothing is. */
  const firstPast = (from: number, end: number, isPast: (probe: Probe) => boolean): number => {
    let [low, high] = [from, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = probe(middle);
      if (found === undefined || found.seq >= high || isPast(found)) high = middle;
      else low = found.seq + 1;
    }
    return low;
  };

  const ranges: SeqRange[] = [];
  for (let begin = first; ; ) {
    const here = probe(begin);
    if (here === undefined) return ranges;
    const end = firstPast(here.seq, last + 1, ({ word }) => word > here.word);
    const from = firstPast(here.seq, end, ({ wall }) => wall >= times.from - BACK_MAX_MS);
    const past = firstPast(from, end, ({ wall }) => wall > times.to + BACK_MAX_MS);
    if (from < past) ranges.push({ from, to: past - 1 });
    begin = end;
  }
}

/**
 * The lowest number from which on an entry may be of that time or later: shortly before the first one that is. Entries of a clock
 * that nobody ever knew may be of any time. Undefined where there is none.
 */
export function firstSince({ clocks, ...parts }: Omit<WhenParts, "time">, since: number): number | undefined {
  const time = (stamp: Stamp): number =>
    stamp.clock === "unknown" && !clocks.has(stamp.boot) ? Number.POSITIVE_INFINITY : timeOf(stamp, clocks);
  const ranges = rangesOf({ ...parts, clocks, time }, { from: since, to: Number.POSITIVE_INFINITY });
  return ranges.length === 0 ? undefined : Math.min(...ranges.map(({ from }) => from));
}
