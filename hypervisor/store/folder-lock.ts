/**
 * One process a data folder. PGlite does not lock its folder, and two processes on it lose acknowledged rows in silence; so a lock
 * file with the holder's pid stands beside it.
 */
import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { HypervisorFault } from "../faults.ts";

/** From proc(5), where there is one: the name in field 2 may hold spaces, so count from its closing bracket. */
const statOf = (pid: number): { readonly state: string; readonly startedAt: string } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startedAt: fields[19] ?? "" };
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  // A killed process keeps its pid until its parent has looked, but holds no file any more.
  return statOf(pid)?.state !== "Z";
};

interface Holder {
  readonly pid: number;
  readonly startedAt?: string;
}

const readHolder = (file: string): Holder | undefined => {
  const [pid, started] = readFileSync(file, "utf8").trim().split(" ");
  if (pid === undefined || !/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), ...(started === undefined ? {} : { startedAt: started }) };
};

/** A pid alone would be taken for alive when the system has given the number to another process since: the start time tells. */
const holds = (holder: Holder): boolean => {
  if (!isAlive(holder.pid)) return false;
  const started = statOf(holder.pid)?.startedAt;
  return holder.startedAt === undefined || started === undefined || started === holder.startedAt;
};

const tryCreate = (file: string): boolean => {
  try {
    const handle = openSync(file, "wx", 0o600);
    writeSync(handle, `${process.pid} ${statOf(process.pid)?.startedAt ?? ""}\n`);
    closeSync(handle);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
};

/**
 * Takes the lock; the returned function gives it back.
 * @throws HypervisorFault `folder-locked` (with `pid`, `file`) while another living process, or this one, holds it.
 */
export const lockFolder = (file: string): (() => void) => {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryCreate(file)) return () => unlinkSync(file);
    let holder: Holder | undefined;
    try {
      holder = readHolder(file);
    } catch {
      continue;
    }
    if (holder !== undefined && holds(holder)) throw new HypervisorFault("folder-locked", { pid: holder.pid, file });
    // Renaming first: of two processes that both saw a dead holder, only one moves this very file away.
    const aside = `${file}.${process.pid}`;
    try {
      renameSync(file, aside);
      unlinkSync(aside);
    } catch {
      // Another process was faster: the next attempt sees its lock.
    }
  }
  throw new HypervisorFault("folder-locked", { pid: 0, file });
};
