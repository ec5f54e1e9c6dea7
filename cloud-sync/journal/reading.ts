/** Reads the journal past holes, so that each run ends where its hash is known. */

import { RunningHash } from "../protocol/chain.ts";
import type { Entry, Hole } from "../protocol/entry.ts";
import { asEntry, PlainReading } from "../protocol/plain-reading.ts";
import type { EntrySink, ReadLimits, Stretch } from "./contract.ts";
import { JournalError } from "./faults.ts";
import { type Group, groupAfter } from "./groups.ts";
import type { Hashes, Place } from "./hashes.ts";
import { readParts } from "./row.ts";
import { isCorrupt } from "./seal.ts";
import { type JournalSql, type LevelStatements, levelsOf } from "./statements.ts";
import type { Words } from "./words.ts";

/** A place where a run may end: the number, how much of the run lies before it, and the hash there. */
interface Stop {
  readonly seq: number;
  readonly entries: number;
  readonly gone: number;
  readonly hash: Uint8Array;
}

export interface RowReader {
  /**
   * Whole entries after `afterSeq`, in order, readings in parts where they can be: one that is filled again for the next. What is
   * damaged is left out and reported; where the file itself is, it ends with `damaged-file`.
   */
  after(afterSeq: number): Generator<Found>;
}

interface Found {
  readonly found: Entry | PlainReading;
  /** Of its row. */
  readonly bytes: number;
}

interface RowParts {
  readonly sql: JournalSql;
  readonly words: Words;
  readonly damaged: (seq: number) => void;
  readonly broken: () => void;
}

export const createRowReader = (
  sql: JournalSql,
  words: Words,
  damaged: (seq: number) => void,
  broken: () => void,
): RowReader => ({
  after: (afterSeq) => new RowWalk({ sql, words, damaged, broken }, afterSeq).all(),
});

/** One way through the rows. */
class RowWalk {
  private readonly parts: RowParts;
  private readonly plain = new PlainReading();
  /** Of the last whole entry. */
  private last: number;
  /** Damaged rows behind it: any number may stand there. */
  private claimed: number[] = [];

  constructor(parts: RowParts, afterSeq: number) {
    this.parts = parts;
    this.last = afterSeq;
  }

  *all(): Generator<Found> {
    try {
      for (const level of levelsOf(this.parts.sql)) {
        const from = this.last;
        const isRead = yield* this.inGroups(level);
        if (!isRead) yield* this.rowByRow(level, from);
      }
      for (const seq of this.claimed) this.parts.damaged(seq);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      this.parts.broken();
      throw new JournalError("damaged-file", `after entry ${this.last}`, this.last + 1);
    }
  }

  /** Whether it came to the end of the level: not past anything odd, behind which a search may land anywhere. */
  private *inGroups(level: LevelStatements): Generator<Found, boolean> {
    if (this.claimed.length > 0) return false;
    for (let at = this.last, isHere = false; ; isHere = true) {
      const group = groupAfter(level, at, isHere);
      if (group === undefined) {
        // It was read just now: a search that does not find it goes astray.
        if (isHere && level.entry.get(at) === undefined) this.parts.broken();
        return false;
      }
      if (group.seqs.length === 0) return true;
      for (let index = 0; index < group.seqs.length; index++) {
        const row = this.inGroup(group, index);
        if (row === undefined) return false;
        yield row;
      }
      at = group.seqs.at(-1)!;
    }
  }

  /** Undefined for a row that is damaged. */
  private inGroup({ seqs, bytes, ends }: Group, index: number): Found | undefined {
    const [seq, from, to] = [seqs[index]!, index === 0 ? 0 : ends[index - 1]!, ends[index]!];
    const found = partsOf(this.parts.words, this.plain, seq, bytes, from, to);
    if (found === undefined) return undefined;
    this.last = seq;
    return { found, bytes: to - from };
  }

