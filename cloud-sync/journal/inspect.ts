/** A journal read as it lies on the disk, beside a box that may run: changes nothing, counts no boot. */
import Database from "better-sqlite3";
import { correctEntry } from "../protocol/clock.ts";
import type { ClockCorrection, Entry } from "../protocol/entry.ts";
import type { Journal } from "./contract.ts";
import { inspectJournal } from "./journal.ts";

export interface Inspection {
  readonly journal: Pick<Journal, "epoch" | "lastSeq" | "oldestSeq" | "verify" | "read" | "knownAt">;
  close(): void;
}

/** Throws SQLite's errors, and `JournalError` for a file that is no journal. */
export function openInspection(file: string): Inspection {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return { journal: inspectJournal(db), close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

const AT_ONCE = { entries: 2_000, bytes: 4_000_000 };

function* entriesOf(journal: Inspection["journal"], from: number, to: number): Generator<Entry> {
  for (let after = journal.knownAt(Math.max(0, Math.min(from - 1, journal.lastSeq))); after < to; ) {
    const run = journal.read(after, AT_ONCE);
    for (const entry of run.entries) if (entry.seq >= from && entry.seq <= to) yield entry;
    if (run.lastSeq === after) return;
    after = run.lastSeq;
  }
}

/** Entries `from` to `to`, with their times put right where a later entry tells how. */
export function* correctedEntries(journal: Inspection["journal"], from: number, to: number): Generator<Entry> {
  const corrections: (ClockCorrection & { readonly seq: number })[] = [];
  for (const { seq, body } of entriesOf(journal, from, journal.lastSeq)) {
    if (body.kind === "clock") corrections.push({ ...body, seq });
  }
  for (const entry of entriesOf(journal, from, to)) {
    const correction = corrections.find(({ seq, boot }) => seq > entry.seq && boot === entry.stamp.boot);
    yield correction === undefined ? entry : correctEntry(entry, correction);
  }
}
