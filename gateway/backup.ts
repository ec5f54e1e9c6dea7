/**
 * A box in one file: a consistent copy of its store, taken while it runs, with a note of what it is. LoRaWAN keys stay sealed in it;
 * the root key that opens them goes along only under a passphrase.
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import SQLite, { type Database } from "better-sqlite3";
import { createSeal, findRoot, keepRoot, type RootPlace } from "../device-registry/keys/index.ts";
import { lockBox, STORE_FILE } from "./box-store.ts";

export interface BackupNote {
  readonly format: 1;
  readonly box: string;
  readonly version: string;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly epoch: number;
  /** The journal's last entry in this copy. */
  readonly lastSeq: number;
  readonly devices: number;
  /** How LoRaWAN keys can be opened again: not at all because there are none, on the same machine only, or by passphrase. */
  readonly keys: "none" | "same-machine" | "passphrase";
}

export type BackupFault =
  | "no-store"
  | "exists"
  | "no-backup"
  | "too-new"
  | "damaged"
  | "other-box"
  | "passphrase-wrong"
  | "passphrase-needed";

export class BackupTrouble extends Error {
  readonly code: BackupFault;
  constructor(code: BackupFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BackupTrouble";
    this.code = code;
  }
}

const FORMAT = 1;
const PAGES_A_STEP = 2_000;

/** N and r of RFC 7914's interactive use, doubled twice: a second on a small box, for a file that may be guessed at for years. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 } as const;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const closeUnder = (passphrase: string, root: Uint8Array): Buffer => {
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const cipher = createCipheriv("aes-256-gcm", scryptSync(passphrase.normalize("NFC"), salt, 32, SCRYPT), nonce);
  const closed = Buffer.concat([cipher.update(root), cipher.final()]);
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), closed]);
};

const openUnder = (passphrase: string, closed: Buffer): Buffer => {
  const [salt, nonce] = [closed.subarray(0, SALT_BYTES), closed.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES)];
  const head = SALT_BYTES + NONCE_BYTES + TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", scryptSync(passphrase.normalize("NFC"), salt, 32, SCRYPT), nonce);
  decipher.setAuthTag(closed.subarray(SALT_BYTES + NONCE_BYTES, head));
  try {
    return Buffer.concat([decipher.update(closed.subarray(head)), decipher.final()]);
  } catch (error) {
    throw new BackupTrouble("passphrase-wrong", "this passphrase does not open the backup", { cause: error });
  }
};

const one = <T>(db: Database, sql: string): T | undefined => {
  try {
    return db.prepare(sql).pluck().get() as T | undefined;
  } catch {
    // A table of a room that was never opened.
    return undefined;
  }
};

const durably = (path: string): void => {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

export interface BackUp {
  /** The data folder. */
  readonly folder: string;
  /** Must not exist. */
  readonly file: string;
  readonly box: string;
  readonly version: string;
  readonly now: number;
  readonly passphrase?: string;
  readonly env?: RootPlace["env"];
  readonly progress?: (done: number, all: number) => void;
}

/** Everything that was committed before it began, and nothing that came later. The box goes on writing meanwhile. */
export const backUp = async (wish: BackUp): Promise<BackupNote> => {
  const source = join(wish.folder, STORE_FILE);
  if (!existsSync(source)) throw new BackupTrouble("no-store", `there is no box in ${wish.folder}`);
  if (existsSync(wish.file)) throw new BackupTrouble("exists", `${wish.file} is there already`);
  // Else SQLite says in its own words that there is no such folder.
  accessSync(dirname(resolve(wish.file)), constants.W_OK);
  const half = `${wish.file}.part`;
  rmSync(half, { force: true });
  const db = new SQLite(source, { readonly: true, timeout: 5_000 });
  try {
    // The copy of a moment: an open reading keeps it while pages are copied, and holds no writer up.
    db.exec("BEGIN");
    one(db, "SELECT count(*) FROM sqlite_master");
    await db.backup(half, {
      progress: ({ totalPages, remainingPages }) => {
        wish.progress?.(totalPages - remainingPages, totalPages);
        return PAGES_A_STEP;
      },
    });
    db.exec("COMMIT");
    const note = annotate(half, wish);
    chmodSync(half, 0o600);
    durably(half);
    renameSync(half, wish.file);
    durably(dirname(resolve(wish.file)));
    return note;
  } catch (error) {
    rmSync(half, { force: true });
    throw error;
  } finally {
    db.close();
  }
};

