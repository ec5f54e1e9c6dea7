/** Runs the program as a person does: the real bin in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const BIN = fileURLToPath(new URL("../../cli/beffroi.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: string;
}

/** Only what the test says of locale, colours and configuration. */
const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...more,
});

export const start = (
  args: readonly string[],
  options: RunOptions = {},
  ipc = false,
  stdin: "ignore" | "pipe" = "ignore",
): ChildProcess =>
  spawn(options.node ?? process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: environment(options.env),
    stdio: ipc ? [stdin, "pipe", "pipe", "ipc"] : [stdin, "pipe", "pipe"],
  });

/** French no-break spaces as plain ones, so that expectations can be typed. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

export const finished = (child: ChildProcess): Promise<Ran> =>
  new Promise((resolve, reject) => {
    let [out, err] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out: plain(out), err: plain(err) }));
  });

export const beffroi = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  finished(start(args, options));

export const FRENCH = { LC_ALL: "fr_FR.UTF-8" };

/** A folder of its own for a test, short enough for a Unix socket. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "bf-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
