/**
 * Messages the broker was told are safe while their codec had not answered yet: kept as they came, in the order they came, until
 * they become entries of the journal.
 */
import type { Database } from "better-sqlite3";
import type { Delivery } from "./words.ts";

export interface ParkedRow {
  readonly row: number;
  readonly delivery: Delivery;
}

export interface Parked {
  /** Inside a transaction. */
  put(delivery: Delivery): number;
  /** Inside the transaction that writes its entry. */
  remove(row: number): void;
  /** Oldest first; what a box that was ended finds again. */
  all(): ParkedRow[];
}

/** The file was written by a newer Beffroi. */
export class ParkedTooNew extends Error {
  readonly code = "parked-too-new";
  constructor(found: number) {
    super(`the parked messages have version ${found}, this program knows ${MIGRATIONS.length}`);
    this.name = "ParkedTooNew";
  }
}

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE parked (
     row INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL,
     redelivered INTEGER NOT NULL, arrived_at REAL NOT NULL) STRICT;`,
];

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const found = (db.prepare("SELECT version FROM schema_version WHERE room = 'parked'").pluck().get() as number) ?? 0;
  if (found > MIGRATIONS.length) throw new ParkedTooNew(found);
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('parked', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

interface Stored {
  readonly row: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly redelivered: number;
  readonly arrived_at: number;
}

export const openParked = (db: Database): Parked => {
  migrate(db);
  const insert = db.prepare("INSERT INTO parked (topic, payload, qos, redelivered, arrived_at) VALUES (?, ?, ?, ?, ?)");
  const remove = db.prepare("DELETE FROM parked WHERE row = ?");
  const all = db.prepare("SELECT * FROM parked ORDER BY row");
  return {
    put: ({ topic, payload, qos, redelivered, arrivedAt }) =>
      Number(insert.run(topic, payload, qos, redelivered ? 1 : 0, arrivedAt).lastInsertRowid),
    remove: (row) => void remove.run(row),
    all: () =>
      (all.all() as Stored[]).map(({ row, redelivered, arrived_at, ...rest }) => ({
        row,
        delivery: { ...rest, redelivered: redelivered === 1, arrivedAt: arrived_at },
      })),
  };
};
