/**
 * Seconds until 4,108 boxes are back after an outage of the hypervisor, and how the API answers people meanwhile. Each box is the
 * product's push and command feed over HTTPS with a certificate of its own, all in one process beside, or in several; hypervisor and
 * PostgreSQL are real. The hypervisor is killed, each box writes readings, the hypervisor starts again: back is a box whose command
 * stream is open and whose journal has nothing waiting. In the end every reading must be there once. `--boxes N`, `--outage SECONDS`,
 * `--processes N` for the boxes, `--region-share PERCENT` of the time that the hypervisor may run after the outage.
 */
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { certificateRequest, makeKey } from "../cloud-sync/enrolment/key.ts";
import { freePort } from "../fixtures/demo/ports.ts";
import { startRegion } from "../fixtures/demo/region.ts";
import { territoriesFile } from "../fixtures/demo/territories.ts";
import { COMMUNES } from "../fixtures/territory.ts";
import { openAuthority } from "../hypervisor/authority.ts";
import { createEnrolmentDesk } from "../hypervisor/enrolment.ts";
import { openStore } from "../hypervisor/store/open.ts";
import { openPostgres } from "../hypervisor/store/postgres.ts";
import { startPostgres } from "../test/system/servers.ts";
import { cpuSeconds, descendantsCpuSeconds, memoryMb } from "./cpu.ts";
import type { FleetOrder, FleetState, FleetWord } from "./fleet-boxes.ts";

const POLL_MS = 250;
const TOLD_EVERY_SECONDS = 5;
const GIVEN_UP_MS = 300_000;
const API_EVERY_MS = 100;

/** Each box is two sockets here and two there, and Node leaves the soft limit where it was; children inherit it. */
function raiseOpenFiles(needed: number): void {
  const raised = spawnSync("sh", [
    "-c",
    `prlimit --pid ${process.pid} --nofile=$(ulimit -Hn):$(ulimit -Hn) && ulimit -Hn`,
  ]);
  const limit = `${raised.stdout}`.trim();
  if (raised.status !== 0) throw new Error(`cannot raise the number of open files: ${raised.stderr}`);
  if (limit !== "unlimited" && Number(limit) < needed) throw new Error(`${limit} open files, ${needed} needed`);
}

/** As `hypervisor box add` and `enroll` do, without a process for each. */
async function makeBoxes(folder: string, databaseUrl: string, count: number) {
  mkdirSync(folder, { recursive: true });
  const authority = await openAuthority(join(folder, "authority"), Date.now);
  const log = pino({ level: "silent" });
  const store = await openStore({ dataFolder: join(folder, "store"), databaseUrl, log, now: Date.now() });
  const desk = createEnrolmentDesk({ store, authority, now: Date.now, log, url: () => undefined });
  const boxes: { name: string; certificate: string; key: string }[] = [];
  for (let each = 0; each < count; each++) {
    const name = `box-${each}`;
    const { code } = await desk.invite({ name, communes: [`${10_000 + each}`], validMs: 3_600_000 });
    const key = await makeKey();
    const { certificate } = await desk.enrol(code.replaceAll("-", ""), await certificateRequest(key, name));
    boxes.push({ name, certificate, key });
  }
  await store.close();
  return { boxes, ca: authority.ca };
}

