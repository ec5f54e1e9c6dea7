/** A disk that is too small: a tmpfs of its own under the box's data folder, and a ballast that fills it. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export const SMALL_DISK_MIB = 48;

export function missingForSmallDisks(): string | undefined {
  if (process.platform !== "linux") return "a small disk is made on Linux only";
  return process.getuid?.() === 0 ? undefined : "a small disk can be mounted by root only";
}

/** Mounts it; returns how to take it away. */
export function mountSmallDisk(folder: string): () => void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SMALL_DISK_MIB}m,mode=0700`, "beffroi-crash", folder]);
  return () => void execFileSync("umount", ["--lazy", folder]);
}

/** Takes all that is left, and once more what has become free since; returns how to give all back. */
export function fill(folder: string): () => void {
  const file = join(folder, "ballast");
  const handle = openSync(file, "a");
  try {
    for (const bytes of [1 << 20, 1 << 12]) {
      const block = Buffer.alloc(bytes, 1);
      try {
        while (writeSync(handle, block) === bytes);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
    }
  } finally {
    closeSync(handle);
  }
  return () => rmSync(file);
}

/** Lets no file of a process grow beyond so many bytes: SQLite's log, appended to, meets an I/O error. Returns how to make it well again. */
export function refuseGrowth(pid: number, bytes: number): () => void {
  const limit = (most: string): void => void execFileSync("prlimit", [`--pid=${pid}`, `--fsize=${most}:unlimited`]);
  limit(`${bytes}`);
  return () => limit("unlimited");
}
