/** Real neighbours for real processes that die: mosquitto, PostgreSQL, a hypervisor, a box, and a disk whose power can be cut. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { type BoxProcess, startBoxProcess } from "../../fixtures/demo/box.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, type Region, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { eventTopic, upEvent } from "../../fixtures/events.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { keyOfUp } from "../simulate/source.ts";
import type { Random } from "../simulate/world.ts";
import { type RunningMosquitto, type RunningPostgres, startMosquitto, startPostgres } from "../system/servers.ts";
import { databaseFiles, layFiles, mendLog, playCut, readLog, type Shim } from "./power-cut.ts";
import { journalFaults, leftAtBroker, leftInJournal, type Whereabouts } from "./whereabouts.ts";

export type BrokenPart =
  | "acknowledges-before-commit"
  | "cursor-outside-the-transaction"
  | "deletes-before-acknowledged";

interface Breakage {
  readonly process: "gateway" | "hypervisor";
  /** What the process says at the moment that matters: it is killed there. */
  readonly killedAt?: string;
}

export const BROKEN_PARTS: Readonly<Record<BrokenPart, Breakage>> = {
  "acknowledges-before-commit": { process: "gateway" },
  "cursor-outside-the-transaction": { process: "hypervisor", killedAt: "readings are there, the cursor is not" },
  "deletes-before-acknowledged": { process: "gateway" },
};

export interface GroundOptions {
  readonly random: Random;
  /** Without it no power is cut. */
  readonly shim?: Shim | undefined;
  readonly broken?: BrokenPart | undefined;
  /** Called with the box's data folder before it is used; returns how to undo it. */
  readonly prepareDisk?: (folder: string) => () => void;
}

export interface Arrived {
  readonly seq: number;
  readonly key: string;
}

export interface Ground {
  /** Publishes message `index`; resolves when the broker has it. */
  publish(index: number): Promise<void>;
  keyOf(index: number): string;
  readonly box: () => BoxProcess;
  killGateway(): Promise<void>;
  /** Kills the gateway and makes its files anew from what was synced; returns how many writes were not. */
  cutPower(): Promise<number>;
  killHypervisor(): Promise<void>;
  /** Messages the broker took, of all rounds, in order. */
  accepted(): readonly number[];
  /** The readings the region holds after an entry of the box's journal, in its order. */
  arrivedAfter(seq: number): Promise<readonly Arrived[]>;
  /** Whether nothing waits in the box as far as it can tell. */
  isDrained(): Promise<boolean>;
  /** What box and region say of themselves, for people. */
  standing(): Promise<string>;
  /** Ends the gateway in order and looks for what has not reached the region; this ground is of no use afterwards. */
  whereabouts(): Promise<Whereabouts>;
  /** Ends the gateway in order and says what is wrong with its journal. */
  inspect(): Promise<readonly string[]>;
  readonly gatewayLog: string;
  /** Of the hypervisor's door for boxes. */
  readonly boxPort: number;
  readonly dataFolder: string;
  stop(): Promise<void>;
}

const APPLICATION = "5b1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const DEVICES = 20;
const START = Date.parse("2026-03-02T06:00:00Z");

const devEui = (index: number): string => `24e12400000000${(index % DEVICES).toString(16).padStart(2, "0")}`;
const fCnt = (index: number): number => Math.floor(index / DEVICES);

/** A container's battery, temperature and distance, told apart by the index. */
const frame = (index: number): Buffer => {
  const bytes = Buffer.from("01755c0367010104820000050000", "hex");
  bytes.writeUInt16LE(index % 1_000, 4);
  bytes.writeUInt16LE(100 + (Math.floor(index / 1_000) % 900), 8);
  return bytes;
};

const eventOf = (index: number) =>
  upEvent({
    devEui: devEui(index),
    applicationId: APPLICATION,
    time: START + index * 100,
    fPort: 85,
    fCnt: fCnt(index),
    dr: 5,
    data: frame(index),
    rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }],
  });

const keyOf = (index: number): string => keyOfUp(devEui(index), fCnt(index), frame(index));

const MOMENT_MS_MAX = 60_000;

/** Until a log that is being written says so from now on. */
async function untilSaid(file: string, words: string): Promise<void> {
  const from = readFileSync(file, "utf8").length;
  const givenUpAt = performance.now() + MOMENT_MS_MAX;
  while (!readFileSync(file, "utf8").slice(from).includes(words)) {
    if (performance.now() > givenUpAt) throw new Error(`${file} never said "${words}"`);
    await pause(20);
  }
}

export async function startGround(options: GroundOptions): Promise<Ground> {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  try {
    return await build(options, undo);
  } catch (error) {
    for (const each of undo) await each();
    throw error;
  }
}

