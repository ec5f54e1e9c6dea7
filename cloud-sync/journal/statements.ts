/** The journal's SQL. */
import type { Database } from "better-sqlite3";

export interface StoredRow {
  readonly seq: number;
  readonly row: Buffer;
}

/** From the oldest entries to the newest: every number in one table is below every number in the next. */
export const LEVELS = ["journal_kept", "journal_thinned", "journal_entry"] as const;
export type Level = (typeof LEVELS)[number];

/** Rows a statement of several writes: SQLite is called less often, and the rest of a group is small. */
const ROWS_AT_ONCE = 20;

const prepareLevel = (db: Database, table: Level) => ({
  table,
  insert: db.prepare<[number, Uint8Array]>(`INSERT INTO ${table} (seq, row) VALUES (?, ?)`),
  insertSeveral: db.prepare<[(number | Uint8Array)[]]>(
    `INSERT INTO ${table} (seq, row) VALUES ${Array(ROWS_AT_ONCE).fill("(?, ?)").join(", ")}`,
  ),
  entry: db.prepare<[number], Buffer>(`SELECT row FROM ${table} WHERE seq = ?`).pluck(),
  after: db.prepare<[number], StoredRow>(`SELECT seq, row FROM ${table} WHERE seq > ? ORDER BY seq`),
  /** Of rows from a number on, at most so many. */
  lengths: db.prepare<[number, number], { readonly seq: number; readonly bytes: number | null }>(
    `SELECT seq, octet_length(row) AS bytes FROM ${table} WHERE seq >= ? ORDER BY seq LIMIT ?`,
  ),
  /** Rows one after the other; SQLite joins texts, and leaves their bytes as they are. */
  joined: db
    .prepare<[number, number], Buffer | null>(
      `SELECT CAST(group_concat(row, '') AS BLOB) FROM
         (SELECT CASE typeof(row) WHEN 'blob' THEN row END AS row FROM ${table} WHERE seq BETWEEN ? AND ? ORDER BY seq)`,
    )
    .pluck(),
  before: db.prepare<[number], StoredRow>(`SELECT seq, row FROM ${table} WHERE seq < ? ORDER BY seq DESC`),
  oldest: db.prepare<[], number | null>(`SELECT min(seq) FROM ${table}`).pluck(),
  newest: db.prepare<[], number | null>(`SELECT max(seq) FROM ${table}`).pluck(),
  /** The seq with so many rows before it. */
  nth: db.prepare<[number], number>(`SELECT seq FROM ${table} ORDER BY seq LIMIT 1 OFFSET ?`).pluck(),
  count: db.prepare<[number, number], number>(`SELECT count(*) FROM ${table} WHERE seq BETWEEN ? AND ?`).pluck(),
  remove: db.prepare<[number, number]>(`DELETE FROM ${table} WHERE seq BETWEEN ? AND ?`),
  /** Rows up to a number that begin and contain something: what else is there is not decoded. */
  marked: db.prepare<[number, Buffer, Buffer], StoredRow>(
    `SELECT seq, row FROM ${table} WHERE seq <= ? AND substr(row, 1, 1) = ? AND instr(row, ?) > 0`,
  ),
});

export type LevelStatements = ReturnType<typeof prepareLevel>;

/** Rows that follow each other, from `first` on. */
export function insertRows(
  { insert, insertSeveral }: LevelStatements,
  first: number,
  rows: readonly Uint8Array[],
): void {
  let at = 0;
  const several: (number | Uint8Array)[] = [];
  for (; at + ROWS_AT_ONCE <= rows.length; at += ROWS_AT_ONCE) {
    for (let index = 0; index < ROWS_AT_ONCE; index++) {
      several[2 * index] = first + at + index;
      several[2 * index + 1] = rows[at + index]!;
    }
    insertSeveral.run(several);
  }
  for (; at < rows.length; at++) insert.run(first + at, rows[at]!);
}

