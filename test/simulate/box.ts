/**
 * A box's process: the product's intake, journal, registry, ledger, relay and push on one disk, wired as gateway/main.ts wires
 * them. Broker and fibre are the world's. A process that died is started again from what its disk held at the last commit.
 */
import { constants, zstdCompressSync } from "node:zlib";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import type { Batch, BoxHealth } from "../../cloud-sync/protocol/entry.ts";
import { createPush } from "../../cloud-sync/push.ts";
import type { PushEvent } from "../../cloud-sync/push-words.ts";
import type { Timers } from "../../cloud-sync/timers.ts";
import type { Transport } from "../../cloud-sync/transport.ts";
import { findCodec } from "../../codecs/index.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openBoxState } from "../../gateway/box-state.ts";
import { createProtobufReader } from "../../gateway/chirpstack/protobuf-events.ts";
import { createBoxClock } from "../../gateway/clock.ts";
import { openDuplicates } from "../../gateway/duplicates.ts";
import { createFirstHop } from "../../gateway/first-hop.ts";
import { REGION } from "../../gateway/health.ts";
import { createIntake } from "../../gateway/intake.ts";
import { openLedger } from "../../gateway/ledger.ts";
import { openParked } from "../../gateway/parked.ts";
import { createRelay } from "../../gateway/relay.ts";
import type { Append } from "../../gateway/words.ts";
import type { Broker, Client, Line } from "./broker.ts";
import { Died, type Disk, type Fate, openDisk } from "./disk.ts";
import type { Source } from "./source.ts";
import type { Broken } from "./variants.ts";
import type { Scope, World } from "./world.ts";

type Journal = ReturnType<typeof openJournal>;

/** The machine the process runs on. */
export interface Machine {
  /** Its wall clock minus true time, ms. */
  clockOffset: number;
  /** Whether something keeps its clock right. */
  clockKept: boolean;
  bootedAt: number;
  boots: number;
}

export interface Box {
  readonly name: string;
  readonly machine: Machine;
  /** Undefined while the process is down. */
  readonly journal: Journal | undefined;
  readonly isRunning: boolean;
  /** What becomes of the commit after `skip` others. */
  armCommit(fate: Exclude<Fate, "ok">, skip: number): void;
  /** Commits fail until `mendDisk`. */
  breakDisk(fate: "full" | "io-error"): void;
  mendDisk(): void;
  /** kill -9; started again after `ms`. `power`: the machine goes too. */
  kill(ms: number, power?: boolean): void;
  /** Ends it in order and starts it again. */
  restart(ms: number): void;
  /** What its disk holds, for a clone. */
  image(): Buffer | undefined;
  readonly pushEvents: ReadonlySet<string>;
  /** Tells what the push says of itself. */
  status(): string;
  /** What ended the process that was no fault of the schedule. */
  readonly defects: readonly string[];
}

export interface BoxParts {
  readonly world: World;
  readonly name: string;
  readonly epoch: number;
  readonly broker: Broker;
  readonly source: Source;
  readonly transport: (scope: Scope) => Transport;
  readonly broken: Broken;
  /** ms an ordinary reading waits for its commit. */
  readonly commitDelayMs: number;
  readonly batchEntriesMax: number;
  readonly image?: Buffer;
}

interface Life {
  readonly scope: Scope;
  readonly disk: Disk;
  readonly journal: Journal;
  readonly line: Line;
  readonly stop: () => Promise<void>;
  readonly status: () => string;
}

const TICK_MS = 10_000;

/** Synchronous, so that nothing happens on another thread, and quick: how small it gets is not the question here. */
const pack = (batch: Batch): Uint8Array =>
  zstdCompressSync(encodeBatch(batch), {
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });

const healthOf = (journal: Journal): BoxHealth => ({
  lastSeq: journal.lastSeq,
  oldestSeq: journal.oldestSeq,
  journalBytes: 0,
  freeBytes: 1e9,
  firstHop: { lossless: true, reasons: [] },
  brokerConnected: true,
  devices: 4,
  unregistered: 0,
  duplicates: 0,
  version: "0.1.0",
});

