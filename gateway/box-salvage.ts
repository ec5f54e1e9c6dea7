/**
 * A damaged box file is built anew from what of it is readable, page by page, at the next start and by itself. What is lost stays
 * lost and is declared by the journal; the rest of the box goes on.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import SQLite, { type Database } from "better-sqlite3";
import { isIntactEntry, isIntactWord } from "../cloud-sync/journal/row.ts";
import { openPages, type RawPages, type RawRow, type SqlValue } from "./sqlite-pages.ts";

export interface Salvaged {
  readonly rows: number;
  /** Pages that made no sense. */
  readonly brokenPages: number;
  /** Rows of pages that no tree leads to any more, found by what they are. */
  readonly orphans: number;
}

interface Item {
  readonly type: string;
  readonly name: string;
  readonly root: number;
  readonly sql: string;
}

const suffixed = (file: string) => ({
  schema: `${file}.schema`,
  head: `${file}.head`,
  fresh: `${file}.new`,
  rebuilt: `${file}.rebuilt`,
  log: [`${file}-wal`, `${file}-shm`],
});

const itemOf = ({ values }: RawRow): Item | undefined => {
  const [type, name, , root, sql] = values;
  if (typeof type !== "string" || typeof name !== "string" || typeof root !== "number" || typeof sql !== "string")
    return undefined;
  return { type, name, root, sql };
};

/**
 * Small tables without which nothing else can be understood. The dictionary is among them: its two copies in the file grow side by
 * side, and a block of the disk may take both.
 */
const FACTS = ["schema_version", "journal_life", "command_cursor", "journal_word"] as const;

interface Kept {
  readonly pageBytes: number;
  readonly items: readonly Item[];
  readonly facts: Readonly<Record<string, readonly Readonly<Record<string, SqlValue>>[]>>;
}

