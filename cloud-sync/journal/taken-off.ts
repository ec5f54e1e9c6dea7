/** What is remembered of entries that are taken off because all destinations have them: a mark of each (protocol/taken-off.ts). */
import { crc32 } from "node:zlib";
import { RunningHash } from "../protocol/chain.ts";
import type { Gone, TakenOff } from "../protocol/entry.ts";
import { MARK_BYTES, markOfStart, NOTHING, SHED, TAKEN_OFF_MAX, UNMARKED } from "../protocol/taken-off.ts";
import { JournalError } from "./faults.ts";
import { createRowReader } from "./reading.ts";
import type { ShedParts } from "./shed.ts";
import type { JournalSql } from "./statements.ts";
import { toldUpTo } from "./told-losses.ts";

const sumOf = (first: number, marks: Uint8Array): number => crc32(marks, first % 2 ** 32);

const filled = (numbers: number, mark: number): Buffer => {
  const marks = Buffer.alloc(numbers * MARK_BYTES);
  for (let at = 0; at < marks.length; at += MARK_BYTES) marks.writeUInt16LE(mark, at);
  return marks;
};

/** Of [from, to], before they go: 5 µs an entry, as for being sent. What is damaged is no loss any more. */
export function marksOf({ sql, words, hashes, hashAt }: ShedParts, from: number, to: number): Buffer {
  const marks = Buffer.alloc((to - from + 1) * MARK_BYTES);
  const put = (seq: number, mark: number): void => {
    if (seq >= from && seq <= to) marks.writeUInt16LE(mark, (seq - from) * MARK_BYTES);
  };
  const take = (seq: number): RunningHash | undefined => {
    const hash = hashes.storedAt(seq);
    return hash === undefined ? undefined : new RunningHash(hash);
  };
  const rows = createRowReader(
    sql,
    words,
    (seq) => put(seq, UNMARKED),
    () => {},
  );
  try {
    const before = hashAt(from - 1);
    let running = before === undefined ? undefined : new RunningHash(before);
    let at = from - 1;
    for (const { found } of rows.after(at)) {
      const { seq } = found;
      if (seq > to) break;
      if (seq !== at + 1) running = take(seq - 1);
      if (running === undefined) running = take(seq);
      else running.step(found);
      put(seq, running === undefined ? UNMARKED : markOfStart(running.start));
      at = seq;
    }
    return marks;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return filled(to - from + 1, UNMARKED);
  }
}

/** Within the caller's transaction. */
export function keepMarks(sql: JournalSql, first: number, marks: Uint8Array): void {
  sql.insertTakenOff.run(first, marks, sumOf(first, marks));
  const next = first + marks.length / MARK_BYTES;
  sql.trimTakenOff.run({ before: next - TAKEN_OFF_MAX, bytes: MARK_BYTES });
}

/** What lies before a row that is damaged is not known. Numbers of which a word is kept count as nothing: it tells what they cost. */
export function takenOff(sql: JournalSql, last: number): TakenOff | undefined {
  const rows = sql.takenOff.all(last);
  const intact = rows.slice(1 + rows.findLastIndex((row) => !isIntact(row)));
  const oldest = intact[0]?.first;
  if (oldest === undefined) return undefined;
  const first = Math.max(oldest, last - TAKEN_OFF_MAX + 1);
  const marks = Buffer.alloc((last - first + 1) * MARK_BYTES);
  for (const { first: from, marks: some } of intact) {
    const start = (from - first) * MARK_BYTES;
    some.subarray(Math.max(0, -start)).copy(marks, Math.max(0, start));
  }
  const each = ({ from, to }: Gone, as: (mark: number, seq: number) => number): void => {
    for (let seq = Math.max(first, from); seq <= Math.min(last, to); seq++) {
      const at = (seq - first) * MARK_BYTES;
      marks.writeUInt16LE(as(marks.readUInt16LE(at), seq), at);
    }
  };
  const wordsGone = toldUpTo(sql, last);
  for (const { range } of wordsGone) if (range !== undefined) each(range, (mark) => (mark === NOTHING ? SHED : mark));
  const isGone = (seq: number): boolean =>
    wordsGone.some(
      ({ reason, range }) => reason === "forgotten" && range !== undefined && range.from <= seq && seq <= range.to,
    );
  for (const { first: from, last: to, reason } of sql.losses.all())
    if (reason === "forgotten") each({ from, to }, (mark, seq) => (isGone(seq) ? mark : NOTHING));
  return { last, marks };
}

/** Bent bytes may make anything of a column. */
const isIntact = ({ first, marks, sum }: { readonly first: number; readonly marks: unknown; readonly sum: unknown }) =>
  marks instanceof Uint8Array && sumOf(first, marks) === sum;
