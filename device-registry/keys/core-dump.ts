/** Keys are in memory while they are sealed, opened or sent: what a crash writes to the disk must not hold them. */
import { writeFileSync } from "node:fs";

/**
 * Leaves every mapping of memory out of this process's core dumps (`coredump_filter` of Linux; children inherit it). Whether it could:
 * where there is no such file, systemd's `LimitCORE=0` or `ulimit -c 0` is what is left.
 */
export const keepMemoryOutOfCoreDumps = (): boolean => {
  try {
    writeFileSync("/proc/self/coredump_filter", "0x0");
    return true;
  } catch {
    return false;
  }
};