export const prepareStatements = (db: Database) => ({
  begin: db.prepare("BEGIN IMMEDIATE"),
  commit: db.prepare("COMMIT"),
  rollback: db.prepare("ROLLBACK"),
  kept: prepareLevel(db, "journal_kept"),
  thinned: prepareLevel(db, "journal_thinned"),
  whole: prepareLevel(db, "journal_entry"),
  insertCheckpoint: db.prepare<[number, Uint8Array]>(
    "INSERT OR REPLACE INTO journal_checkpoint (seq, hash) VALUES (?, ?)",
  ),
  newestCheckpoint: db.prepare<[], number | null>("SELECT max(seq) FROM journal_checkpoint").pluck(),
  checkpointsDown: db.prepare<[number], { seq: number; hash: Buffer }>(
    "SELECT seq, hash FROM journal_checkpoint WHERE seq <= ? ORDER BY seq DESC",
  ),
  removeCheckpoints: db.prepare<[number]>("DELETE FROM journal_checkpoint WHERE seq < ?"),
  cursors: db.prepare<[], { destination: string; epoch: number; seq: number; hash: Buffer }>(
    "SELECT destination, epoch, seq, hash FROM journal_cursor",
  ),
  cursor: db.prepare<[string], { epoch: number; seq: number; hash: Buffer }>(
    "SELECT epoch, seq, hash FROM journal_cursor WHERE destination = ?",
  ),
  moveCursor: db.prepare<[string, number, number, Uint8Array]>(
    `INSERT INTO journal_cursor (destination, epoch, seq, hash) VALUES (?, ?, ?, ?)
     ON CONFLICT (destination) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash`,
  ),
  newestLoss: db.prepare<[], { id: number; last: number; reason: string }>(
    "SELECT id, last, reason FROM journal_loss ORDER BY id DESC LIMIT 1",
  ),
  losses: db.prepare<[], { first: number; last: number; reason: string; entries: number }>(
    "SELECT first, last, reason, entries FROM journal_loss",
  ),
  insertLoss: db.prepare<[number, number, string, number]>(
    "INSERT INTO journal_loss (first, last, reason, entries) VALUES (?, ?, ?, ?)",
  ),
  extendLoss: db.prepare<[number, number, number]>(
    "UPDATE journal_loss SET last = ?, entries = entries + ? WHERE id = ?",
  ),
  insertTold: db.prepare<[number, string, number]>(
    "INSERT OR REPLACE INTO journal_told_loss (seq, loss, sum) VALUES (?, ?, ?)",
  ),
  told: db.prepare<[number, number], { seq: number; loss: string; sum: number }>(
    "SELECT seq, loss, sum FROM journal_told_loss WHERE seq BETWEEN ? AND ? ORDER BY seq",
  ),
  removeTold: db.prepare<[number, number]>("DELETE FROM journal_told_loss WHERE seq BETWEEN ? AND ?"),
  insertTakenOff: db.prepare<[number, Uint8Array, number]>(
    "INSERT OR REPLACE INTO journal_taken_off (first, marks, sum) VALUES (?, ?, ?)",
  ),
  takenOff: db.prepare<[number], { first: number; marks: Buffer; sum: number }>(
    "SELECT first, marks, sum FROM journal_taken_off WHERE first <= ? ORDER BY first",
  ),
  trimTakenOff: db.prepare<{ before: number; bytes: number }>(
    `DELETE FROM journal_taken_off WHERE first < :before AND first + octet_length(marks) / :bytes <= :before`,
  ),
  trimTold: db.prepare<[number]>(
    "DELETE FROM journal_told_loss WHERE seq <= (SELECT seq FROM journal_told_loss ORDER BY seq DESC LIMIT 1 OFFSET ?)",
  ),
});

export type JournalSql = ReturnType<typeof prepareStatements>;
export const levelsOf = (sql: JournalSql): readonly LevelStatements[] => [sql.kept, sql.thinned, sql.whole];
