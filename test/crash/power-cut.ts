/**
 * A power cut below SQLite. A preloaded shim (disk-log.c) writes down every write and every sync of the box's database files. The
 * files are then made anew from what was synced and a random part of what was not: each unsynced write is there, is not, or is
 * there in some of its 512-byte sectors. A removed file is gone for certain once its folder was synced.
 */
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Random } from "../simulate/world.ts";
import { missingForPreloading, preloadable } from "./preloadable.ts";

const SOURCE = fileURLToPath(new URL("./disk-log.c", import.meta.url));
const SECTOR = 512;
const HEAD = 16;

export interface Shim {
  /** Environment of a process whose database files begin with `path`. */
  env(path: string, logFile: string): Readonly<Record<string, string>>;
  stop(): void;
}

/** Why no power cut can be played here, or undefined. */
export const missingForPowerCuts = missingForPreloading;

export function buildShim(): Shim {
  const { library, stop } = preloadable(SOURCE);
  return {
    env: (path, logFile) => ({ LD_PRELOAD: library, DISK_LOG: logFile, DISK_LOG_FILES: path }),
    stop,
  };
}

interface Operation {
  readonly is: "write" | "truncate" | "sync" | "unlink" | "sync-folder";
  /** Of the file, after the prefix: "", "-wal". */
  readonly name: string;
  readonly at: number;
  readonly data: Buffer;
}

const KINDS: Readonly<Record<string, Operation["is"]>> = {
  W: "write",
  T: "truncate",
  S: "sync",
  U: "unlink",
  D: "sync-folder",
};

/** A last record that the killed process did not finish is none; `bytes` of the log are whole. */
function parseLog(log: Buffer): { readonly operations: Operation[]; readonly bytes: number } {
  const operations: Operation[] = [];
  let at = 0;
  while (at + HEAD <= log.length) {
    const is = KINDS[String.fromCharCode(log[at]!)];
    if (is === undefined) throw new Error(`the disk log is no disk log at byte ${at}`);
    const nameBytes = log[at + 1]!;
    const dataBytes = log.readUInt32LE(at + 4);
    const end = at + HEAD + nameBytes + dataBytes;
    if (end > log.length) break;
    const name = log.toString("utf8", at + HEAD, at + HEAD + nameBytes);
    const data = log.subarray(at + HEAD + nameBytes, end);
    operations.push({ is, name, at: Number(log.readBigUInt64LE(at + 8)), data });
    at = end;
  }
  return { operations, bytes: at };
}

export const readLog = (log: Buffer): Operation[] => parseLog(log).operations;

/** Before the next process goes on writing it: a record that the last one did not finish would swallow what follows. */
export function mendLog(file: string): void {
  if (existsSync(file)) truncateSync(file, parseLog(readFileSync(file)).bytes);
}

/** A file as the disk holds it. */
class DiskFile {
  private room: Buffer;
  private size: number;
  private exists: boolean;
  pending: Operation[] = [];

  constructor(content?: Buffer) {
    this.room = Buffer.from(content ?? []);
    this.size = this.room.length;
    this.exists = content !== undefined;
  }

  apply({ is, at, data }: Operation): void {
    this.exists = is !== "unlink";
    if (is === "write") {
      this.reserve(at + data.length);
      data.copy(this.room, at);
      this.size = Math.max(this.size, at + data.length);
      return;
    }
    const size = is === "unlink" ? 0 : at;
    this.reserve(size);
    this.room.fill(0, Math.min(size, this.size), this.size);
    this.size = size;
  }

  /** A removal that was asked for is durable with the folder; what was done to the file before no longer matters. */
  forgetRemoved(): void {
    const removed = this.pending.findLastIndex(({ is }) => is === "unlink");
    if (removed === -1) return;
    this.apply(this.pending[removed]!);
    this.pending = this.pending.slice(removed + 1);
  }

  content(): Buffer | undefined {
    return this.exists ? Buffer.from(this.room.subarray(0, this.size)) : undefined;
  }

  private reserve(size: number): void {
    if (size <= this.room.length) return;
    const wider = Buffer.alloc(Math.max(size, 2 * this.room.length, 65_536));
    this.room.copy(wider, 0, 0, this.size);
    this.room = wider;
  }
}

/** The sectors of a write that reached the disk. */
function torn({ at, data }: Operation, random: Random): Operation[] {
  const parts: Operation[] = [];
  for (let from = 0; from < data.length; ) {
    const to = Math.min(data.length, from + SECTOR - ((at + from) % SECTOR));
    if (random.chance(0.5)) parts.push({ is: "write", name: "", at: at + from, data: data.subarray(from, to) });
    from = to;
  }
  return parts;
}

/** What the cut left of what was not synced. */
function leftOf(pending: readonly Operation[], random: Random): Operation[] {
  // Sometimes nothing, sometimes nearly all: an even draw for each write would hardly ever leave a commit whole.
  const share = random.one([0, 0.1, 0.5, 0.9, 1]);
  return pending.flatMap((operation) => {
    if (!random.chance(share)) return [];
    return operation.is === "write" && random.chance(0.3) ? torn(operation, random) : [operation];
  });
}

export interface Cut {
  /** Operations the process had asked for, and those that were synced at the end. */
  readonly operations: number;
  readonly syncs: number;
  /** Writes that the cut found unsynced. */
  readonly unsynced: number;
  readonly files: ReadonlyMap<string, Buffer>;
}

export function playCut(before: ReadonlyMap<string, Buffer>, operations: readonly Operation[], random: Random): Cut {
  const files = new Map([...before].map(([name, content]) => [name, new DiskFile(content)]));
  for (const operation of operations) {
    if (operation.is === "sync-folder") {
      for (const file of files.values()) file.forgetRemoved();
      continue;
    }
    const file = files.get(operation.name) ?? new DiskFile();
    files.set(operation.name, file);
    if (operation.is !== "sync") {
      file.pending.push(operation);
      continue;
    }
    for (const pending of file.pending) file.apply(pending);
    file.pending = [];
  }
  const after = new Map<string, Buffer>();
  let unsynced = 0;
  for (const [name, file] of files) {
    unsynced += file.pending.filter(({ is }) => is === "write").length;
    for (const left of leftOf(file.pending, random)) file.apply(left);
    const content = file.content();
    if (content !== undefined) after.set(name, content);
  }
  const syncs = operations.filter(({ is }) => is === "sync").length;
  return { operations: operations.length, syncs, unsynced, files: after };
}

/** The database files that begin with `path`, by the rest of their names; the index of the log is no file of the disk. */
export function databaseFiles(path: string): Map<string, Buffer> {
  const folder = dirname(path);
  const first = basename(path);
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder)
      .filter((name) => name.startsWith(first) && !name.endsWith("-shm"))
      .map((name) => [name.slice(first.length), readFileSync(join(folder, name))]),
  );
}

export function layFiles(path: string, files: ReadonlyMap<string, Buffer>): void {
  for (const name of ["", "-wal", "-shm", "-journal"]) rmSync(`${path}${name}`, { force: true });
  for (const [name, content] of files) writeFileSync(`${path}${name}`, content, { mode: 0o600 });
}