export function createBox(parts: BoxParts): Box {
  const { world, name, source } = parts;
  const machine: Machine = { clockOffset: 0, clockKept: true, bootedAt: world.now - 3_600_000, boots: 1 };
  const pushEvents = new Set<string>();
  const defects: string[] = [];
  let image = parts.image;
  let life: Life | undefined;
  let armed: { fate: Exclude<Fate, "ok">; skip: number } | undefined;
  let diskIs: "well" | "full" | "io-error" = "well";
  let starting = false;

  const clock = { now: () => world.now + machine.clockOffset, mono: () => world.now - machine.bootedAt };

  const decide = (): Fate => {
    if (armed !== undefined && armed.skip-- <= 0) {
      const { fate } = armed;
      armed = undefined;
      const what = {
        "die-before": "box ended just before a commit",
        "die-after": "box ended just after a commit",
        full: "commit refused: disk full",
        "io-error": "commit refused: I/O error",
      };
      world.reached(what[fate]);
      return fate;
    }
    if (diskIs === "well") return "ok";
    world.reached(diskIs === "full" ? "commit refused: disk full" : "commit refused: I/O error");
    return diskIs;
  };

  /** Everything of the dead process is gone but its disk. */
  function bury(disk: Disk, scope: Scope): void {
    if (!scope.alive) return;
    scope.alive = false;
    image = disk.image();
    disk.close();
    if (life?.scope === scope) life = undefined;
    world.tell(`${name} ended`);
  }

  function later(ms: number): void {
    if (starting) return;
    starting = true;
    world.after(ms, undefined, () => {
      starting = false;
      start();
    });
  }

  /** An error that nobody caught ends the process, as it ends a real one. */
  function fail(scope: Scope, disk: Disk, error: unknown): void {
    if (!scope.alive) return;
    const isDisk = error instanceof Error && String(Reflect.get(error, "code")).startsWith("SQLITE_");
    if (!isDisk) defects.push(error instanceof Error ? `${error.stack}` : String(error));
    bury(disk, scope);
    later(world.random.whole(500, 5_000));
  }

  function start(): void {
    const scope: Scope = { name, alive: true, failed: (error) => fail(scope, disk, error) };
    const disk = openDisk(image, decide, () => {
      bury(disk, scope);
      later(world.random.whole(500, 20_000));
    });
    try {
      life = world.within(scope, () => run(scope, disk));
    } catch (error) {
      fail(scope, disk, error);
    }
  }

  function run(scope: Scope, disk: Disk): Life {
    const boxClock = createBoxClock(clock, () => machine.clockKept);
    const { db } = disk;
    const journal = parts.broken.journal(
      openJournal(db, {
        clock: { now: () => ({ wall: clock.now(), mono: clock.mono(), clock: boxClock.quality() }) },
        bootId: `${name}-${machine.boots}`,
        epoch: parts.epoch,
        checkpointEvery: 32,
      }),
      db,
    );
    world.tell(`${name} started, boot ${journal.boot}, entries ${journal.lastSeq}`);
    const state = openBoxState(db);
    const registry = openRegistry(db);
    const ledger = openLedger(db);
    const firstHop = createFirstHop(state);
    const write = <T>(work: (append: Append) => T): T => journal.write(work);
    const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const relay = createRelay({
      ledger,
      registry,
      findModel,
      findCodec,
      clock: boxClock,
      write,
      publishDown: () => Promise.reject(new Error("no downlinks here")),
      linkedSince: () => undefined,
      log: quiet,
    });
    const change = <T>(work: (append: Append) => T): T => {
      try {
        const result = write(work);
        relay.afterCommit();
        return result;
      } catch (error) {
        registry.forget();
        relay.afterRollback?.();
        throw error;
      }
    };
    let line: Line;
    const intake = createIntake({
      registry,
      findModel,
      findCodec,
      write,
      duplicates: openDuplicates(db),
      state,
      firstHop,
      relay,
      foreign: { find: () => undefined, read: () => Promise.reject(new Error("no foreign codec here")) },
      parked: openParked(db),
      readProtobuf: createProtobufReader(),
      connection: () => line,
      commitDelayMs: parts.commitDelayMs,
      clock: boxClock,
      log: quiet,
    });
    if (registry.count().devices === 0)
      write((append) => {
        for (const { model, asset, devEui } of source.devices) {
          if (model === undefined || asset === undefined) continue;
          const [kind, commune] = asset.split(":") as ["container" | "lamp", string];
          const use = kind === "lamp" ? "lighting" : "waste";
          registry.putAsset({ ref: asset, kind, commune, use, attributes: {} }, clock.now(), append);
          registry.putDevice({ devEui, model, asset, state: "in-service" }, clock.now(), append);
        }
      });
    intake.resume();

    const client: Client = {
      scope,
      now: clock.now,
      onConnected(present) {
        firstHop.connected(name, present, 1);
        if (firstHop.changed) intake.nudge();
      },
      onDisconnected() {},
      onDelivery: intake.take,
    };
    line = parts.broken.line(parts.broker, client);

    const timers: Timers = {
      wall: clock.now,
      mono: clock.mono,
      after: (ms, then) => world.after(ms, scope, then),
    };
    const hear = (event: PushEvent): void => {
      pushEvents.add(event.is === "incident" ? `incident ${event.incident.code}` : event.is);
      world.tell(`${name} push ${JSON.stringify(event)}`);
      if (event.is !== "rewound") return;
      world.reached("region asked again for what it had acknowledged");
      change((append) => {
        state.add("rewinds", 1);
        state.save();
        const detail = { from: event.from, to: event.to };
        append({ kind: "alarm", alarm: "region-forgot", raised: true, at: clock.now(), detail });
      });
    };
    const push = createPush({
      box: name,
      journal,
      destination: REGION,
      transport: parts.transport(scope),
      health: () => healthOf(journal),
      timers,
      random: world.random.unit,
      pack,
      settings: { entriesMax: parts.batchEntriesMax, latestFrom: 20 },
      report: hear,
    });
    push.start();
    push.done.catch((error: unknown) => {
      if (!scope.alive) return;
      defects.push(`push ended: ${error instanceof Error ? error.stack : String(error)}`);
    });
    const tick = (): void => {
      world.after(TICK_MS, scope, tick);
      const offset = push.status().clockOffsetMs;
      if (offset !== undefined) boxClock.hear(clock.now() + offset, 0, "hypervisor");
      try {
        change(relay.tick);
      } catch (error) {
        if (error instanceof Died) throw error;
      }
    };
    world.after(TICK_MS, scope, () => tick());
    return {
      scope,
      disk,
      journal,
      line,
      status: () => JSON.stringify(push.status()),
      async stop() {
        intake.flush();
        intake.stop();
        line.stop();
        await push.stop();
      },
    };
  }

  start();

  const kill = (ms: number, power = false): void => {
    if (life === undefined) return;
    bury(life.disk, life.scope);
    if (power) {
      machine.boots++;
      machine.bootedAt = world.now + ms;
    }
    later(ms);
  };

  return {
    name,
    machine,
    get journal() {
      return life?.journal;
    },
    get isRunning() {
      return life !== undefined;
    },
    armCommit(fate, skip) {
      armed = { fate, skip };
    },
    breakDisk(fate) {
      diskIs = fate;
    },
    mendDisk() {
      diskIs = "well";
      armed = undefined;
    },
    kill,
    restart(ms) {
      const now = life;
      if (now === undefined) return;
      world.within(now.scope, () => void now.stop().catch((error: unknown) => fail(now.scope, now.disk, error)));
      kill(ms);
    },
    image: () => life?.disk.image(),
    pushEvents,
    status: () => life?.status() ?? "down",
    defects,
  };
}
