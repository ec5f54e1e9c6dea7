/** What a process has used, as the kernel counts it. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

/** The kernel reports in hundredths of a second, whatever its own clock (`USER_HZ`). */
const TICKS_PER_SECOND = 100;

const PARENT = 4;
const OWN = 14;
const OF_ENDED_CHILDREN = 16;

/** /proc/PID/stat from its third field on: the name, the second, may hold anything but ends with the last parenthesis. */
function fieldsOf(pid: number | "self"): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** A field counted as proc_pid_stat(5) does. */
const field = (fields: readonly string[], number: number): number => Number(fields[number - 3]);

/** Two neighbouring fields, user and system time. */
function seconds(pid: number | "self", first: number): number {
  const fields = fieldsOf(pid);
  return (field(fields, first) + field(fields, first + 1)) / TICKS_PER_SECOND;
}

/** User and system time of the whole process, all its threads, in seconds. */
export const cpuSeconds = (pid: number): number => seconds(pid, OWN);

/** The same of all children that have ended. */
export const childrenCpuSeconds = (): number => seconds("self", OF_ENDED_CHILDREN);

/** User and system time of all that this process has started and that runs now, what has ended below included, by name. */
export function descendantsCpuSeconds(name: string): number {
  const running = readdirSync("/proc").flatMap((entry) => {
    try {
      if (!/^\d+$/.test(entry)) return [];
      const called = readFileSync(`/proc/${entry}/comm`, "utf8").trim();
      return [{ pid: Number(entry), parent: field(fieldsOf(Number(entry)), PARENT), called }];
    } catch {
      return []; // It ended while it was looked at.
    }
  });
  const below = (pid: number): typeof running =>
    running.filter(({ parent }) => parent === pid).flatMap((each) => [each, ...below(each.pid)]);
  return below(process.pid)
    .filter(({ called }) => called === name)
    .reduce((sum, { pid }) => sum + seconds(pid, OWN) + seconds(pid, OF_ENDED_CHILDREN), 0);
}

/** `VmRSS` (now) or `VmHWM` (the most it ever was), in megabytes of 2^20 bytes. */
export function memoryMb(pid: number, what: "VmRSS" | "VmHWM"): number {
  const found = new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1]) / 1024;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
