/** Which entry of the journal corrects which reading. What it says stays in the journal. */
import type { Database } from "better-sqlite3";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { Correction, Reading } from "../cloud-sync/protocol/entry.ts";

export interface Corrections {
  /** The last one of the reading with this number; undefined where it stands as it was read first, or the correction was shed. */
  of(seq: number, reading: Pick<Reading, "device">): Correction | undefined;
  /** Inside the transaction that writes the correction. */
  put(reading: number, seq: number): void;
}

export const openCorrections = (db: Database, journal: Pick<Journal, "entry">): Corrections => {
  db.exec("CREATE TABLE IF NOT EXISTS correction (reading INTEGER PRIMARY KEY, seq INTEGER NOT NULL)");
  const find = db.prepare<[number], number>("SELECT seq FROM correction WHERE reading = ?").pluck();
  const put = db.prepare<[number, number]>("INSERT OR REPLACE INTO correction (reading, seq) VALUES (?, ?)");
  return {
    of(seq, { device }) {
      const by = find.get(seq);
      const body = by === undefined ? undefined : journal.entry(by)?.body;
      return body?.kind === "correction" && body.device === device ? body : undefined;
    },
    put: (reading, seq) => void put.run(reading, seq),
  };
};
