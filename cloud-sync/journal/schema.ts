/** The journal's tables, and how an older layout becomes the present one. */
import type { Database } from "better-sqlite3";
import { JournalError } from "./faults.ts";

const ROOM = "journal";

/** Step n leads from version n to n + 1; a step that was ever released is never changed. */
const STEPS: readonly ((db: Database) => void)[] = [
  (db) => {
    db.exec(`
      CREATE TABLE journal_life (
        one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, boot INTEGER NOT NULL, boot_id TEXT
      );
      CREATE TABLE journal_entry (seq INTEGER PRIMARY KEY, row BLOB NOT NULL);
      CREATE TABLE journal_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL);
      CREATE TABLE journal_checkpoint (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);
      CREATE TABLE journal_cursor (
        destination TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL
      ) WITHOUT ROWID;
    `);
  },
];

/** Brings the journal's tables to the present version, all steps in one transaction. */
export function migrate(db: Database, steps = STEPS): void {
  db.transaction(() => {
    db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
    const found = db.prepare("SELECT version FROM schema_version WHERE room = ?").pluck().get(ROOM);
    const version = typeof found === "number" ? found : 0;
    if (version > steps.length) {
      throw new JournalError("newer-schema", `journal schema ${version}, this program knows ${steps.length}`);
    }
    for (const step of steps.slice(version)) step(db);
    db.prepare(
      "INSERT INTO schema_version VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(ROOM, steps.length);
  }).immediate();
}

/** Every commit is synced before it returns; in memory there is nothing to sync. */
export function makeDurable(db: Database): void {
  db.pragma("synchronous = FULL");
  const mode: unknown = db.pragma("journal_mode = WAL", { simple: true });
  const sync: unknown = db.pragma("synchronous", { simple: true });
  const inMemory = db.memory;
  if ((mode !== "wal" && !inMemory) || sync !== 2) {
    throw new JournalError("not-durable", `journal_mode ${mode}, synchronous ${sync}`);
  }
}
