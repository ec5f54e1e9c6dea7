/** A box as its user has it: a folder with beffroi.toml, registered devices, and the gateway process started by the bin file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BoxStatus } from "../api/control.ts";
import { type Journal, type JournalClock, openJournal } from "../cloud-sync/journal/journal.ts";
import { enterDevice } from "../device-registry/enter.ts";
import { findModel } from "../device-registry/models.ts";
import { openRegistry } from "../device-registry/store.ts";
import { startProcess, untilReady } from "../fixtures/demo/process.ts";
import type { SimulatedDevice } from "../fixtures/simulation/device.ts";
import { openBoxStore } from "../gateway/box-store.ts";
import { CONTROL_SOCKET } from "../gateway/control/place.ts";
import { createDeviceHealth } from "../gateway/device-health.ts";
import type { ImageForm } from "./image-form.ts";

export interface RunningBox {
  readonly pid: number;
  status(): Promise<BoxStatus>;
  stop(): Promise<void>;
}

export interface BenchBox {
  readonly folder: string;
  /** Connected to its broker. */
  start(): Promise<RunningBox>;
  /** What no process but this one may do meanwhile. */
  withJournal<T>(work: (journal: Journal) => T): T;
  /** Saves what a gateway that ran while the journal was filled would have saved when it ended. */
  rememberHealth(): Promise<void>;
  remove(): void;
}

const READY_WITHIN_MS = 120_000;

const get = (socketPath: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      reply.once("end", () => resolve(text));
    });
    asked.once("error", reject);
    asked.end();
  });

export type BoxForm = Pick<ImageForm, "bin" | "env">;

export interface BenchBoxOptions {
  /** What stamps entries written with `withJournal`. */
  readonly clock?: JournalClock;
  /** Further tables of beffroi.toml. */
  readonly configuration?: string;
  /** What is started; absent: the checkout. */
  readonly form?: BoxForm;
}

const MACHINE: JournalClock = {
  now: () => ({ wall: Date.now(), mono: performance.now(), clock: "unknown" }),
};

export function createBox(
  brokerUrl: string,
  devices: readonly SimulatedDevice[],
  { clock = MACHINE, configuration = "", form }: BenchBoxOptions = {},
): BenchBox {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-bench-"));
  const data = join(folder, "data");
  const configFile = join(folder, "beffroi.toml");
  writeFileSync(configFile, `[box]\nname = "bench"\ndata = "data"\n\n[broker]\nurl = "${brokerUrl}"\n${configuration}`);

  const withStore = <T>(work: (journal: Journal, db: ReturnType<typeof openBoxStore>["db"]) => T): T => {
    const store = openBoxStore(data);
    try {
      return work(openJournal(store.db, { clock }), store.db);
    } finally {
      store.close();
    }
  };
  withStore((journal, db) => {
    const registry = openRegistry(db);
    journal.write((append) => {
      for (const { devEui, model, name, asset } of devices) {
        const form = { devEui, model, name, asset: asset.ref, ...asset.attributes };
        const entered = enterDevice(registry, findModel, form, Date.now(), append);
        if (!entered.ok) throw new Error(`${devEui}: ${entered.refusal.code}`);
      }
    });
  });

  return {
    folder,
    start: () => startBoxAt(folder, form),
    withJournal: (work) => withStore((journal) => work(journal)),
    async rememberHealth() {
      const store = openBoxStore(data);
      const journal = openJournal(store.db, { clock });
      const registry = openRegistry(store.db);
      const machine = { now: Date.now, mono: () => performance.now() };
      const health = createDeviceHealth({ db: store.db, journal, registry, findModel, clock: machine });
      await health.caughtUp;
      health.save();
      store.close();
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The gateway on a box's folder, connected to its broker. */
export async function startBoxAt(folder: string, form?: BoxForm): Promise<RunningBox> {
  const configFile = join(folder, "beffroi.toml");
  const env = { ...process.env, ...form?.env };
  const args = ["gateway", "--config", configFile];
  const gateway = startProcess("gateway", args, join(folder, "gateway.log"), env, form?.bin);
  const socket = join(folder, "data", CONTROL_SOCKET);
  const status = async () => BoxStatus.parse(JSON.parse(await get(socket, "/status")));
  await untilReady(
    gateway,
    () =>
      status().then(
        (now) => (now.broker.connected ? now : undefined),
        () => undefined,
      ),
    READY_WITHIN_MS,
  );
  return { pid: gateway.pid, status, stop: () => gateway.stop(60_000) };
}
