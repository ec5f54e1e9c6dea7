/** The journal's SQL. */
import type { Database } from "better-sqlite3";

export interface StoredRow {
  readonly seq: number;
  readonly row: Buffer;
}

export const prepareStatements = (db: Database) => ({
  begin: db.prepare("BEGIN IMMEDIATE"),
  commit: db.prepare("COMMIT"),
  rollback: db.prepare("ROLLBACK"),
  insertEntry: db.prepare<[number, Uint8Array]>("INSERT INTO journal_entry (seq, row) VALUES (?, ?)"),
  entry: db.prepare<[number], Buffer>("SELECT row FROM journal_entry WHERE seq = ?").pluck(),
  after: db.prepare<[number, number], StoredRow>(
    "SELECT seq, row FROM journal_entry WHERE seq > ? ORDER BY seq LIMIT ?",
  ),
  oldest: db.prepare<[], number | null>("SELECT min(seq) FROM journal_entry").pluck(),
  newest: db.prepare<[], number | null>("SELECT max(seq) FROM journal_entry").pluck(),
  insertCheckpoint: db.prepare<[number, Uint8Array]>("INSERT INTO journal_checkpoint (seq, hash) VALUES (?, ?)"),
  newestCheckpoint: db.prepare<[], number | null>("SELECT max(seq) FROM journal_checkpoint").pluck(),
  checkpoint: db.prepare<[number], { seq: number; hash: Buffer }>(
    "SELECT seq, hash FROM journal_checkpoint WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
  ),
  cursor: db.prepare<[string], { epoch: number; seq: number; hash: Buffer }>(
    "SELECT epoch, seq, hash FROM journal_cursor WHERE destination = ?",
  ),
  moveCursor: db.prepare<[string, number, number, Uint8Array]>(
    `INSERT INTO journal_cursor (destination, epoch, seq, hash) VALUES (?, ?, ?, ?)
     ON CONFLICT (destination) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash`,
  ),
});