/** Kept beside the file, for the day its first pages are lost: which tables there are, where each begins, and what names them. */
export function keepSchema(db: Database, file: string): void {
  const { schema } = suffixed(file);
  const items = db
    .prepare<[], Item>("SELECT type, name, rootpage AS root, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    .all();
  const there = FACTS.filter((name) => items.some((item) => item.name === name));
  const facts = Object.fromEntries(there.map((name) => [name, db.prepare(`SELECT * FROM ${name}`).all()]));
  const text = JSON.stringify({ pageBytes: db.pragma("page_size", { simple: true }), items, facts });
  if (existsSync(schema) && readFileSync(schema, "utf8") === text) return;
  writeFileSync(`${schema}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${schema}.new`, schema);
}

/** The highest number that was given out, as it stood lately; in a file of its own, for it changes with every entry. */
export interface KeptHead {
  readonly epoch: number;
  readonly seq: number;
}

const headText = ({ epoch, seq }: KeptHead): string => `${epoch} ${seq}\n`;

export function keepHead(file: string, { epoch, seq }: KeptHead): void {
  const { head } = suffixed(file);
  const text = headText({ epoch, seq });
  if (existsSync(head) && readFileSync(head, "utf8") === text) return;
  writeFileSync(`${head}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${head}.new`, head);
}

/** Undefined where none was kept, or what was kept makes no sense. */
export function keptHead(file: string): KeptHead | undefined {
  const { head } = suffixed(file);
  const [, epoch, seq] = (existsSync(head) && /^(\d{1,10}) (\d{1,15})\n$/.exec(readFileSync(head, "utf8"))) || [];
  return epoch === undefined ? undefined : { epoch: Number(epoch), seq: Number(seq) };
}

/** Bytes of the smallest page there is: a file of less holds nothing. */
const PAGE_BYTES_MIN = 512;

/**
 * The file is gone or empty, and something of it is left beside it. SQLite would begin a new one, and throw the log away with all
 * that only the log holds.
 */
export function isGone(file: string): boolean {
  const { schema, log } = suffixed(file);
  if (existsSync(file) && statSync(file).size >= PAGE_BYTES_MIN) return false;
  const hasLog = existsSync(log[0]!) && statSync(log[0]!).size > 0;
  return hasLog || existsSync(schema);
}

/** A file without a table, where there were tables once. */
export const isEmptied = (db: Database, file: string): boolean =>
  existsSync(suffixed(file).schema) && db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0;

/** Whether a file that was built anew waits to take the other's place. */
export const isRebuilt = (file: string): boolean => existsSync(suffixed(file).rebuilt);

/** Ends what a crash interrupted: the log belongs to the damaged file and must go before the new one takes its place. */
export function finishSalvage(file: string): void {
  const { rebuilt, fresh, log } = suffixed(file);
  rmSync(fresh, { force: true });
  if (!existsSync(rebuilt)) return;
  for (const each of log) rmSync(each, { force: true });
  renameSync(rebuilt, file);
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Column that is the rowid by another name. */
  readonly alias: number | undefined;
  readonly hasRowid: boolean;
}

function tableOf(db: Database, { name, sql }: Item): Table {
  const info = db
    .prepare<[string], { name: string; type: string; pk: number }>("SELECT name, type, pk FROM pragma_table_info(?)")
    .all(name);
  const hasRowid = !/WITHOUT\s+ROWID/i.test(sql);
  const keys = info.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const ordered = hasRowid ? info : [...keys, ...info.filter(({ pk }) => pk === 0)];
  const isAlias = hasRowid && keys.length === 1 && keys[0]!.type.toUpperCase() === "INTEGER";
  const alias = isAlias ? ordered.indexOf(keys[0]!) : undefined;
  return { name, columns: ordered.map((column) => column.name), alias, hasRowid };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Rows the journal can tell by their own checksum; others are believed where their tree leads to them and their texts make sense. */
const isBelieved = (table: string, row: RawRow): boolean => {
  if (/^journal_(?:entry|thinned|kept)$/.test(table)) return isEntry(row);
  return /^journal_word/.test(table) ? isWord(row) : row.values.every(isReadable);
};
/** The rooms keep what has no column of its own as JSON, an object or a list. Half of one would be met again at every start. */
const isReadable = (value: SqlValue): boolean => typeof value !== "string" || !/^[{[]/.test(value) || isJson(value);
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
const isEntry = ({ rowid, values }: RawRow): boolean =>
  rowid !== undefined && values.length === 2 && Buffer.isBuffer(values[1]) && isIntactEntry(rowid, values[1]);
const isWord = ({ rowid, values: [, word, sum] }: RawRow): boolean =>
  rowid !== undefined && typeof word === "string" && typeof sum === "number" && isIntactWord(rowid, word, sum);

function createInserter(db: Database, table: Table): (row: RawRow) => boolean {
  const statements = new Map<number, ReturnType<Database["prepare"]>>();
  return ({ rowid, values }) => {
    const present = Math.min(values.length, table.columns.length);
    let insert = statements.get(present);
    if (insert === undefined) {
      const columns = table.columns.slice(0, present).filter((_, index) => index !== table.alias);
      const named = [...(table.hasRowid ? ["rowid"] : []), ...columns.map(quoted)];
      const sql = `INSERT OR IGNORE INTO ${quoted(table.name)} (${named.join(", ")}) VALUES (${named.map(() => "?").join(", ")})`;
      insert = db.prepare(sql);
      statements.set(present, insert);
    }
    const given: SqlValue[] = values.slice(0, present).filter((_, index) => index !== table.alias);
    try {
      return insert.run([...(table.hasRowid ? [rowid] : []), ...given]).changes > 0;
    } catch (error) {
      // A value its column does not take: one more thing that was damaged.
      if (error instanceof SQLite.SqliteError && error.code.startsWith("SQLITE_CONSTRAINT")) return false;
      throw error;
    }
  };
}

function keptOf(file: string): Kept {
  const { schema } = suffixed(file);
  const text = existsSync(schema) ? readFileSync(schema, "utf8") : "";
  // What is kept beside the file may be damaged with it.
  return isJson(text) ? (JSON.parse(text) as Kept) : { pageBytes: 4_096, items: [], facts: {} };
}

function itemsOf(pages: RawPages, kept: Kept, broken: (page: number) => void): Item[] {
  const told = [...pages.rows(1, broken)].map(itemOf).filter((item) => item !== undefined);
  // Bent bytes keep their number: of two texts of one length the one kept beside is right. A change since then is longer or shorter.
  const isBent = (item: Item): boolean =>
    kept.items.some(
      ({ name, root, sql }) => (name === item.name || root === item.root) && sql.length === item.sql.length,
    );
  const found = told.filter((item) => !isBent(item) && isSql(item));
  const names = new Set(found.map(({ name }) => name));
  return [...found, ...kept.items.filter(({ name }) => !names.has(name))].filter(
    ({ name }) => !name.startsWith("sqlite_"),
  );
}

/** Whether SQLite can make something of it: an index, for which its table has to be there, is taken as it is. */
function isSql({ type, sql }: Item): boolean {
  if (type !== "table") return true;
  const scratch = new SQLite(":memory:");
  try {
    scratch.exec(sql);
    return true;
  } catch {
    return false;
  } finally {
    scratch.close();
  }
}

/** What the file itself still tells is newer, and stays. */
function addFacts(db: Database, { facts }: Kept, tables: readonly Item[]): void {
  for (const [name, rows] of Object.entries(facts)) {
    if (!tables.some((table) => table.name === name)) continue;
    for (const row of rows) {
      const columns = Object.keys(row);
      const marks = columns.map(() => "?").join(", ");
      db.prepare(`INSERT OR IGNORE INTO ${quoted(name)} (${columns.map(quoted).join(", ")}) VALUES (${marks})`).run(
        Object.values(row),
      );
    }
  }
}

/** Builds `file` anew. Needs as much room again as is readable. */
export function salvage(file: string): Salvaged {
  const { fresh, rebuilt } = suffixed(file);
  rmSync(fresh, { force: true });
  const brokenPages = new Set<number>();
  const broken = (page: number): void => void brokenPages.add(page);
  const kept = keptOf(file);
  if (!existsSync(file)) writeFileSync(file, "", { mode: 0o600 });
  const pages = openPages(file, kept.pageBytes);
  const db = new SQLite(fresh);
  let rows = 0;
  let orphans = 0;
  try {
    db.pragma(`page_size = ${pages.bytes}`);
    db.pragma("journal_mode = OFF");
    db.pragma("synchronous = OFF");
    db.pragma("foreign_keys = OFF");
    const items = itemsOf(pages, kept, broken);
    for (const { type, sql } of items) if (type === "table") db.exec(sql);
    const tables = items.filter(({ type }) => type === "table");
    const inserters = new Map(tables.map((item) => [item.name, createInserter(db, tableOf(db, item))]));
    db.exec("BEGIN");
    for (const { name, root } of tables) {
      const insert = inserters.get(name)!;
      for (const row of pages.rows(root, broken)) if (isBelieved(name, row) && insert(row)) rows++;
    }
    for (const page of pages.orphans()) {
      for (const row of page) {
        const name = isEntry(row) ? "journal_entry" : isWord(row) ? "journal_word" : undefined;
        if (name !== undefined && inserters.get(name)?.(row)) orphans++;
      }
    }
    addFacts(db, kept, tables);
    settleLevels(db);
    db.exec("COMMIT");
    for (const { type, sql } of items) if (type !== "table") rebuildIndex(db, sql);
  } finally {
    db.close();
    pages.close();
  }
  const handle = openSync(fresh, "r+");
  fsyncSync(handle);
  closeSync(handle);
  renameSync(fresh, rebuilt);
  finishSalvage(file);
  return { rows: rows + orphans, brokenPages: brokenPages.size, orphans };
}

/** Speed, not content: one whose text is bent, or that its rows no longer allow, is left out, and the stores make theirs again or go without. */
function rebuildIndex(db: Database, sql: string): void {
  try {
    db.exec(sql);
  } catch (error) {
    if (!(error instanceof SQLite.SqliteError)) throw error;
  }
}

/** An orphan does not say which of the journal's levels it was in: each lies below the next. */
function settleLevels(db: Database): void {
  const has = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'journal_thinned'").pluck().get();
  if (has !== 1) return;
  for (const lower of ["journal_thinned", "journal_kept"]) {
    db.exec(`
      INSERT OR IGNORE INTO ${lower} SELECT seq, row FROM journal_entry WHERE seq <= (SELECT max(seq) FROM ${lower});
      DELETE FROM journal_entry WHERE seq <= (SELECT max(seq) FROM ${lower});`);
  }
}
