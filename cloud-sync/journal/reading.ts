/** Reads the journal past holes, so that each run ends where its hash is known. */

import { RunningHash } from "../protocol/chain.ts";
import type { Entry, Gone } from "../protocol/entry.ts";
import { asEntry, PlainReading } from "../protocol/plain-reading.ts";
import type { EntrySink, ReadLimits, Stretch } from "./contract.ts";
import { JournalError } from "./faults.ts";
import type { Hashes, Place } from "./hashes.ts";
import { readParts, readRow } from "./row.ts";
import { isCorrupt } from "./seal.ts";
import { type JournalSql, levelsOf } from "./statements.ts";
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
  after(afterSeq: number): Generator<{ readonly found: Entry | PlainReading; readonly bytes: number }>;
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
    const plain = new PlainReading();
    try {
      for (const level of levelsOf(sql)) {
        for (const { seq, row } of level.after.iterate(last)) {
          // Numbers out of order, for a damaged row may claim any, lead searches astray: the file has to be built anew.
          if (seq <= last || claimed.some((other) => other >= seq)) broken();
          if (seq <= last) continue;
          const found = partsOf(words, seq, row, plain);
          if (found === undefined) {
            claimed.push(seq);
            continue;
          }
          // Of those the next whole row tells which can be right.
          for (const other of claimed) if (other < seq) damaged(other);
          claimed = [];
          last = seq;
          yield { found, bytes: row.length };
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

function wholeOnly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof JournalError) return undefined;
    throw error;
  }
}

/** Undefined for a row that is damaged. */
export const entryOf = (words: Words, seq: number, row: Uint8Array): Entry | undefined =>
  wholeOnly(() => readRow(words, seq, row));

const partsOf = (words: Words, seq: number, row: Uint8Array, plain: PlainReading) =>
  wholeOnly(() => readParts(words, seq, row, plain));

export function stepOver(running: RunningHash, found: Entry | PlainReading): void {
  if (found instanceof PlainReading) running.stepPlain(found);
  else running.step(found);
}

function give(into: EntrySink, found: Entry | PlainReading): void {
  if (found instanceof PlainReading) into.addPlain(found);
  else into.add(found);
}

export const createEntryList = () => {
  const entries: Entry[] = [];
  const add = (found: Entry | PlainReading): void => void entries.push(asEntry(found));
  return { entries, add, addPlain: add };
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
  const gone: Gone[] = [];
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
    gone.push({ from, to });
    const inside = hashes.storedIn(from, to);
    running = inside?.seq === to ? new RunningHash(inside.hash) : undefined;
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
    give(into, found);
    if (running !== undefined) stepOver(running, found);
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
  if (last !== undefined && last.to > stop.seq) kept[kept.length - 1] = { from: last.from, to: stop.seq };
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
    give(into, found);
  }
  return into;
}
