/** A real Redis to throw away, beside `servers.ts`. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { ended, endWithUs, freePort, redisProgram, untilSaid } from "./servers.ts";

export interface RunningRedis {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends it; nothing is on disk. */
  stop(): Promise<void>;
  /** SIGKILL, and started again, empty, on the same port. */
  restart(): Promise<void>;
}

/** In memory only. `configuration`: words of redis-server's command line, as `--requirepass secret`. */
export const startRedis = async (configuration: readonly string[] = []): Promise<RunningRedis> => {
  const file = redisProgram();
  if (file === undefined) throw new Error("Debian package missing: redis-server");
  const port = await freePort();
  const start = async (): Promise<ChildProcess> => {
    const files = ["--save", "", "--appendonly", "no", "--dir", tmpdir()];
    const program = spawn(
      "sh",
      ["-c", 'exec "$0" "$@" >&2', file, "--port", String(port), "--bind", "127.0.0.1", ...files, ...configuration],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    endWithUs(program);
    await untilSaid(program, "Ready to accept connections");
    return program;
  };
  let program = await start();
  const end = async () => {
    program.kill("SIGKILL");
    await ended(program);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: end,
    async restart() {
      await end();
      program = await start();
    },
  };
};
