/**
 * One process a data folder. PGlite does not lock its folder, and two processes on it lose acknowledged rows in silence; so a lock
 * file with the holder's pid stands beside it.
 */
import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { HypervisorFault } from "../faults.ts";

/** A pid alone would be taken for alive when the system has given the number to another process since: the start time tells. */
const startedAt = (pid: number): string | undefined => {
  try {
    // proc(5): field 22 is the start time; the name in field 2 may hold spaces, so count from its closing bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
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

const holds = (holder: Holder): boolean => {
  if (!isAlive(holder.pid)) return false;
  const started = startedAt(holder.pid);
  return holder.startedAt === undefined || started === undefined || started === holder.startedAt;
};

const tryCreate = (file: string): boolean => {
  try {
    const handle = openSync(file, "wx", 0o600);
    writeSync(handle, `${process.pid} ${startedAt(process.pid) ?? ""}\n`);
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
    } catch {}
  }
  throw new HypervisorFault("folder-locked", { pid: 0, file });
};
