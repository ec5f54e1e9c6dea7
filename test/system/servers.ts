/**
 * Real servers to throw away, for system tests: PostgreSQL and mosquitto from their Debian packages, on 127.0.0.1 and a free port,
 * with all their files in a temporary folder. They end with the test process.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { describe, test } from "vitest";
import { openPostgres } from "../../hypervisor/store/postgres.ts";

const VERSION_MIN = 15;

/** The folder with PostgreSQL's programs, the oldest version we promise first. */
const postgresPrograms = (): string | undefined => {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root)
    .map(Number)
    .filter((version) => version >= VERSION_MIN)
    .sort((a, b) => a - b);
  return versions.map((version) => join(root, String(version), "bin")).find((bin) => existsSync(join(bin, "initdb")));
};

const mosquittoProgram = (): string | undefined =>
  ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find((file) => existsSync(file));

export const redisProgram = (): string | undefined =>
  ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find((file) => existsSync(file));

/** The library that gives a program another clock. */
export const clockLibrary = (): string | undefined =>
  readdirSync("/usr/lib")
    .map((folder) => join("/usr/lib", folder, "faketime", "libfaketimeMT.so.1"))
    .find((file) => existsSync(file));

/** Debian package by what it is needed for, and whether it is here. */
const NEEDS = {
  postgresql: {
    package: "postgresql-15",
    isHere: () => process.env.BEFFROI_TEST_DATABASE_URL !== undefined || postgresPrograms() !== undefined,
  },
  mosquitto: { package: "mosquitto", isHere: () => mosquittoProgram() !== undefined },
  redis: { package: "redis-server", isHere: () => redisProgram() !== undefined },
  faketime: { package: "libfaketime", isHere: () => clockLibrary() !== undefined },
} as const;

export type Need = keyof typeof NEEDS;

/** The Debian packages that are missing here for `needs`. */
export const missingPackages = (needs: readonly Need[]): string[] =>
  needs.filter((need) => !NEEDS[need].isHere()).map((need) => NEEDS[need].package);

const isRequired = (): boolean => process.env.BEFFROI_SYSTEM_TESTS === "required";

/** Runs `whenHere`, or makes the skip visible: by name, with the missing package; a failure where system tests are required. */
const unlessMissing = (name: string, needs: readonly Need[], whenHere: () => void): void => {
  const missing = missingPackages(needs);
  if (missing.length === 0) {
    whenHere();
    return;
  }
  const reason = `Debian package missing: ${missing.join(", ")}`;
  if (isRequired()) {
    test(name, () => {
      throw new Error(`${reason} (BEFFROI_SYSTEM_TESTS=required)`);
    });
    return;
  }
  console.warn(`system test skipped: ${name} (${reason})`);
  test.skip(`${name} (${reason})`, () => {});
};

/** A test that needs real servers. */
export const systemTest = (
  name: string,
  needs: readonly Need[],
  work: () => Promise<void>,
  timeoutMs = 120_000,
): void => unlessMissing(name, needs, () => test(name, { timeout: timeoutMs }, work));

/** A group of tests that need real servers. */
export const systemSuite = (name: string, needs: readonly Need[], define: () => void): void =>
  unlessMissing(name, needs, () => describe(name, define));

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

const READY_MS_MAX = 60_000;

/** Resolves when the program has said `ready` on standard error; what it said is in the error otherwise. */
export const untilSaid = (program: ChildProcess, ready: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`${program.spawnfile} ${why}\n${said}`));
    };
    const timer = setTimeout(() => {
      program.kill("SIGKILL");
      fail(`not ready after ${READY_MS_MAX} ms`);
    }, READY_MS_MAX);
    program.on("error", (error) => fail(error.message));
    program.on("exit", (code) => fail(`ended with ${code}`));
    program.stderr?.on("data", (chunk: Buffer) => {
      if (said.includes(ready)) return;
      said += chunk.toString("utf8");
      if (!said.includes(ready)) return;
      clearTimeout(timer);
      resolve();
    });
  });

export const ended = (program: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (program.exitCode !== null || program.signalCode !== null) resolve();
    else program.on("exit", () => resolve());
  });

/** The signal at the end of this process, whatever ends it. */
export const endWithUs = (program: ChildProcess): void => {
  const end = () => program.kill("SIGKILL");
  process.on("exit", end);
  program.on("exit", () => process.off("exit", end));
};

