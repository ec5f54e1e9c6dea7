/**
 * The one SQLite file of a box. Journal, registry, ledger and the copies' memory live in it together, so that an event and
 * everything that follows from it become durable in one transaction.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import SQLite, { type Database } from "better-sqlite3";
import { finishSalvage, isEmptied, isGone, isRebuilt, type Salvaged, salvage } from "./box-salvage.ts";
import { notMountedHere } from "./mounts.ts";

export interface BoxStore {
  readonly db: Database;
  readonly file: string;
  /** The file was damaged, and was built anew from what is readable. */
  readonly salvaged?: Salvaged;
  /** The next opening builds the file anew. */
  markDamaged(): void;
  /** What the new file lacks is declared: until then every opening builds it anew, lest what is lost is never told. */
  settled(): void;
  /** Removes the lock; the file stays. */
  close(): void;
}

/** Another process owns the data folder. */
export class BoxInUse extends Error {
  readonly code = "box-in-use";
  readonly folder: string;
  readonly pid: number | undefined;
  constructor(folder: string, pid: number | undefined) {
    super(`the data folder ${folder} is in use by ${pid === undefined ? "another process" : `process ${pid}`}`);
    this.name = "BoxInUse";
    this.folder = folder;
    this.pid = pid;
  }
}

/** The disk of the data folder is not there: what would be begun now would be another box's journal in its place. */
export class DiskAbsent extends Error {
  readonly code = "disk-absent";
  constructor(message: string) {
    super(message);
    this.name = "DiskAbsent";
  }
}

export const STORE_FILE = "box.sqlite";
const LOCK_FILE = "box.lock";
/** Stands while the file is known to be damaged, and until what is lost of it is declared. */
const DAMAGED_MARK = "box.damaged";
const PID_FILE = "box.pid";

/** Longer than any reader of the same process holds the file. */
const BUSY_TIMEOUT_MS = 5_000;
/** Of a new file; one that exists keeps its own. A commit writes whole pages: small ones halve what wears the disk (docs/journal.md). */
export const PAGE_BYTES = 1_024;
/** A quarter of what the library takes: entries are added at the end and read in order, and the tables beside them are small. */
export const CACHE_KIB = 4_096;
/** Rarer checkpoints write a page that changed often only once. */
export const CHECKPOINT_BYTES = 16 * 1024 * 1024;
const WAL_BYTES_KEPT = 32 * 1024 * 1024;

const readPid = (file: string): number | undefined => {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
};

/**
 * SQLite's own lock on an empty file, held while the process lives: the system frees it when the process dies, however it dies,
 * and no process id is ever mistaken for another's.
 */
const takeLock = (folder: string): Database => {
  const lock = new SQLite(join(folder, LOCK_FILE), { timeout: 0 });
  try {
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (error instanceof SQLite.SqliteError && error.code.startsWith("SQLITE_BUSY"))
      throw new BoxInUse(folder, readPid(join(folder, PID_FILE)));
    throw error;
  }
  return lock;
};

/** Whether a box has lived in this folder; also where its disk fails to say. */
export const hasBox = (folder: string): boolean => {
  const file = join(folder, STORE_FILE);
  try {
    return statSync(file).isFile();
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ENOENT") || isGone(file);
  }
};

/** Throws `DiskAbsent` for a folder without a box, on a disk that is not mounted. */
export const refuseUnmounted = (folder: string): void => {
  const mount = hasBox(folder) ? undefined : notMountedHere(folder);
  if (mount !== undefined) throw new DiskAbsent(`${mount} is not mounted, and /etc/fstab says that it should be`);
};