const annotate = (file: string, wish: BackUp): BackupNote => {
  chmodSync(file, 0o600);
  const copy = new SQLite(file);
  try {
    // One file, without a log beside it.
    copy.pragma("journal_mode = DELETE");
    const sealId = one<string>(copy, "SELECT id FROM seal");
    const { env } = wish;
    const root =
      sealId === undefined || wish.passphrase === undefined
        ? undefined
        : findRoot({ folder: wish.folder, ...(env === undefined ? {} : { env }) });
    const note: BackupNote = {
      format: FORMAT,
      box: wish.box,
      version: wish.version,
      madeAt: new Date(wish.now).toISOString(),
      epoch: one<number>(copy, "SELECT epoch FROM journal_life") ?? 0,
      lastSeq: one<number>(copy, "SELECT max(seq) FROM journal_entry") ?? 0,
      devices: one<number>(copy, "SELECT count(*) FROM device") ?? 0,
      keys: sealId === undefined ? "none" : root === undefined ? "same-machine" : "passphrase",
    };
    copy.exec("CREATE TABLE backup (note TEXT NOT NULL, root BLOB) STRICT");
    copy
      .prepare("INSERT INTO backup (note, root) VALUES (?, ?)")
      .run(JSON.stringify(note), root === undefined ? null : closeUnder(wish.passphrase!, root.bytes));
    return note;
  } finally {
    copy.close();
  }
};

interface Opened {
  readonly note: BackupNote;
  readonly root: Buffer | undefined;
  readonly sealId: string | undefined;
}

/** Reads the note of a backup; throws `BackupTrouble` when the file is none. */
export const readBackup = (file: string): Opened => {
  let db: Database;
  try {
    db = new SQLite(file, { readonly: true, fileMustExist: true });
  } catch (error) {
    throw new BackupTrouble("no-backup", `${file} cannot be opened`, { cause: error });
  }
  try {
    const row = db.prepare("SELECT note, root FROM backup").get() as { note: string; root: Buffer | null } | undefined;
    if (row === undefined) throw new Error("no note");
    const note = JSON.parse(row.note) as BackupNote;
    if (note.format !== FORMAT) throw new BackupTrouble("too-new", `${file} was written by a newer Beffroi`);
    if (db.pragma("quick_check", { simple: true }) !== "ok") throw new BackupTrouble("damaged", `${file} is damaged`);
    return { note, root: row.root ?? undefined, sealId: one<string>(db, "SELECT id FROM seal") };
  } catch (error) {
    if (error instanceof BackupTrouble) throw error;
    throw new BackupTrouble("no-backup", `${file} is no backup of a box`, { cause: error });
  } finally {
    db.close();
  }
};

export interface Restore {
  readonly file: string;
  readonly folder: string;
  /** The box of the configuration: another one's history must not go on under its name. */
  readonly box: string;
  readonly now: number;
  readonly passphrase?: string;
  readonly env?: RootPlace["env"];
}

export interface Restored {
  readonly note: BackupNote;
  /** Where the store that was there is kept. */
  readonly previous?: string;
  /** `locked`: they are sealed under a root key that is neither here nor in the backup. */
  readonly keys: "none" | "usable" | "locked";
}

/** Puts the copy in the store's place; what was there is kept beside it. The box must not run (`BoxInUse`). */
export const restoreBackup = (wish: Restore): Restored => {
  const { note, root, sealId } = readBackup(wish.file);
  if (note.box !== wish.box) throw new BackupTrouble("other-box", `${wish.file} is of the box ${note.box}`);
  const bytes = root !== undefined && wish.passphrase !== undefined ? openUnder(wish.passphrase, root) : undefined;
  const place: RootPlace = { folder: wish.folder, ...(wish.env === undefined ? {} : { env: wish.env }) };
  const lock = lockBox(wish.folder);
  try {
    const here = sealId === undefined ? undefined : idOf(place);
    if (sealId !== undefined && here !== sealId && bytes === undefined && root !== undefined)
      throw new BackupTrouble("passphrase-needed", "the root key of this backup needs its passphrase");
    const previous = keepPrevious(wish.folder, wish.now);
    putInPlace(wish.file, wish.folder);
    if (sealId !== undefined && here !== sealId && bytes !== undefined) keepRoot(place, bytes);
    const usable = sealId !== undefined && idOf(place) === sealId;
    const keys = sealId === undefined ? "none" : usable ? "usable" : "locked";
    return { note, keys, ...(previous === undefined ? {} : { previous }) };
  } finally {
    lock.close();
  }
};

const idOf = (place: RootPlace): string | undefined => {
  const root = findRoot(place);
  return root === undefined ? undefined : createSeal(root.bytes).id;
};

const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:]/g, "").slice(0, 15);

const keepPrevious = (folder: string, now: number): string | undefined => {
  const store = join(folder, STORE_FILE);
  if (!existsSync(store)) return undefined;
  const db = new SQLite(store);
  // What its log holds belongs to it.
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
  const previous = `${store}.before-restore-${stamp(now)}`;
  renameSync(store, previous);
  for (const beside of ["-wal", "-shm"]) rmSync(store + beside, { force: true });
  return previous;
};

const putInPlace = (file: string, folder: string): void => {
  const store = join(folder, STORE_FILE);
  const half = `${store}.restoring`;
  copyFileSync(file, half);
  chmodSync(half, 0o600);
  const db = new SQLite(half);
  db.exec("DROP TABLE backup");
  db.close();
  durably(half);
  renameSync(half, store);
  durably(folder);
};

/** The first line of a file. */
export const passphraseIn = (file: string): string => readFileSync(file, "utf8").split(/\r?\n/)[0]!;