  /** From where the level was begun: one more search may land anywhere. What was read of it is stepped over. */
  private *rowByRow(level: LevelStatements, from: number): Generator<Found> {
    const { words, damaged, broken } = this.parts;
    const until = this.last;
    let isBehind = from === until;
    for (const { seq, row } of level.after.iterate(from)) {
      if (!isBehind && seq <= until) {
        isBehind = seq === until;
        continue;
      }
      // Numbers out of order, for a damaged row may claim any, lead searches astray: the file has to be built anew.
      if (seq <= this.last || this.claimed.some((other) => other >= seq)) broken();
      if (seq <= this.last) continue;
      const found = partsOf(words, this.plain, seq, row);
      if (found === undefined) {
        this.claimed.push(seq);
        continue;
      }
      // Of those the next whole row tells which can be right.
      for (const other of this.claimed) if (other < seq) damaged(other);
      this.claimed = [];
      this.last = seq;
      yield { found, bytes: row.length };
    }
  }
}

/** Undefined for a row that is damaged. */
function partsOf(...row: Parameters<typeof readParts>): Entry | PlainReading | undefined {
  try {
    return readParts(...row);
  } catch (error) {
    if (error instanceof JournalError) return undefined;
    throw error;
  }
}

/** Undefined for a row that is damaged. */
export function entryOf(words: Words, seq: number, row: Uint8Array): Entry | undefined {
  const found = partsOf(words, new PlainReading(), seq, row);
  return found && asEntry(found);
}

export const createEntryList = () => {
  const entries: Entry[] = [];
  return { entries, add: (found: Entry | PlainReading): void => void entries.push(asEntry(found)) };
};

/** One run after `start`, whose hash is known, into what `begin` makes. */
export function readInto<Into extends EntrySink>(
  rows: RowReader,
  hashes: Hashes,
  { start, head, limits }: { readonly start: Place; readonly head: Place; readonly limits: ReadLimits },
  begin: () => Into,
): Stretch & { readonly into: Into } {
  let into = begin();
  let count = 0;
  const gone: Hole[] = [];
  /** After the last number, as long as no hole hides it. */
  let running: RunningHash | undefined = new RunningHash(start.hash);
  let stop: Stop = { ...start, entries: 0, gone: 0 };
  let next = start.seq + 1;
  let bytes = 0;

  const stopHere = (): void => {
    if (running !== undefined) stop = { seq: next - 1, entries: count, gone: gone.length, hash: running.hash };
  };
  const pass = (from: number, to: number): void => {
    stopHere();
    const inside = hashes.storedIn(from, to);
    const hashAfter = inside?.seq === to ? inside.hash : undefined;
    gone.push({ from, to, ...(hashAfter === undefined ? {} : { hashAfter }) });
    running = hashAfter && new RunningHash(hashAfter);
    if (inside !== undefined) stop = { ...inside, entries: count, gone: gone.length };
  };

  let ended = true;
  for (const { found, bytes: size } of rows.after(start.seq)) {
    const over = count >= Math.max(1, limits.entries) || (count > 0 && bytes + size > limits.bytes);
    if (over && (running !== undefined || stop.seq > start.seq)) {
      ended = false;
      break;
    }
    const { seq } = found;
    if (seq > next) pass(next, seq - 1);
    next = seq + 1;
    bytes += size;
    count++;
    into.add(found);
    if (running !== undefined) running.step(found);
    else {
      const hash = hashes.storedAt(seq);
      if (hash !== undefined) running = new RunningHash(hash);
    }
  }
  if (ended && next <= head.seq) {
    pass(next, head.seq);
    next = head.seq + 1;
  }
  stopHere();
  if (next - 1 === head.seq) stop = { ...head, entries: count, gone: gone.length };
  if (stop.entries < count) into = firstOf(rows, start.seq, stop.entries, begin());
  const kept = gone.slice(0, stop.gone);
  const last = kept.at(-1);
  if (last !== undefined && last.to > stop.seq)
    kept[kept.length - 1] = { from: last.from, to: stop.seq, hashAfter: stop.hash };
  return {
    into,
    count: stop.entries,
    gone: kept,
    firstSeq: start.seq + 1,
    lastSeq: stop.seq,
    hashBefore: start.hash,
    hashAfter: stop.hash,
  };
}

/** What was read beyond the last place with a known hash does not belong to the run: behind holes, and seldom. */
function firstOf<Into extends EntrySink>(rows: RowReader, afterSeq: number, count: number, into: Into): Into {
  let left = count;
  for (const { found } of rows.after(afterSeq)) {
    if (left-- === 0) break;
    into.add(found);
  }
  return into;
}
