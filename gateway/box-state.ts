/** Small facts of the box that must survive a restart: counters, and what was last said about the first hop. */
import type { Database } from "better-sqlite3";

export const COUNTERS = ["readings", "undecoded", "unregistered", "duplicates", "rewinds", "unknownEvents"] as const;
export type Counter = (typeof COUNTERS)[number];

/** How far the region had ever confirmed what it asked for again since; a number. */
export const CONFIRMED = "confirmed";

/** The highest number the region ever confirmed; `cursor` is where it stands now. */
export const confirmedOf = (state: Pick<BoxState, "get">, cursor: { readonly seq: number }): number =>
  Math.max(cursor.seq, Number(state.get(CONFIRMED) ?? 0));

export interface BoxState {
  get(key: string): string | undefined;
  /** Inside a transaction. */
  set(key: string, value: string): void;
  count(counter: Counter): number;
  /** Kept in memory until `save`. */
  add(counter: Counter, by: number): void;
  /** Inside a transaction, before its end. */
  save(): void;
  rolledBack(): void;
}

export class BoxStateTooNew extends Error {
  readonly code = "box-state-too-new";
  constructor(found: number) {
    super(`the state of the box has version ${found}, this program knows ${MIGRATIONS.length}`);
    this.name = "BoxStateTooNew";
  }
}

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE box_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
];

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'box-state'").pluck().get();
  const found = (row as number | undefined) ?? 0;
  if (found > MIGRATIONS.length) throw new BoxStateTooNew(found);
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('box-state', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

export const openBoxState = (db: Database): BoxState => {
  migrate(db);
  const read = db.prepare("SELECT value FROM box_state WHERE key = ?").pluck();
  const write = db.prepare(
    "INSERT INTO box_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const readCounters = db.prepare("SELECT name, value FROM counter");
  const writeCounter = db.prepare(
    "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  const counters = new Map<string, number>();
  const touched = new Set<Counter>();
  const load = (): void => {
    counters.clear();
    touched.clear();
    for (const row of readCounters.all()) {
      const { name, value } = row as { name: string; value: number };
      counters.set(name, value);
    }
  };
  load();
  return {
    get: (key) => read.get(key) as string | undefined,
    set: (key, value) => void write.run(key, value),
    count: (counter) => counters.get(counter) ?? 0,
    add(counter, by) {
      counters.set(counter, (counters.get(counter) ?? 0) + by);
      touched.add(counter);
    },
    save() {
      for (const counter of touched) writeCounter.run(counter, counters.get(counter) ?? 0);
      touched.clear();
    },
    rolledBack: load,
  };
};
