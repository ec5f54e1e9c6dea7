/** What a process has used, as the kernel counts it. Linux only. */
import { readFileSync } from "node:fs";

/** The kernel reports in hundredths of a second, whatever its own clock (`USER_HZ`). */
const TICKS_PER_SECOND = 100;

/** User and system time of the whole process, all its threads, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which may hold anything but ends with the last parenthesis: utime is field 14, stime 15 (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
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
