/** A journal in a file of its own, under a clock that is driven, opened again as a box does after a restart. */
import Database from "better-sqlite3";
import { type Journal, type JournalOptions, openJournal } from "../../cloud-sync/journal/journal.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";

export const START = Date.UTC(2026, 2, 3);

export function journalFile(file: string, options: Omit<JournalOptions, "clock"> = {}) {
  let now = START;
  const clock = { now: () => ({ wall: now, mono: now - START, clock: "confirmed" as const }) };
  let db: Database.Database;
  let journal: Journal;
  const open = (): void => {
    db = new Database(file);
    journal = openJournal(db, { epoch: 5, bootId: "one", ...options, clock });
  };
  open();
  return {
    get db() {
      return db;
    },
    get journal() {
      return journal;
    },
    now: () => now,
    /** So long after `START`. */
    at(ms: number): void {
      now = START + ms;
    },
    later(ms: number): void {
      now += ms;
    },
    append(...bodies: EntryBody[]): void {
      journal.write((append) => {
        for (const each of bodies) append(each);
      });
    },
    reopen(): void {
      db.close();
      open();
    },
    close: () => db.close(),
  };
}