/** Keeps every box out of a folder (made with mode 0700) while its files are changed. Throws `BoxInUse` and `DiskAbsent`. */
export const lockBox = (folder: string): { close(): void } => {
  refuseUnmounted(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return takeLock(folder);
};

const openFile = (file: string): Database => {
  const db = new SQLite(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    chmodSync(file, 0o600);
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    db.pragma("temp_store = MEMORY");
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_BYTES / Number(db.pragma("page_size", { simple: true }))}`);
    db.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    // Reads the schema: what of it is damaged shows here.
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Bytes 18 and 19 say how the file may be written; SQLite takes one it does not know for a file that may only be read. */
const FORMATS = [1, 2];

const hasBentFormat = (file: string): boolean => {
  if (!existsSync(file)) return false;
  const head = Buffer.alloc(20);
  const handle = openSync(file, "r");
  try {
    if (readSync(handle, head, 0, head.length, 0) < head.length) return false;
  } finally {
    closeSync(handle);
  }
  return !FORMATS.includes(head[18]!) || !FORMATS.includes(head[19]!);
};

/** The file makes no sense to SQLite, or to the journal in it. */
export const isDamage = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  /^(?:SQLITE_CORRUPT|SQLITE_NOTADB|damaged-file)/.test(String(error.code));

/** Whether the file system of the box's file takes no writes, by configuration or since it met an error of its own. */
export const isReadOnly = (folder: string): boolean => {
  try {
    // Not opened: who closes any handle on a file gives up the locks that SQLite has on it.
    accessSync(join(folder, STORE_FILE), constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EROFS";
  }
};

/** Its name is all that is wanted of it, and the lock alone counts. */
const tellPid = (file: string): void => {
  try {
    writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // A full disk.
  }
};

/**
 * Closes the file with all in it, and leaves SQLite's log and its index beside it, empty: on a disk that is then full or may not be
 * written they could not be made, and without them the file cannot even be read. Who only reads and leaves last lets them be.
 */
const closeFile = (db: Database, file: string): void => {
  let last: Database | undefined;
  try {
    last = new SQLite(file, { readonly: true, fileMustExist: true });
    last.prepare("SELECT count(*) FROM sqlite_schema").get();
    // Nobody waits for whoever reads the file just now.
    db.pragma("busy_timeout = 0");
    db.pragma("wal_checkpoint(TRUNCATE)");
  } catch {
    // Damaged, or on a disk that fails: closed all the same.
  }
  db.close();
  last?.close();
};

/** Opens, or makes, the store in `folder` (mode 0700). Throws `BoxInUse` and `DiskAbsent`. */
export const openBoxStore = (folder: string): BoxStore => {
  refuseUnmounted(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const lock = takeLock(folder);
  try {
    return openLocked(folder, lock);
  } catch (error) {
    lock.close();
    throw error;
  }
};

const openLocked = (folder: string, lock: Database): BoxStore => {
  const pidFile = join(folder, PID_FILE);
  tellPid(pidFile);
  const file = join(folder, STORE_FILE);
  finishSalvage(file);
  const mark = join(folder, DAMAGED_MARK);
  const markDamaged = (): void => writeFileSync(mark, "", { mode: 0o600, flush: true });
  const buildAnew = (): Salvaged => {
    markDamaged();
    return salvage(file);
  };
  let salvaged = existsSync(mark) || isGone(file) || hasBentFormat(file) ? buildAnew() : undefined;
  let db: Database;
  try {
    db = openFile(file);
    if (salvaged === undefined && isEmptied(db, file)) {
      db.close();
      salvaged = buildAnew();
      db = openFile(file);
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    salvaged = buildAnew();
    db = openFile(file);
  }
  return {
    db,
    file,
    ...(salvaged === undefined ? {} : { salvaged }),
    markDamaged,
    settled: () => rmSync(mark, { force: true }),
    close() {
      closeFile(db, file);
      try {
        rmSync(pidFile, { force: true });
      } catch {
        // On a disk that may not be written it stays; the lock alone counts.
      }
      lock.close();
    },
  };
};

/** Undefined where nothing can be written, and a lock neither had nor needed, or while somebody works on the box at rest. */
const takeLockIfAny = (folder: string): Database | undefined => {
  try {
    return takeLock(folder);
  } catch {
    return undefined;
  }
};

/**
 * Opens the store of a box whose disk takes no writes, to read what it holds; undefined where it cannot be read as it stands: it
 * is not there, has to be built anew first, or SQLite's log lacks its index.
 */
export const openBoxStoreToRead = (folder: string): BoxStore | undefined => {
  const file = join(folder, STORE_FILE);
  if (!hasBox(folder) || existsSync(join(folder, DAMAGED_MARK)) || isRebuilt(file)) return undefined;
  const lock = takeLockIfAny(folder);
  try {
    const db = new SQLite(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    const close = (): void => {
      db.close();
      lock?.close();
    };
    return { db, file, markDamaged: () => undefined, settled: () => undefined, close };
  } catch {
    lock?.close();
    return undefined;
  }
};
