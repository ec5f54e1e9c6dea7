/** A journal read as it lies on the disk, beside a box that may run: changes nothing, counts no boot. */
import Database from "better-sqlite3";
import { correctEntry } from "../protocol/clock.ts";
import { correctedReading } from "../protocol/correction.ts";
import type { Entry } from "../protocol/entry.ts";
import { asEntry } from "../protocol/plain-reading.ts";
import type { Journal } from "./contract.ts";
import { inspectJournal } from "./journal.ts";
import { findLater } from "./later.ts";
import { createRowReader } from "./reading.ts";
import { showAsPresent } from "./schema.ts";
import { prepareStatements } from "./statements.ts";
import { firstSince, rangesOf, type SeqRange, type TimeRange, timeOf } from "./when.ts";
import { Words } from "./words.ts";

export interface Inspection {
  readonly journal: Pick<Journal, "epoch" | "lastSeq" | "oldestSeq" | "verify">;
  /**
   * Whole entries of these numbers that were written in these times: with their times put right where another entry of their boot
   * tells how, and as their frames were read last. Begins where they begin. Throws `damaged-file`.
   */
  entries(numbers: SeqRange, times?: TimeRange): Generator<Entry>;
  /** The lowest number from which on entries may have been written then or later; undefined where there is none. */
  firstSince(time: number): number | undefined;
  close(): void;
}

/** A file of a former version is read as it is. Throws SQLite's errors, and `JournalError` for a file that is no journal or of a newer version. */
export function openInspection(file: string): Inspection {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    db.pragma("temp_store = MEMORY");
    // One moment of it, whatever the box writes and sheds meanwhile.
    db.exec("BEGIN");
    showAsPresent(db);
    const journal = inspectJournal(db);
    return {
      journal,
      entries: (numbers, times) => entriesOf(db, numbers, times),
      firstSince: (time) => {
        const words = new Words(db);
        return firstSince({ sql: prepareStatements(db), words, clocks: findLater(db, words).clocks() }, time);
      },
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

function* entriesOf(db: Database.Database, numbers: SeqRange, times?: TimeRange): Generator<Entry> {
  const sql = prepareStatements(db);
  const words = new Words(db);
  const rows = createRowReader(
    sql,
    words,
    () => {},
    () => {},
  );
  const later = findLater(db, words);
  const clocks = later.clocks();
  const ranges = times === undefined ? [numbers] : within(rangesOf({ sql, words, clocks }, times), numbers);
  for (const { from, to } of ranges) {
    const again = later.corrections(from, to);
    for (const { found } of rows.after(from - 1)) {
      if (found.seq > to) break;
      const entry = asEntry(found);
      const { seq, stamp, body } = entry;
      const time = timeOf(stamp, clocks);
      if (times !== undefined && (time < times.from || time > times.to)) continue;
      const correction = again.get(seq);
      const isRead = body.kind === "reading" && correction?.device === body.device;
      const shown = isRead ? { seq, stamp, body: correctedReading(body, correction) } : entry;
      const clock = clocks.get(stamp.boot);
      yield clock === undefined ? shown : correctEntry(shown, clock);
    }
  }
}

const within = (ranges: readonly SeqRange[], { from, to }: SeqRange): SeqRange[] =>
  ranges
    .map((range) => ({ from: Math.max(range.from, from), to: Math.min(range.to, to) }))
    .filter((range) => range.from <= range.to);
