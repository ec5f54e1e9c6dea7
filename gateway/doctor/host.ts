/** What the machine says of itself: clock, disk, who may listen, and how the keys are kept. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { findRoot, ROOT_FILE } from "../../device-registry/keys/index.ts";
import { type Finding, finding } from "./words.ts";

/** Before it was built, this program cannot run. */
const BUILT = Date.UTC(2026, 0, 1);

/** systemd's word on whether a time server was heard; undefined where there is no systemd. */
export const synchronised = (): boolean | undefined => {
  const { status, stdout } = spawnSync("timedatectl", ["show", "--property=NTPSynchronized", "--value"], {
    encoding: "utf8",
    timeout: 2_000,
  });
  const word = status === 0 ? stdout.trim() : "";
  return word === "yes" ? true : word === "no" ? false : undefined;
};

export const lookAtClock = (now: number, isSynchronised: boolean | undefined): Finding => {
  if (now < BUILT) return finding("clock", "clock-unset", "bad", { time: new Date(now).toISOString() });
  const values = { time: new Date(now).toISOString() };
  if (isSynchronised === false) return finding("clock", "clock-unsynchronised", "warning");
  return isSynchronised === undefined
    ? finding("clock", "clock-unchecked", "unknown", values)
    : finding("clock", "clock-well", "good", values);
};

const GB = 1_000_000_000;

export const lookAtDisk = (
  folder: string,
  space: { readonly free: number; readonly all: number } = spaceOf(folder),
): Finding => {
  const values = {
    folder,
    free: Number((space.free / GB).toFixed(1)),
    share: Math.round((100 * space.free) / space.all),
  };
  if (space.free < 0.2 * GB) return finding("disk", "disk-full", "bad", values);
  if (space.free < GB || space.free < 0.05 * space.all) return finding("disk", "disk-low", "warning", values);
  return finding("disk", "disk-well", "good", values);
};

const spaceOf = (folder: string): { readonly free: number; readonly all: number } => {
  const { bavail, blocks, bsize } = statfsSync(existsSync(folder) ? folder : "/");
  return { free: bavail * bsize, all: blocks * bsize };
};

const isExposed = (file: string): boolean => (statSync(file).mode & 0o077) !== 0;

export { isExposed };

export const lookAtKeys = (folder: string, env: Readonly<Record<string, string | undefined>>): Finding => {
  try {
    const root = findRoot({ folder, env });
    if (root === undefined) return finding("keys", "keys-none", "good");
    const file = join(folder, ROOT_FILE);
    if (root.protection === "file") {
      return isExposed(file)
        ? finding("keys", "keys-exposed", "bad", { file })
        : finding("keys", "keys-file", "good", { file });
    }
    return finding("keys", "keys-tpm", "good", { protection: root.protection });
  } catch (error) {
    return finding("keys", "keys-lost", "bad", { detail: error instanceof Error ? error.message : String(error) });
  }
};

/** What should be heard on this machine only, by its usual port. */
const SERVICES: Readonly<Record<number, string>> = {
  1883: "MQTT",
  8080: "ChirpStack",
  8070: "ChirpStack /metrics",
  6379: "Redis",
  5432: "PostgreSQL",
};

const LISTENING = "0A";

/** Ports that listen on every address, from the kernel's own table (`/proc/net/tcp` and `tcp6`). */
export const openToAll = (kernelTable: string): number[] =>
  kernelTable
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTENING && /^0+:/.test(local ?? ""))
    .map(([, local]) => Number.parseInt(local!.split(":")[1]!, 16));

export const lookAtPorts = (
  read: () => string = () => ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFileSync(file, "utf8")).join("\n"),
): Finding => {
  let ports: number[];
  try {
    ports = openToAll(read());
  } catch {
    return finding("ports", "ports-unknown", "unknown");
  }
  const open = [...new Set(ports)].filter((port) => SERVICES[port] !== undefined).sort((a, b) => a - b);
  if (open.length === 0) return finding("ports", "ports-well", "good");
  return finding("ports", "ports-open", "bad", { ports: open.map((port) => `${port} (${SERVICES[port]})`).join(", ") });
};