function startPart() {
  const child = fork(new URL("fleet-boxes.ts", import.meta.url));
  return {
    pid: child.pid!,
    async tell(word: FleetWord): Promise<FleetState> {
      child.send(word);
      return (await once(child, "message"))[0] as FleetState;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

const sumOf = (states: readonly FleetState[]): FleetState => {
  const sum = (pick: (state: FleetState) => number) => states.reduce((all, state) => all + pick(state), 0);
  const fault = states.find((state) => state.fault !== undefined)?.fault;
  return {
    back: sum(({ back }) => back),
    connected: sum(({ connected }) => connected),
    streams: sum(({ streams }) => streams),
    waiting: sum(({ waiting }) => waiting),
    batches: sum(({ batches }) => batches),
    written: sum(({ written }) => written),
    ...(fault === undefined ? {} : { fault }),
  };
};

function startFleet(processes: number) {
  const parts = Array.from({ length: processes }, startPart);
  const tellAll = async (words: readonly FleetWord[]): Promise<FleetState> =>
    sumOf(await Promise.all(parts.map((part, which) => part.tell(words[which]!))));
  return {
    cpuSeconds: () => parts.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0),
    order: ({ boxes, ...rest }: FleetOrder) =>
      tellAll(
        parts.map((_, which) => ({
          is: "order",
          order: { ...rest, boxes: boxes.filter((_box, place) => place % processes === which) },
        })),
      ),
    tell: (word: FleetWord) => tellAll(parts.map(() => word)),
    stop: () => Promise.all(parts.map((part) => part.stop())),
  };
}

const PERIOD_MS = 100;

/** A machine with little time to spare: from now on the process is held still for the rest of each tenth of a second. */
function giveShare(pid: number, percent: number): () => void {
  let held: NodeJS.Timeout | undefined;
  const period = setInterval(() => {
    process.kill(pid, "SIGCONT");
    held = setTimeout(() => process.kill(pid, "SIGSTOP"), (PERIOD_MS * percent) / 100);
  }, PERIOD_MS);
  return () => {
    clearInterval(period);
    clearTimeout(held);
    process.kill(pid, "SIGCONT");
  };
}

type Fleet = ReturnType<typeof startFleet>;

async function untilBack(fleet: Fleet, count: number, tell: (line: string) => void = () => {}): Promise<number> {
  const from = performance.now();
  for (let told = 0; ; ) {
    const state = await fleet.tell({ is: "ask" });
    const seconds = (performance.now() - from) / 1_000;
    if (seconds >= told + TOLD_EVERY_SECONDS || state.back === count) {
      told = seconds;
      tell(
        `${seconds.toFixed(0)} s: ${state.back} back, ${state.connected} connected, ${state.streams} listening, ${state.batches} batches sent`,
      );
    }
    if (state.back === count) return seconds;
    if (seconds * 1_000 > GIVEN_UP_MS) throw new Error(JSON.stringify({ ...state, of: count }));
    await pause(POLL_MS);
  }
}

/** A person's page, asked for again and again; gives how long each answer took, ms. */
function askApi(pageUrl: string) {
  const taken: number[] = [];
  let asking = true;
  const done = (async () => {
    while (asking) {
      const from = performance.now();
      const reply = await fetch(`${pageUrl}/api/v1/territories`, { signal: AbortSignal.timeout(30_000) });
      await reply.arrayBuffer();
      if (!reply.ok) throw new Error(`API: ${reply.status}`);
      taken.push(performance.now() - from);
      await pause(API_EVERY_MS);
    }
  })();
  return async (): Promise<number> => {
    asking = false;
    await done;
    return [...taken].sort((a, b) => a - b)[Math.floor(taken.length * 0.99)]!;
  };
}

async function countLost(databaseUrl: string, written: number): Promise<number> {
  const sql = await openPostgres({ url: databaseUrl, log: pino({ level: "silent" }), connectionsMax: 1 });
  const [held] = await sql.query<{ all: number; distinct: number }>(
    `SELECT count(*)::int4 AS all, count(DISTINCT (box, epoch, seq))::int4 AS distinct FROM reading`,
  );
  await sql.close();
  if (held?.all !== held?.distinct) throw new Error(`duplicates: ${JSON.stringify(held)}`);
  return written - (held?.all ?? 0);
}

export async function run(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: {
      boxes: { type: "string", default: "4108" },
      outage: { type: "string", default: "20" },
      "region-share": { type: "string" },
      processes: { type: "string", default: "1" },
    },
  });
  const [count, outage] = [Number(values.boxes), Number(values.outage)];
  raiseOpenFiles(count * 2 + 500);
  const folder = mkdtempSync(join(tmpdir(), "beffroi-fleet-"));
  const postgres = await startPostgres({ durable: true });
  const data = join(folder, "data");
  const { boxes, ca } = await makeBoxes(data, postgres.url, count);
  const options = {
    folder: data,
    pagePort: await freePort(),
    boxPort: await freePort(),
    territoriesFile: territoriesFile(folder, COMMUNES),
    logFile: join(folder, "hypervisor.log"),
    env: { ...process.env, DATABASE_URL: postgres.url },
  };
  let region = await startRegion(options);
  const fleet = startFleet(Number(values.processes));
  await fleet.order({ url: `https://localhost:${options.boxPort}`, boxes, ca });
  const firstWithin = await untilBack(fleet, count);
  await fleet.tell({ is: "write" });
  await untilBack(fleet, count);
  console.log(`${count} boxes connected for the first time within ${firstWithin.toFixed(1)} s`);
  await region.process.kill();
  await pause((outage * 1_000) / 2);
  await fleet.tell({ is: "write" });
  await pause((outage * 1_000) / 2);
  const used = () => [fleet.cpuSeconds(), descendantsCpuSeconds("postgres")] as const;
  const before = used();
  region = await startRegion(options);
  const free = values["region-share"] && giveShare(region.process.pid, Number(values["region-share"]));
  const p99 = askApi(region.pageUrl);
  const backWithin = await untilBack(fleet, count, console.log);
  if (free) free();
  const p99Ms = await p99();
  const [ofBoxes, ofPostgres] = used().map((seconds, which) => seconds - before[which]!);
  const { written } = await fleet.tell({ is: "ask" });
  console.log(
    `CPU until all were back: hypervisor ${cpuSeconds(region.process.pid).toFixed(1)} s, PostgreSQL ${ofPostgres!.toFixed(1)} s, ` +
      `the boxes ${ofBoxes!.toFixed(1)} s; the hypervisor held ${memoryMb(region.process.pid, "VmHWM").toFixed(0)} MB at most`,
  );
  await fleet.stop();
  await region.stop();
  const lost = await countLost(postgres.url, written);
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  console.log(
    JSON.stringify({
      bench: "fleet",
      boxes: count,
      backWithinSeconds: Math.round(backWithin * 10) / 10,
      p99Ms: Math.round(p99Ms),
      lost,
      outageSeconds: outage,
    }),
  );
}
