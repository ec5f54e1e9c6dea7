/**
 * Runs an image the way `docker run --read-only` does — its user, environment and command, its root read-only, one folder for its
 * data, a small /tmp — by namespaces of the kernel, since a container engine may not work on this machine. It shares the network.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { ImageConfig } from "./builder.ts";
import { run } from "./command.ts";

export interface Container {
  /** Of the process inside, as this machine counts. */
  readonly pid: number;
  /** Its exit code; negative when a signal ended it. */
  readonly ended: Promise<number>;
  isRunning(): boolean;
  /** Runs a command inside; throws CommandFailed when it ends with another code than 0. */
  exec(command: readonly string[], as?: "its user" | "root"): Promise<string>;
  /** SIGTERM to the process inside, SIGKILL after `withinMs`. */
  stop(withinMs?: number): Promise<number>;
}

export interface ContainerOptions {
  readonly root: string;
  readonly config: ImageConfig;
  readonly dataFolder: string;
  /** Mounted read-only at /etc/beffroi. */
  readonly configFolder: string;
  /** Default: the image's own. */
  readonly command?: readonly string[];
  readonly logFile: string;
}

/** $1 root, $2 data, $3 configuration, $4 user:group, then the command. */
const ENTER = `
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount --bind "$2" "$1/var/lib/beffroi"
mount --bind "$3" "$1/etc/beffroi"
mount -o remount,bind,ro "$1/etc/beffroi"
mount -t proc proc "$1/proc"
mount -t tmpfs -o size=16m,mode=1777 tmpfs "$1/tmp"
mount -t tmpfs -o size=64k tmpfs "$1/dev"
for device in null zero full random urandom; do touch "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
mount -o remount,bind,ro "$1"
root="$1" user="$4"
shift 4
exec /usr/sbin/chroot --userspec="$user" "$root" "$@"
`;

const STOP_WITHIN_MS = 30_000;
const EXEC_WITHIN_MS = 180_000;

const childOf = async (pid: number): Promise<number> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    if (child) return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the container's process did not start");
};

const environmentOf = (config: ImageConfig): NodeJS.ProcessEnv =>
  Object.fromEntries(config.Env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));

export const startContainer = async (options: ContainerOptions): Promise<Container> => {
  const { root, config, dataFolder, configFolder, logFile } = options;
  const env = environmentOf(config);
  const command = [...config.Entrypoint, ...(options.command ?? config.Cmd)];
  const log = openSync(logFile, "a");
  const enter = ["/bin/sh", "-c", ENTER, "sh", root, dataFolder, configFolder, config.User, ...command];
  const child: ChildProcess = spawn("/usr/bin/unshare", ["--mount", "--pid", "--fork", "--kill-child", ...enter], {
    stdio: ["ignore", log, log],
    env,
  });
  closeSync(log);
  let running = true;
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      running = false;
      resolve(code ?? -1);
    });
  });
  const pid = await childOf(child.pid!);
  const [user = "0", group = "0"] = config.User.split(":");
  return {
    pid,
    ended,
    isRunning: () => running,
    exec: (wish, as = "its user") => {
      const ids = as === "root" ? ["-S", "0", "-G", "0"] : ["-S", user, "-G", group];
      return run("/usr/bin/nsenter", ["-t", `${pid}`, "-m", "-p", "-r", "-w", ...ids, ...wish], {
        env,
        withinMs: EXEC_WITHIN_MS,
      });
    },
    async stop(withinMs = STOP_WITHIN_MS) {
      const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
      if (running) process.kill(pid, "SIGTERM");
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
};
