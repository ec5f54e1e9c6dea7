/** A journal read as it lies on the disk, beside a box that may run: changes nothing, counts no boot. */
import Database from "better-sqlite3";
import { correctEntry } from "../protocol/clock.ts";
import { correctedReading } from "../protocol/correction.ts";
import type { ClockCorrection, Correction, Entry } from "../protocol/entry.ts";
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
    // One moment of it, whatever the box writes and sheds meanwhile.
    db.exec("BEGIN");
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

/** Entries `from` to `to`: with their times put right where another entry of their boot tells how, and as their frames were read last. */
export function* correctedEntries(journal: Inspection["journal"], from: number, to: number): Generator<Entry> {
  const clocks = new Map<number, ClockCorrection>();
  const again = new Map<number, Correction>();
  for (const { body } of entriesOf(journal, 1, journal.lastSeq)) {
    if (body.kind === "clock") clocks.set(body.boot, body);
    if (body.kind === "correction" && body.reading >= from && body.reading <= to) again.set(body.reading, body);
  }
  for (const entry of entriesOf(journal, from, to)) {
    const { seq, stamp, body } = entry;
    const correction = again.get(seq);
    const isRead = body.kind === "reading" && correction?.device === body.device;
    const shown = isRead ? { seq, stamp, body: correctedReading(body, correction) } : entry;
    const clock = clocks.get(stamp.boot);
    yield clock === undefined ? shown : correctEntry(shown, clock);
  }
}
