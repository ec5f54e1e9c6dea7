/** Reads the journal past holes, so that each run ends where its hash is known. */
import type { Entry, Gone } from "../protocol/entry.ts";
import type { ReadLimits, Run } from "./contract.ts";
import { JournalError } from "./faults.ts";
import { follow, type Hashes, type Place } from "./hashes.ts";
import { readRow } from "./row.ts";
import { isCorrupt } from "./seal.ts";
import { type JournalSql, levelsOf } from "./statements.ts";
import type { Words } from "./words.ts";

/** A place where a run may end: the number, how much of the run lies before it, and the hash there. */
interface Stop {
  readonly seq: number;
  readonly entries: number;
  readonly gone: number;
  readonly hash: () => Uint8Array;
}

export interface RowReader {
  /**
   * Whole entries after `afterSeq`, in order. What is damaged is left out and reported; where the file itself is, it ends with
   * `damaged-file`.
   */
  after(afterSeq: number): Generator<{ readonly entry: Entry; readonly bytes: number }>;
}

export const createRowReader = (
  sql: JournalSql,
  words: Words,
  damaged: (seq: number) => void,
  broken: () => void,
): RowReader => ({
  *after(afterSeq) {
    let last = afterSeq;
    let claimed: number[] = [];
    try {
      for (const level of levelsOf(sql)) {
        for (const { seq, row } of level.after.iterate(last)) {
          // Numbers out of order, for a damaged row may claim any, lead searches astray: the file has to be built anew.
          if (seq <= last || claimed.some((other) => other >= seq)) broken();
          if (seq <= last) continue;
          const entry = entryOf(words, seq, row);
          if (entry === undefined) {
            claimed.push(seq);
            continue;
          }
          // Of those the next whole row tells which can be right.
          for (const other of claimed) if (other < seq) damaged(other);
          claimed = [];
          last = seq;
          yield { entry, bytes: row.length };
        }
      }
      for (const seq of claimed) damaged(seq);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      broken();
      throw new JournalError("damaged-file", `after entry ${last}`, last + 1);
    }
  },
});

export function entryOf(words: Words, seq: number, row: Uint8Array): Entry | undefined {
  try {
    return readRow(words, seq, row);
  } catch (error) {
    if (error instanceof JournalError) return undefined;
    throw error;
  }
}

/** One run after `start`, whose hash is known. */
export function readRun(rows: RowReader, hashes: Hashes, start: Place, head: Place, limits: ReadLimits): Run {
  const entries: Entry[] = [];
  const gone: Gone[] = [];
  /** The last number with a known hash that the entries since follow without a hole. */
  let base: (Place & { readonly entries: number }) | undefined = { ...start, entries: 0 };
  let stop: Stop = { seq: start.seq, entries: 0, gone: 0, hash: () => start.hash };
  let next = start.seq + 1;
  let bytes = 0;

  const stopHere = (): void => {
    if (base === undefined) return;
    const from = base;
    const until = entries.length;
    const hash = (): Uint8Array => follow(from, entries.slice(from.entries, until));
    stop = { seq: next - 1, entries: until, gone: gone.length, hash };
  };
  const pass = (from: number, to: number): void => {
    stopHere();
    gone.push({ from, to });
    const inside = hashes.storedIn(from, to);
    base = inside?.seq === to ? { ...inside, entries: entries.length } : undefined;
    if (inside !== undefined) stop = { ...inside, entries: entries.length, gone: gone.length, hash: () => inside.hash };
  };

  let ended = true;
  for (const { entry, bytes: size } of rows.after(start.seq)) {
    const over = entries.length >= Math.max(1, limits.entries) || (entries.length > 0 && bytes + size > limits.bytes);
    if (over && (base !== undefined || stop.seq > start.seq)) {
      ended = false;
      break;
    }
    if (entry.seq > next) pass(next, entry.seq - 1);
    next = entry.seq + 1;
    bytes += size;
    entries.push(entry);
    if (base === undefined) {
      const hash = hashes.storedAt(entry.seq);
      if (hash !== undefined) base = { seq: entry.seq, hash, entries: entries.length };
    }
  }
  if (ended && next <= head.seq) {
    pass(next, head.seq);
    next = head.seq + 1;
  }
  stopHere();
  if (next - 1 === head.seq)
    stop = { seq: head.seq, entries: entries.length, gone: gone.length, hash: () => head.hash };
  const kept = gone.slice(0, stop.gone);
  const last = kept.at(-1);
  if (last !== undefined && last.to > stop.seq) kept[kept.length - 1] = { from: last.from, to: stop.seq };
  return {
    entries: entries.slice(0, stop.entries),
    gone: kept,
    firstSeq: start.seq + 1,
    lastSeq: stop.seq,
    hashBefore: start.hash,
    hashAfter: stop.hash(),
  };
}