async function build(options: GroundOptions, undo: (() => Promise<unknown> | unknown)[]): Promise<Ground> {
  const { random, shim, broken } = options;
  const folder = mkdtempSync(join(tmpdir(), "beffroi-crash-"));
  undo.unshift(() => rmSync(folder, { recursive: true, force: true }));
  const dataFolder = join(folder, "box", "data");
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  if (options.prepareDisk !== undefined) undo.unshift(options.prepareDisk(dataFolder));
  const database = join(dataFolder, "box.sqlite");
  const diskLog = join(folder, "disk.log");
  const commune = COMMUNES[0]!;
  const withBroken = (part: "gateway" | "hypervisor"): NodeJS.ProcessEnv =>
    broken === undefined || BROKEN_PARTS[broken].process !== part
      ? {}
      : { NODE_OPTIONS: `--import ${new URL(`./broken/${broken}.ts`, import.meta.url).href}` };

  const mosquitto: RunningMosquitto = await startMosquitto();
  undo.unshift(() => mosquitto.stop());
  const postgres: RunningPostgres = await startPostgres({ durable: true });
  undo.unshift(() => postgres.stop());
  const regionOptions = {
    folder: join(folder, "hypervisor"),
    pagePort: await freePort(),
    boxPort: await freePort(),
    territoriesFile: territoriesFile(folder, [commune]),
    logFile: join(folder, "hypervisor.log"),
    env: { ...process.env, ...withBroken("hypervisor"), DATABASE_URL: postgres.url },
  };
  let region: Region = await startRegion(regionOptions);
  undo.unshift(() => region.stop());
  const boxOptions = {
    name: commune.box,
    folder: join(folder, "box"),
    identity: await addBoxTo(regionOptions.folder, commune),
    hypervisorPort: regionOptions.boxPort,
    brokerUrl: mosquitto.url,
    commitDelay: "200ms",
    ...(options.prepareDisk === undefined ? {} : { freeSpace: "0MB" }),
    env: { ...process.env, ...withBroken("gateway"), ...shim?.env(database, diskLog) },
  };
  let onDisk: ReadonlyMap<string, Buffer> = databaseFiles(database);
  let box = await startBoxProcess(boxOptions);
  undo.unshift(() => box.process.stop());
  for (let index = 0; index < DEVICES; index++)
    await box.addDevice({
      devEui: devEui(index),
      model: "milesight-em400",
      asset: `container:${commune.insee}:${index + 1}`,
      depthMm: 1_500,
    });
  const publisher: MqttClient = await connectAsync(mosquitto.url, { clientId: "publisher" });
  undo.unshift(() => publisher.endAsync(true));
  const accepted: number[] = [];
  const viewOfBox = async () => (await region.boxes()).find((each) => each.box === commune.box);

  return {
    async publish(index) {
      await publisher.publishAsync(eventTopic(APPLICATION, devEui(index), "up"), JSON.stringify(eventOf(index)), {
        qos: 1,
      });
      accepted.push(index);
    },
    keyOf,
    box: () => box,
    async killGateway() {
      await box.process.kill();
      mendLog(diskLog);
      box = await startBoxProcess(boxOptions);
    },
    async cutPower() {
      if (shim === undefined) throw new Error("no shim, no power cut");
      await box.process.kill();
      const cut = playCut(onDisk, readLog(readFileSync(diskLog)), random);
      layFiles(database, cut.files);
      rmSync(diskLog);
      const faults = journalFaults(database);
      if (faults.length > 0) throw new Error(`after a power cut: ${faults.join("; ")}`);
      onDisk = cut.files;
      box = await startBoxProcess(boxOptions);
      return cut.unsynced;
    },
    async killHypervisor() {
      const moment = broken && BROKEN_PARTS[broken].killedAt;
      if (moment !== undefined) await untilSaid(regionOptions.logFile, moment);
      await region.process.kill();
      region = await startRegion(regionOptions);
    },
    accepted: () => accepted.toSorted((a, b) => a - b),
    async arrivedAfter(seq) {
      return (await region.readings(commune.box, seq)).map((reading) => ({
        seq: reading.seq,
        key: keyOfUp(reading.device, reading.fCnt, Buffer.from(reading.frame, "hex")),
      }));
    },
    async isDrained() {
      const { journal } = await box.status();
      const durableSeq = (await viewOfBox())?.durableSeq ?? 0;
      return journal.waiting === 0 && durableSeq >= journal.lastSeq;
    },
    async standing() {
      const { hypervisor, journal, broker } = await box.status();
      return JSON.stringify({ box: { hypervisor, journal, broker }, region: await viewOfBox() });
    },
    async whereabouts() {
      await box.process.stop();
      const view = await viewOfBox();
      const durable = { seq: view?.durableSeq ?? 0, ...(view?.epoch === undefined ? {} : { epoch: view.epoch }) };
      return {
        journal: leftInJournal(database, durable),
        broker: await leftAtBroker(mosquitto.url, `beffroi-${commune.box}`),
      };
    },
    async inspect() {
      await box.process.stop();
      return journalFaults(database);
    },
    gatewayLog: join(folder, "box", "gateway.log"),
    boxPort: regionOptions.boxPort,
    dataFolder,
    async stop() {
      for (const each of undo) await each();
    },
  };
}
