/** Other programs, run within a time limit; whatever they started ends with them. */
import { type SpawnOptions, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

export class CommandFailed extends Error {
  readonly code = "command-failed";
  constructor(line: string, how: string, said: string) {
    super(`${line}: ${how}\n${said.trimEnd().split("\n").slice(-15).join("\n")}`);
    this.name = "CommandFailed";
  }
}

export interface RunOptions {
  readonly withinMs?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Everything it says is appended there as well. */
  readonly logFile?: string;
}

const WITHIN_MS = 60_000;
const SAID_MAX = 4_000_000;

const running = new Set<number>();

/** Ends what still runs, whole groups. */
export const endAll = (): void => {
  for (const pid of running) process.kill(-pid, "SIGKILL");
};

/** Resolves with what it wrote to standard output. Throws CommandFailed. */
export const run = (file: string, args: readonly string[], options: RunOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const { withinMs = WITHIN_MS, cwd, env, logFile } = options;
    // A group of its own, so that the time limit ends it whole.
    const spawning: SpawnOptions = { stdio: ["ignore", "pipe", "pipe"], detached: true };
    const child = spawn(file, args, { ...spawning, ...(cwd && { cwd }), ...(env && { env }) });
    if (child.pid !== undefined) running.add(child.pid);
    const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: "a" });
    let out = "";
    let said = "";
    const take = (stream: "out" | "err") => (part: Buffer) => {
      const text = part.toString("utf8");
      if (stream === "out") out += text;
      said = (said + text).slice(-SAID_MAX);
      log?.write(text);
    };
    child.stdout?.on("data", take("out"));
    child.stderr?.on("data", take("err"));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, withinMs);
    const fail = (how: string) => reject(new CommandFailed([file, ...args].join(" ").slice(0, 300), how, said));
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      running.delete(child.pid ?? 0);
      log?.end();
      if (late) fail(`not done within ${withinMs / 1_000} s`);
      else if (code !== 0) fail(`ended with ${code ?? signal}`);
      else resolve(out);
    });
  });
