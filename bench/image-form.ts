/** The program as the image has it: compiled, with the image's environment, on this machine instead of on arm64. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

export interface ImageForm {
  /** The bin file. */
  readonly bin: string;
  /** What the image sets beside what its user does; its root is read-only, so nothing is kept of what was compiled. */
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

/** Of the last stage's `ENV` lines; the data folder is each box's own. */
function imageEnvironment(): NodeJS.ProcessEnv {
  const dockerfile = readFileSync(join(root, "Dockerfile.arm64"), "utf8");
  const pairs = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) => line!.trim().split(/\s+/));
  const all = Object.fromEntries(pairs.map((pair) => pair.split("=", 2) as [string, string]));
  if (all.MALLOC_ARENA_MAX === undefined) throw new Error("Dockerfile.arm64: no MALLOC_ARENA_MAX any more");
  const { BEFFROI_DATA: _data, ...env } = all;
  return { ...env, NODE_DISABLE_COMPILE_CACHE: "1" };
}

/** Made as the image's build makes it. */
export function makeImageForm(): ImageForm {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-image-"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", join(folder, "dist")], { cwd: root });
  mkdirSync(join(folder, "cli"));
  copyFileSync(join(root, "cli/beffroi.js"), join(folder, "cli/beffroi.js"));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    bin: join(folder, "cli/beffroi.js"),
    env: imageEnvironment(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