const isRoot = (): boolean => process.getuid?.() === 0;

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
const asPostgres = (program: string, args: readonly string[]): [string, string[]] =>
  isRoot()
    ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, ...args]]
    : [program, [...args]];

const giveToPostgres = (folder: string): void => {
  if (!isRoot()) return;
  const id = (option: string) => Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
  chownSync(folder, id("-u"), id("-g"));
};

export interface RunningPostgres {
  /** A fresh database of its own. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A database of its own on a server that runs; `stop` drops it. */
export const freshDatabase = async (server: string): Promise<RunningPostgres> => {
  const name = `beffroi_test_${randomBytes(6).toString("hex")}`;
  const log = pino({ level: "silent" });
  const admin = await openPostgres({ url: server, log, connectionsMax: 1 });
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async stop() {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.close();
    },
  };
};

/**
 * A PostgreSQL with an empty database: on the server of `BEFFROI_TEST_DATABASE_URL`, else one started here.
 * `durable`: with fsync, as in service; without, it is faster and survives everything but a power cut.
 */
export const startPostgres = async (options: { readonly durable?: boolean } = {}): Promise<RunningPostgres> => {
  const given = process.env.BEFFROI_TEST_DATABASE_URL;
  if (given !== undefined) return freshDatabase(given);
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error(`Debian package missing: ${NEEDS.postgresql.package}`);
  const folder = mkdtempSync(join(tmpdir(), "beffroi-postgres-"));
  giveToPostgres(folder);
  const data = join(folder, "data");
  const [initdb, initArgs] = asPostgres(join(programs, "initdb"), [
    ...["-D", data, "-U", "beffroi", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"],
  ]);
  execFileSync(initdb, initArgs, { cwd: folder, stdio: "pipe" });
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    fsync: options.durable === true ? "on" : "off",
    lc_messages: "C",
    log_min_messages: "warning",
  };
  const [postgres, args] = asPostgres(join(programs, "postgres"), [
    ...["-D", data],
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const program = spawn(postgres, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  endWithUs(program);
  await untilSaid(program, "database system is ready to accept connections");
  const database = await freshDatabase(`postgres://beffroi@127.0.0.1:${port}/postgres`);
  return {
    url: database.url,
    async stop() {
      await database.stop();
      // SIGINT is PostgreSQL's fast shutdown: it waits for no client.
      program.kill("SIGINT");
      await ended(program);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export interface MosquittoOptions {
  /** Lines of mosquitto.conf beside those made here. */
  readonly configuration?: readonly string[];
}

export interface RunningMosquitto {
  /** `mqtt://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
  /** SIGKILL, its files stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and files; ends it first, in order, if it runs. */
  restart(): Promise<void>;
}

/** Persistent, so that sessions and queued messages outlive `restart`. */
export const startMosquitto = async (options: MosquittoOptions = {}): Promise<RunningMosquitto> => {
  const file = mosquittoProgram();
  if (file === undefined) throw new Error(`Debian package missing: ${NEEDS.mosquitto.package}`);
  const folder = mkdtempSync(join(tmpdir(), "beffroi-mosquitto-"));
  const port = await freePort();
  const configuration = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence true",
    `persistence_location ${folder}/`,
    "autosave_interval 1",
    "autosave_on_changes true",
    "max_queued_messages 0",
    // It would give up root and then could not write to our folder.
    ...(isRoot() ? ["user root"] : []),
    ...(options.configuration ?? []),
  ];
  writeFileSync(join(folder, "mosquitto.conf"), `${configuration.join("\n")}\n`);
  const start = async (): Promise<ChildProcess> => {
    const program = spawn(file, ["-v", "-c", join(folder, "mosquitto.conf")], { stdio: ["ignore", "ignore", "pipe"] });
    endWithUs(program);
    await untilSaid(program, " running");
    return program;
  };
  let program = await start();
  // Said again until it ends: mosquitto forgets a SIGTERM that comes between its saying "running" and its loop.
  const end = async (signal: NodeJS.Signals) => {
    program.kill(signal);
    const again = setInterval(() => program.kill(signal), 500);
    await ended(program);
    clearInterval(again);
  };
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      program = await start();
    },
    async stop() {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
