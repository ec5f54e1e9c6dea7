/**
 * Where the box's root key lives. Best first: what systemd hands over (`LoadCredentialEncrypted=beffroi-root:…`), a file bound to
 * this machine's TPM by `systemd-creds`, and where there is no TPM a file of mode 0600 in the data folder.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ROOT_BYTES } from "./seal.ts";
import { KeysUnusable } from "./unusable.ts";

/** How the root key is protected, for `status` and `doctor`. */
export type RootProtection = "systemd-credential" | "tpm2" | "file";

export interface RootKey {
  readonly bytes: Buffer;
  readonly protection: RootProtection;
}

export const ROOT_FILE = "keys.root";
export const ROOT_TPM_FILE = "keys.root.tpm2";
const CREDENTIAL = "beffroi-root";
const TOOL = "systemd-creds";
/** A TPM takes its time; one that says nothing for so long is not there. */
const TOOL_MS_MAX = 20_000;

/** The root key is there but cannot be used. */
export class RootUnreadable extends KeysUnusable {
  readonly file: string;
  constructor(file: string, why: string) {
    super("root-unreadable", `the root key in ${file} cannot be read: ${why}`);
    this.name = "RootUnreadable";
    this.file = file;
  }
}

export interface RootPlace {
  /** The data folder. */
  readonly folder: string;
  /** For `CREDENTIALS_DIRECTORY` and `PATH`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

type Tool = { readonly ok: true; readonly out: Buffer } | { readonly ok: false; readonly why: string };

const tool = (args: readonly string[], env: NodeJS.ProcessEnv, input?: Buffer): Tool => {
  const run = spawnSync(TOOL, args, {
    env,
    timeout: TOOL_MS_MAX,
    stdio: ["pipe", "pipe", "pipe"],
    ...(input === undefined ? {} : { input }),
  });
  if (run.error !== undefined) return { ok: false, why: run.error.message };
  if (run.status !== 0) return { ok: false, why: run.stderr.toString("utf8").trim() || `exit ${run.status}` };
  return { ok: true, out: run.stdout };
};

/** Whether this machine has a TPM that systemd can use; `systemd-creds has-tpm2` answers for firmware, driver and libraries. */
export const hasTpm = (env: NodeJS.ProcessEnv = process.env): boolean => tool(["has-tpm2", "--quiet"], env).ok;

const rootIn = (file: string, bytes: Buffer): Buffer => {
  if (bytes.length !== ROOT_BYTES) throw new RootUnreadable(file, `${bytes.length} bytes instead of ${ROOT_BYTES}`);
  return bytes;
};

const read = (file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new RootUnreadable(file, error instanceof Error ? error.message : String(error));
  }
};

/** The root key where there is one. Throws `RootUnreadable`. */
export const findRoot = ({ folder, env = process.env }: RootPlace): RootKey | undefined => {
  const credentials = env.CREDENTIALS_DIRECTORY;
  const handed = credentials === undefined ? undefined : join(credentials, CREDENTIAL);
  if (handed !== undefined && existsSync(handed))
    return { bytes: rootIn(handed, read(handed)), protection: "systemd-credential" };
  const bound = join(folder, ROOT_TPM_FILE);
  if (existsSync(bound)) {
    const opened = tool(["decrypt", `--name=${CREDENTIAL}`, bound, "-"], env as NodeJS.ProcessEnv);
    if (!opened.ok) throw new RootUnreadable(bound, opened.why);
    return { bytes: rootIn(bound, opened.out), protection: "tpm2" };
  }
  const plain = join(folder, ROOT_FILE);
  return existsSync(plain) ? { bytes: rootIn(plain, read(plain)), protection: "file" } : undefined;
};

/** Durable before it has its name: keys sealed under a root key that a power cut took would be lost. */
const writeDurably = (folder: string, name: string, bytes: Uint8Array): void => {
  const file = join(folder, name);
  const half = `${file}.new`;
  rmSync(half, { force: true });
  const handle = openSync(half, "wx", 0o600);
  try {
    writeSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(half, file);
  const parent = openSync(folder, "r");
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
};

/** Bound to the TPM if it can be opened again with it; a TPM that only takes is worse than none. */
const bindToTpm = (folder: string, bytes: Buffer, env: NodeJS.ProcessEnv): boolean => {
  if (!hasTpm(env)) return false;
  const closed = tool(["encrypt", "--with-key=tpm2", `--name=${CREDENTIAL}`, "-", "-"], env, bytes);
  if (!closed.ok) return false;
  const opened = tool(["decrypt", `--name=${CREDENTIAL}`, "-", "-"], env, closed.out);
  if (!opened.ok || !opened.out.equals(bytes)) return false;
  writeDurably(folder, ROOT_TPM_FILE, closed.out);
  return true;
};

/** Keeps a root key: the one given, or a new one. */
export const keepRoot = (
  { folder, env = process.env }: RootPlace,
  bytes: Buffer = randomBytes(ROOT_BYTES),
): RootKey => {
  if (bindToTpm(folder, bytes, env as NodeJS.ProcessEnv)) return { bytes, protection: "tpm2" };
  writeDurably(folder, ROOT_FILE, bytes);
  return { bytes, protection: "file" };
};
