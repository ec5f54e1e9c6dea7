/** Libraries in C that stand between a process and its disk (LD_PRELOAD), compiled for one test. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const compiler = (): string | undefined =>
  ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].find((file) => existsSync(file));

/** Why nothing can be preloaded here, or undefined. */
export function missingForPreloading(): string | undefined {
  if (process.platform !== "linux") return "a library can be put below a process on Linux only";
  return compiler() === undefined ? "no C compiler: install gcc and libc6-dev" : undefined;
}

/** @param source the file in C. */
export function preloadable(source: string): { readonly library: string; stop(): void } {
  const cc = compiler();
  if (cc === undefined) throw new Error(missingForPreloading());
  const folder = mkdtempSync(join(tmpdir(), "beffroi-shim-"));
  const library = join(folder, "preloaded.so");
  execFileSync(cc, ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl", "-lpthread"], { stdio: "pipe" });
  return { library, stop: () => rmSync(folder, { recursive: true, force: true }) };
}
