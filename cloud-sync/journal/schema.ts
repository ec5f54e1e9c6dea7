/** The journal's tables, and how an older layout becomes the present one. */
import type { Database } from "better-sqlite3";
import { JournalError } from "./faults.ts";
import { sealed, sumOf } from "./seal.ts";

const ROOM = "journal";

type Steps = readonly ((db: Pick<Database, "exec" | "prepare">) => void)[];

/** Step n leads from version n to n + 1; a step that was ever released is never changed. */
const STEPS: Steps = [
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
  // Older entries move from journal_entry to journal_thinned to journal_kept, each in order of seq and below the next: a table that
  // only grows at its end fills its pages. What a lost page would cost dearly carries a checksum, the dictionary a second copy.
  (db) => {
    db.exec(`
      CREATE TABLE journal_thinned (seq INTEGER PRIMARY KEY, row BLOB NOT NULL);
      CREATE TABLE journal_kept (seq INTEGER PRIMARY KEY, row BLOB NOT NULL);
      CREATE TABLE journal_loss (
        id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL, entries INTEGER NOT NULL
      );
      CREATE TABLE journal_word_copy (id INTEGER PRIMARY KEY, word TEXT NOT NULL, sum INTEGER NOT NULL);
      ALTER TABLE journal_word ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
    `);
    const words = db.prepare<[], { id: number; word: string }>("SELECT id, word FROM journal_word").all();
    const seal = db.prepare("UPDATE journal_word SET sum = ? WHERE id = ?");
    for (const { id, word } of words) seal.run(sumOf(id, word), id);
    db.exec("INSERT INTO journal_word_copy SELECT id, word, sum FROM journal_word");
    const hashes = db.prepare<[], { seq: number; hash: Buffer }>("SELECT seq, hash FROM journal_checkpoint").all();
    const sealHash = db.prepare("UPDATE journal_checkpoint SET hash = ? WHERE seq = ?");
    for (const { seq, hash } of hashes) sealHash.run(sealed(seq, hash), seq);
  },
  (db) => {
    db.exec("CREATE TABLE journal_told_loss (seq INTEGER PRIMARY KEY, loss TEXT NOT NULL, sum INTEGER NOT NULL)");
  },
  (db) => {
    db.exec("CREATE TABLE journal_taken_off (first INTEGER PRIMARY KEY, marks BLOB NOT NULL, sum INTEGER NOT NULL)");
  },
];

/** What the steps from the first version on change of what stands there, copied: the dictionary and the hashes are small. */
const COPIES = `
  CREATE TEMP TABLE journal_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL);
  INSERT INTO temp.journal_word SELECT id, word FROM main.journal_word;
  CREATE TEMP TABLE journal_checkpoint (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);
  INSERT INTO temp.journal_checkpoint SELECT seq, hash FROM main.journal_checkpoint;
`;

const versionOf = (db: Database): number => {
  const found = db.prepare("SELECT version FROM schema_version WHERE room = ?").pluck().get(ROOM);
  return typeof found === "number" ? found : 0;
};

const refuseNewer = (version: number, known: number): void => {
  if (version > known) throw new JournalError("newer-schema", `journal schema ${version}, this program knows ${known}`);
};

/**
 * Shows the journal of a former version, in a file opened for reading only, as one of the present version: the same steps, taken in
 * memory beside the file. Throws `newer-schema`.
 */
export function showAsPresent(db: Database): void {
  const version = versionOf(db);
  refuseNewer(version, STEPS.length);
  if (version === 0 || version === STEPS.length) return;
  if (version === 1) db.exec(COPIES);
  // A name is looked for among what is in memory first.
  const beside = {
    exec: (sql: string) => db.exec(sql.replaceAll("CREATE TABLE", "CREATE TEMP TABLE")),
    prepare: db.prepare.bind(db) as Database["prepare"],
  };
  for (const step of STEPS.slice(version)) step(beside);
}

/** Brings the journal's tables to the present version, all steps in one transaction; what is at it is not written to. */
export function migrate(db: Database, steps: readonly ((db: Database) => void)[] = STEPS): void {
  db.transaction(() => {
    db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
    const version = versionOf(db);
    refuseNewer(version, steps.length);
    if (version === steps.length) return;
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
