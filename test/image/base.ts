/** A base like node:24-bookworm-slim, composed here where no image registry can be reached: Debian by debootstrap, Node and npm from npm. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";

export type Cpu = "arm64" | "amd64";

export const CPU_HERE: Cpu = process.arch === "arm64" ? "arm64" : "amd64";
const NPM = "npm@11";
const BOOTSTRAP_WITHIN_MS = 1_800_000;
/** What Node needs beside Debian's minimum, and the authorities of the web. */
const PACKAGES = "ca-certificates,libstdc++6";

/** Fetches a package of the registry and gives the archive's path. */
const fetchPackage = async (name: string, folder: string): Promise<string> => {
  await run("npm", ["pack", name, "--silent", "--pack-destination", folder], { withinMs: 300_000, cwd: folder });
  const stem = name.slice(0, name.indexOf("@"));
  return join(folder, readdirSync(folder).find((file) => file.startsWith(`${stem}-`) && file.endsWith(".tgz"))!);
};

const addNode = async (root: string, cpu: Cpu, version: string, folder: string): Promise<void> => {
  const node = join(root, "usr/local/bin/node");
  if (cpu === CPU_HERE) copyFileSync(process.execPath, node);
  else {
    const archive = await fetchPackage(`node-linux-${cpu}@${version}`, folder);
    await run("tar", ["-xzf", archive, "-C", join(root, "usr/local"), "--strip-components=1", "package/bin/node"]);
  }
  await run("chmod", ["0755", node]);
  const npm = join(root, "usr/local/lib/node_modules/npm");
  mkdirSync(npm, { recursive: true });
  await run("tar", ["-xzf", await fetchPackage(NPM, folder), "-C", npm, "--strip-components=1"]);
  for (const name of ["npm", "npx"])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, "usr/local/bin", name));
};

/** What an interrupted debootstrap leaves mounted keeps its folder from being removed, and would hide why it was interrupted. */
const unmount = async (path: string): Promise<void> => {
  if (!readFileSync("/proc/self/mounts", "utf8").includes(` ${path} `)) return;
  await run("umount", [path]);
};

/** A tar of the base's files, taken from `cache` when it was composed before. Debian's files are those of that day then. */
export const composeBase = async (cpu: Cpu, nodeVersion: string, cache: string, logFile: string): Promise<string> => {
  const archive = join(cache, `base-bookworm-${cpu}-node-${nodeVersion}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "beffroi-base-"));
  try {
    const root = join(folder, "root");
    const kind = ["--variant=minbase", `--arch=${cpu}`, `--include=${PACKAGES}`];
    const options = { withinMs: BOOTSTRAP_WITHIN_MS, logFile };
    if (cpu === CPU_HERE) await run("debootstrap", [...kind, "bookworm", root], options);
    else {
      await run("debootstrap", ["--foreign", ...kind, "bookworm", root], options);
      await run("chroot", [root, "/debootstrap/debootstrap", "--second-stage"], options);
    }
    rmSync(join(root, "var/cache/apt/archives"), { recursive: true, force: true });
    rmSync(join(root, "var/lib/apt/lists"), { recursive: true, force: true });
    await addNode(root, cpu, nodeVersion, folder);
    await run("tar", ["-C", root, "-cf", `${archive}.new`, "."], { withinMs: 300_000 });
    renameSync(`${archive}.new`, archive);
    return archive;
  } finally {
    for (const each of ["proc", "sys"]) await unmount(join(folder, "root", each));
    rmSync(folder, { recursive: true, force: true });
  }
};
