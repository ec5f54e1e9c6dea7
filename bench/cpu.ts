/** What a process has used, as the kernel counts it. Linux only. */
import { readFileSync } from "node:fs";

/** The kernel reports in hundredths of a second, whatever its own clock (`USER_HZ`). */
const TICKS_PER_SECOND = 100;

/** Two neighbouring fields of /proc/PID/stat, counted as proc_pid_stat(5) does. */
function seconds(pid: number | "self", field: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, field 2, may hold anything but ends with the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[field - 3]) + Number(fields[field - 2])) / TICKS_PER_SECOND;
}

/** User and system time of the whole process, all its threads, in seconds. */
export const cpuSeconds = (pid: number): number => seconds(pid, 14);

/** The same of all children that have ended. */
export const childrenCpuSeconds = (): number => seconds("self", 16);

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
