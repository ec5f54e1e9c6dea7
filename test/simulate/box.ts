/**
 * A box's process: the product's two flows (gateway/flows.ts) on one disk. Broker and fibre are the world's. A process that died
 * is started again from what its disk held at the last commit.
 */
import type { BoxHealth, Entry } from "../../cloud-sync/protocol/entry.ts";
import type { PushEvent } from "../../cloud-sync/push-words.ts";
import type { StreamTransport, Transport } from "../../cloud-sync/transport.ts";
import { findModel } from "../../device-registry/models.ts";
import { type BoxState, confirmedOf } from "../../gateway/box-state.ts";
import { createBoxClock } from "../../gateway/clock.ts";
import { troubleOf } from "../../gateway/disk.ts";
import { createFlows } from "../../gateway/flows.ts";
import { connectRegion } from "../../gateway/region.ts";
import { type FlowStores, openFlowStores } from "../../gateway/stores.ts";
import type { Log } from "../../gateway/words.ts";
import { blankDisk, lastSeqOf } from "./blank-disk.ts";
import type { Broker, Line } from "./broker.ts";
import { Died, type Disk, type Fate, openDisk } from "./disk.ts";
import type { Source } from "./source.ts";
import type { Broken } from "./variants.ts";
import { packAs, VERSIONS } from "./versions.ts";
import type { Scope, World } from "./world.ts";

type Journal = FlowStores["journal"];

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
  /** Others have taken what the disk had free, or gave it back. */
  crowdDisk(isCrowded: boolean): void;
  /** kill -9; started again after `ms`. `power`: the machine goes too. */
  kill(ms: number, power?: boolean): void;
  /** Ends it in order and starts it again. */
  restart(ms: number): void;
  /** What its disk holds, for a copy. */
  image(): Buffer | undefined;
  /** Its disk is replaced by an older image of itself. */
  putBack(old: Buffer): void;
  /** `refused`: the region holds another history of it. `stopped`: another box has taken its place. */
  readonly standing: "going" | "refused" | "stopped";
  /** Tells what the push says of itself. */
  status(): string;
  /** What its journal ever held, by number. */
  readonly written: ReadonlyMap<number, Entry>;
  /** The numbers its journal has now. */
  kept(): ReadonlySet<number>;
  /** What went with a disk that was replaced by an older image. */
  readonly erased: readonly Entry[];
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
  readonly stop: () => Promise<void>;
  readonly status: () => string;
}

/** The product's is a second; in between nothing happens but that it is looked. */
const TICK_MS = 10_000;
/** Nothing is set aside here: the disk is full when the schedule says so. */
const NOWHERE = "/nonexistent";
/** No command comes down here (test/gateway/walk.test.ts). */
const silence: StreamTransport = () => new Promise(() => {});
const ALL = { entries: 1_000_000, bytes: 1e9 };
const REFUSED: ReadonlySet<string> = new Set(["region-ahead", "another-history", "locked"]);
const stackOf = (error: unknown): string => (error instanceof Error ? `${error.stack}` : String(error));

