/** A disk that is too small: a tmpfs of its own under the box's data folder, and a ballast that fills it. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SMALL_DISK_MIB = 48;

/** Undefined where a small disk can be mounted; tried, since root in a container may not. */
export function missingForSmallDisks(): string | undefined {
  if (process.platform !== "linux") return "a small disk is made on Linux only";
  const folder = mkdtempSync(join(tmpdir(), "beffroi-mount-"));
  try {
    mountSmallDisk(folder)();
    return undefined;
  } catch {
    return "a small disk cannot be mounted here";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mounts it; returns how to take it away. */
export function mountSmallDisk(folder: string): () => void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SMALL_DISK_MIB}m,mode=0700`, "beffroi-crash", folder], {
    stdio: "pipe",
  });
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
