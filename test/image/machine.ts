/** What this machine must have to build and run an arm64 image, and how it learns to run foreign programs for a while. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { run } from "./command.ts";

const PROGRAMS = [
  ["buildah", "/usr/bin/buildah"],
  ["debootstrap", "/usr/sbin/debootstrap"],
  ["qemu-user-static", "/usr/bin/qemu-aarch64-static"],
] as const;

/** Debian packages that are missing. */
export const missingPackages = (): string[] => PROGRAMS.filter(([, file]) => !existsSync(file)).map(([name]) => name);

export const install = async (packages: readonly string[]): Promise<void> => {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { env, withinMs: 180_000 });
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env, withinMs: 600_000 });
};

const BINFMT = "/proc/sys/fs/binfmt_misc";
const NAME = "qemu-aarch64";
/** First bytes of a 64-bit little-endian ELF program for machine 183 (AArch64), as QEMU's own registration has them; F: opened once. */
const RULE =
  ":qemu-aarch64:M::" +
  String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:` +
  String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:` +
  "/usr/bin/qemu-aarch64-static:F";

/** Lets this machine run arm64 programs; what is returned takes back what was changed, and only that. */
export const learnArm64 = async (): Promise<() => Promise<void>> => {
  if (process.arch === "arm64") return async () => undefined;
  const mounted = readdirSync(BINFMT).includes("register");
  if (!mounted) await run("mount", ["-t", "binfmt_misc", "binfmt_misc", BINFMT]);
  const known = existsSync(`${BINFMT}/${NAME}`);
  if (!known) writeFileSync(`${BINFMT}/register`, RULE);
  return async () => {
    if (!known) writeFileSync(`${BINFMT}/${NAME}`, "-1");
    if (!mounted) await run("umount", [BINFMT]);
  };
};