const healthOf = (journal: Journal, state: BoxState): BoxHealth => ({
  lastSeq: journal.lastSeq,
  oldestSeq: journal.oldestSeq,
  confirmedSeq: confirmedOf(state, journal.cursor("region")),
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
  let standing: Box["standing"] = "going";
  const defects: string[] = [];
  const written = new Map<number, Entry>();
  const erased: Entry[] = [];
  let image = parts.image ?? blankDisk();
  let life: Life | undefined;
  let armed: { fate: Exclude<Fate, "ok">; skip: number } | undefined;
  let diskIs: "well" | "full" | "io-error" = "well";
  let isCrowded = false;
  let starting = false;

  const newest = (): number => Math.max(0, ...written.keys());
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
    if (!isDisk) defects.push(stackOf(error));
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
    const version = world.random.one(VERSIONS);
    if (version !== "ours")
      world.reached(version === "former" ? "box of the version before" : "box of the next version");
    const opened = openFlowStores(db, boxClock, {
      bootId: `${name}-${machine.boots}`,
      epoch: parts.epoch,
      checkpointEvery: 32,
    });
    const journal = parts.broken.journal(opened.journal, db);
    const stores = { ...opened, journal };
    const note = (entries: readonly Entry[]): void => {
      for (const entry of entries) written.set(entry.seq, entry);
    };
    // A process that dies in its commit tells nobody what it has written.
    note(opened.journal.read(opened.journal.knownAt(Math.min(newest(), opened.journal.lastSeq)), ALL).entries);
    opened.journal.onTail(note);
    standing = "going";
    world.tell(`${name} started, boot ${journal.boot}, entries ${journal.lastSeq}`);
    let line: Line | undefined;
    const flows = createFlows({
      stores,
      clock: boxClock,
      queueClock: boxClock.onMachine,
      log: listening(scope, (event) => hear(scope, event)),
      findModel,
      foreign: { find: () => undefined, read: () => Promise.reject(new Error("no foreign codec here")) },
      commitDelayMs: parts.commitDelayMs,
      space: { folder: NOWHERE, reserveBytes: 0, checkpoint: () => {}, freeBytes: () => (isCrowded ? 0 : 1e9) },
      broker: {
        url: name,
        clientId: name,
        connect(events) {
          line = parts.broken.line(parts.broker, { ...events, scope, now: clock.now });
          return line;
        },
      },
      drawn: { draw: world.number },
      reachRegion: (ends) =>
        connectRegion({
          ...ends,
          box: name,
          transport: { send: parts.transport(scope), open: silence, close: () => {} },
          clock: boxClock,
          log: listening(scope, (event) => hear(scope, event)),
          after: (ms, then) => world.after(ms, scope, then),
          random: world.random.unit,
          pack: (batch) => packAs(batch, version),
          settings: { entriesMax: parts.batchEntriesMax, latestFrom: 20 },
          failed: (error) => void (scope.alive && defects.push(`push ended: ${stackOf(error)}`)),
        }),
      health: () => healthOf(journal, opened.state),
      commands: {},
      history: undefined,
      keepUp: () => {},
      onDamaged: () => defects.push("the box took its file for damaged"),
    });
    if (opened.registry.count().devices === 0)
      flows.change((append) => {
        for (const { model, asset, devEui } of source.devices) {
          if (model === undefined || asset === undefined) continue;
          const [kind, commune] = asset.split(":") as ["container" | "lamp", string];
          const use = kind === "lamp" ? "lighting" : "waste";
          opened.registry.putAsset({ ref: asset, kind, commune, use, attributes: {} }, clock.now(), append);
          opened.registry.putDevice({ devEui, model, asset, state: "in-service" }, clock.now(), append);
        }
      });
    const tick = (): void => {
      world.after(TICK_MS, scope, tick);
      flows.tick();
    };
    world.after(TICK_MS, scope, tick);
    return {
      scope,
      disk,
      journal,
      status: () => JSON.stringify(flows.region?.status()),
      stop: flows.stop,
    };
  }

  /** What the push says of itself goes into the log; so does what only a mistake can bring about. */
  function listening(scope: Scope, heard: (event: PushEvent) => void): Log {
    const note = (detail: object, message: string): void => {
      if (message === "region" && "line" in detail && detail.line === "up") heard(detail as unknown as PushEvent);
    };
    return {
      debug: () => {},
      info: note,
      warn: note,
      error(detail, message) {
        const error = "err" in detail ? detail.err : undefined;
        const isOfTheWorld = error instanceof Died || troubleOf(error) !== undefined;
        if (scope.alive && !isOfTheWorld) defects.push(`${message}: ${stackOf(error)}`);
      },
    };
  }

  function hear(scope: Scope, event: PushEvent): void {
    if (!scope.alive) return;
    if (event.is === "incident" && REFUSED.has(event.incident.code)) standing = "refused";
    if (event.is === "stopped") standing = "stopped";
    if (event.is === "adopted") standing = "going";
    world.tell(`${name} push ${JSON.stringify(event)}`);
    if (event.is === "rewound") world.reached("region asked again for what it had acknowledged");
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
    crowdDisk(is) {
      if (is) world.reached("disk without free space");
      isCrowded = is;
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
    putBack(old) {
      if (life === undefined) return;
      const last = lastSeqOf(old);
      for (const [seq, entry] of written) {
        if (seq <= last) continue;
        written.delete(seq);
        erased.push(entry);
      }
      kill(world.random.whole(500, 20_000), true);
      image = old;
    },
    get standing() {
      return standing;
    },
    status: () => life?.status() ?? "down",
    kept() {
      const journal = life?.journal;
      if (journal === undefined) return new Set();
      const before = journal.knownAt(Math.max(0, journal.oldestSeq - 1));
      return new Set(journal.read(before, ALL).entries.map(({ seq }) => seq));
    },
    written,
    erased,
    defects,
  };
}
