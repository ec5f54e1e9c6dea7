/** The box: the real relay and ledger on a real database that outlives it, started anew as often as a history wants. */
import Database from "better-sqlite3";
import type { EntryBody, Reading } from "../../../cloud-sync/protocol/entry.ts";
import type { Command } from "../../../commands/command.ts";
import type { GroupKeys } from "../../../device-registry/keys/words.ts";
import { type NetworkStore, openNetworkStore } from "../../../device-registry/network/store.ts";
import { openRegistry, type Registry } from "../../../device-registry/store.ts";
import type { Clock } from "../../../fixtures/clock.ts";
import type { ChirpStackEvent as Published } from "../../../fixtures/event-shapes.ts";
import { parseTopic, readEvent } from "../../../gateway/chirpstack/events.ts";
import { createGroupRoll, type GroupRoll } from "../../../gateway/group-roll.ts";
import type { Multicast, SendGroup } from "../../../gateway/group-send.ts";
import { createHearing, type Hearing } from "../../../gateway/hearing.ts";
import { type Ledger, type LedgerRow, openLedger } from "../../../gateway/ledger.ts";
import { type CommandRelay, createRelay, type RelayParts } from "../../../gateway/relay.ts";
import { type ChirpStackEvent, NotConnected, type QueueLook } from "../../../gateway/words.ts";
import { APPLICATION, CODECS, GROUP, levelIn, MODELS, type WalkedDevice } from "./devices.ts";
import type { Dice } from "./dice.ts";
import type { Server } from "./server.ts";

/** Replaces what the box sees; for variants that are broken on purpose. */
export interface Lens {
  readonly queue?: (look: QueueLook) => QueueLook;
  readonly group?: (state: GroupState) => GroupState;
  readonly heardUntil?: number;
  readonly members?: (group: SendGroup) => SendGroup;
}
type GroupState = Awaited<ReturnType<Multicast["state"]>>;

export interface BoxParts {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly devices: readonly WalkedDevice[];
  readonly server: Server;
  /** ChirpStack's API may be asked. */
  readonly asks: boolean;
  readonly lens: Lens;
}

export type Box = ReturnType<typeof createBox>;
/** The broker begins to deliver so much later than the line stands, s. */
const LATE_S = 5;
/** Ends that nothing told of. */
const BY_SILENCE = ["no-effect-in-time", "no-acknowledgement", "no-word", "left-queue"];

/** Whether an event proves that a command came to another end. */
const denies = ({ kind, body }: Published, why: string, { id, fields }: Command): boolean => {
  if (kind === "txack") return ["no-word", "left-queue"].includes(why) && body.queueItemId === id;
  if (kind === "ack") return body.acknowledged && body.queueItemId === id;
  return (
    kind === "up" &&
    why === "no-effect-in-time" &&
    levelIn(body.fPort, Buffer.from(body.data, "base64")) === fields.level
  );
};

type Write = <T>(work: (append: (body: EntryBody) => number) => T) => T;

const modelNamed = (id: string) => MODELS.find((model) => model.id === id);

const ringOf = (sealed: Map<string, GroupKeys>) => ({
  group: (name: string) => sealed.get(name),
  putGroup: (name: string, keys: GroupKeys) => void sealed.set(name, keys),
});

/** Where every history begins: the devices are entered, and have proved to be in their group. Its file is as it was after each. */
interface Beginning {
  readonly db: Database.Database;
  readonly registry: Registry;
  readonly store: NetworkStore;
  readonly sealed: ReadonlyMap<string, GroupKeys>;
}
const beginnings = new Map<string, Beginning>();
const begin = (devices: readonly WalkedDevice[]): Beginning => {
  const key = devices.map(({ model }) => model).join();
  const made = beginnings.get(key);
  if (made !== undefined) return made;
  const db = new Database(":memory:");
  const registry = openRegistry(db);
  openLedger(db);
  const store = openNetworkStore(db);
  for (const { devEui, asset, model } of devices) {
    const lamp = { ref: asset, kind: "lamp", commune: "88383", use: "lighting", attributes: {} } as const;
    registry.putAsset(lamp, 0, () => 0);
    registry.putDevice({ devEui, model, asset, state: "in-service", applicationId: APPLICATION }, 0, () => 0);
  }
  const sealed = new Map<string, GroupKeys>();
  const roll = createGroupRoll({ store, keys: ringOf(sealed), registry, findModel: modelNamed, now: () => 0 });
  const street = roll.make({ name: GROUP, application: "lighting", targets: devices.map(({ asset }) => asset) });
  for (const { devEui, asset } of devices)
    if (street.targets.includes(asset)) roll.note(GROUP, devEui, "effect-observed", { author: "walk", requestedAt: 0 });
  const beginning = { db, registry, store, sealed };
  beginnings.set(key, beginning);
  return beginning;
};

const readingOf = (event: ChirpStackEvent & { kind: "up" }, now: number): Reading => {
  const level = levelIn(event.fPort, event.data);
  return {
    kind: "reading",
    device: event.devEui,
    at: event.time,
    receivedAt: now,
    fCnt: event.fCnt,
    fPort: event.fPort,
    frame: event.data,
    measurements: level === undefined ? [] : [{ name: "lamp.level", value: level, unit: "%" }],
    history: [],
    notes: [],
  };
};

export const createBox = ({ clock, dice, devices, server, asks, lens }: BoxParts) => {
  const { db, registry, store, sealed } = begin(devices);
  registry.forget();
  db.exec("BEGIN");
  const transaction = db.transaction((work: () => unknown) => work());
  const journal: EntryBody[] = [];
  /** Commands that were judged by a silence, and were not silent. */
  const unheard: string[] = [];
  /** Commands that were open a second ago. */
  let open: readonly LedgerRow[] = [];
  const keys = ringOf(new Map(sealed));
  let life = 0;
  let isUp = true;
  let linkedSince: number | undefined = clock.now();
  /** The line to the broker is cut; the broker goes on, and holds what comes. */
  let isCut = false;
  let deliversFrom = 0;
  let hearing: Hearing;
  let trust: "unknown" | "confirmed" = "confirmed";
  let death: "before" | "after" | undefined;
  /** How often death was called off: for a send that is under way too. */
  let spared = 0;
  let ledger: Ledger;
  let roll: GroupRoll;
  let relay: CommandRelay;

  const writeOf =
    (mine: number): Write =>
    (work) => {
      if (mine !== life || !isUp) throw new Error("the box is dead");
      const before = journal.length;
      try {
        return transaction.immediate(() => work((body) => journal.push(body))) as ReturnType<typeof work>;
      } catch (error) {
        journal.length = before;
        throw error;
      }
    };
  const write: Write = (work) => writeOf(life)(work);

  /** What comes back to a box that has died meanwhile comes to nobody. */
  const whileAlive = <T extends unknown[], R>(mine: number, call: (...args: T) => Promise<R>) => {
    return async (...args: T): Promise<R> => {
      const result = await call(...args);
      if (mine !== life) throw new Error("the box is dead");
      return result;
    };
  };

  const publisher =
    (mine: number): RelayParts["publishDown"] =>
    async (_, devEui, { id, confirmed, fPort, data, expiresAt }) => {
      if (mine !== life || linkedSince === undefined) throw new NotConnected();
      const dies = death;
      death = undefined;
      if (dies !== undefined) isUp = false;
      if (dies === "before") return new Promise(() => undefined);
      const body = { id, devEui, confirmed, fPort, data: Buffer.from(data).toString("base64") };
      server.publish(devEui, Buffer.from(JSON.stringify({ ...body, expiresAt: new Date(expiresAt).toISOString() })));
      if (dies === "after") return new Promise(() => undefined);
    };

  const multicastOf = (mine: number): NonNullable<RelayParts["groups"]>["multicast"] => ({
    state: whileAlive(mine, async () => {
      const state = await server.multicast.state();
      return lens.group?.(state) ?? state;
    }),
    send: whileAlive(mine, async (group, frame) => {
      const dies = death;
      const before = spared;
      death = undefined;
      if (dies === "before") isUp = false;
      if (dies === "before") return new Promise<void>(() => undefined);
      await server.multicast.send(group, frame, () => mine === life);
      if (dies === "after" && spared === before) isUp = false;
    }),
  });

  const linkUp = (): void => {
    if (server.is.broker === "down" || isCut || linkedSince !== undefined) return;
    linkedSince = clock.now();
    deliversFrom = clock.now() + 1_000 * dice.upTo(LATE_S);
    hearing.begins();
  };
  const linkDown = (): void => {
    linkedSince = undefined;
    hearing.ends();
  };

  const heardUntil = (): number => lens.heardUntil ?? hearing.heardUntil();

  const start = (): void => {
    const mine = ++life;
    isUp = true;
    hearing = createHearing({ now: clock.now, mono: clock.now });
    linkedSince = undefined;
    linkUp();
    ledger = openLedger(db);
    roll = createGroupRoll({
      store,
      keys,
      registry,
      findModel: modelNamed,
      now: clock.now,
    });
    const look = whileAlive(mine, async (devEui: string) => {
      const seen = await server.queue.look(devEui);
      return lens.queue?.(seen) ?? seen;
    });
    relay = createRelay({
      ledger,
      registry,
      findModel: modelNamed,
      findCodec: (id) => CODECS.get(id),
      clock: { now: clock.now, quality: () => trust },
      write: writeOf(mine),
      linkedSince: () => linkedSince,
      heardUntil,
      publishDown: publisher(mine),
      roll,
      ...(asks
        ? {
            queue: { look },
            groups: {
              multicast: multicastOf(mine),
              groups: () => roll.groups().map((group) => lens.members?.(group) ?? group),
              gatewaysOnline: server.gatewaysOnline,
            },
          }
        : {}),
      log: { warn: () => undefined },
    });
  };
  start();

  /** A box that dies over one downlink does not come to the next. */
  const afterCommit = (): void => {
    try {
      relay.afterCommit();
    } catch (error) {
      if (isUp) throw error;
    }
  };

  const take = ({ kind, body }: Published): void => {
    const topic = parseTopic(`application/${APPLICATION}/device/${body.deviceInfo.devEui}/event/${kind}`)!;
    const payload = Buffer.from(JSON.stringify(body));
    const delivery = { topic: "", payload, qos: 1, redelivered: false, arrivedAt: clock.now() } as const;
    const event = readEvent(delivery, topic, () => {
      throw new Error("not protobuf");
    });
    const reading = event.kind === "up" ? readingOf(event, clock.now()) : undefined;
    write((append) => relay.observe(event, reading, append));
    afterCommit();
  };

  /** Since the last second: also what ChirpStack's queue told of ended commands. */
  const findUnheard = (): void => {
    for (const before of open) {
      const { record, straggler, unproven } = ledger.find(before.record.command.id)!;
      const { command, steps } = record;
      const isToldAlone = straggler === true && before.straggler !== true && unproven !== true;
      const why = isToldAlone ? "no-effect-in-time" : (steps.at(-1)?.reason ?? "");
      if (BY_SILENCE.includes(why) && server.toBox.some((event) => denies(event, why, command)))
        unheard.push(`${command.target} ${why}, and its proof lay at the broker`);
    }
    open = ledger.open();
  };

  return {
    isUp: () => isUp,
    kill(): void {
      isUp = false;
    },
    start(): void {
      if (!isUp) start();
    },
    /** Dies at the next publication: before or after the other side has it. */
    dieAtPublish(when: "before" | "after" | undefined): void {
      death = when;
      if (when === undefined) spared++;
    },
    clockIs(next: "unknown" | "confirmed"): void {
      trust = next;
    },
    brokerIs(is: "up" | "down"): void {
      if (is === "up") linkUp();
      else linkDown();
    },
    lineIs(is: "cut" | "whole"): void {
      isCut = is === "cut";
      if (isCut) linkDown();
      else linkUp();
    },
    carryUp(): void {
      while (linkedSince !== undefined && clock.now() >= deliversFrom && isUp && server.toBox.length > 0) {
        take(server.toBox[0]!);
        // A box that dies before its PUBACK gets the event again.
        if (isUp || dice.chance(0.5)) server.toBox.shift();
      }
    },
    /** About once a second. Without open commands and without a lamp to give back nothing is written. */
    tick(): void {
      if (!isUp) return;
      if (linkedSince !== undefined) hearing.alive();
      hearing.tick();
      const isIdle = ledger.open().length === 0 && ledger.leases.all().length === 0;
      if (!isIdle) write((append) => relay.tick(append));
      // Idle too: the last may have ended since, and what comes to the broker later was no proof of it then.
      findUnheard();
      if (isIdle) return;
      afterCommit();
      if (isUp) relay.afterTick(heardUntil() === Number.NEGATIVE_INFINITY);
    },
    /** An order of the region's feed, and its place there. */
    order(command: Command, cursor: number): void {
      write((append) => {
        relay.order({ ...command }, append);
        ledger.moveCursor(cursor);
      });
      afterCommit();
    },
    pass: (cursor: number): void => write(() => ledger.moveCursor(cursor)),
    cancelOne(): void {
      const open = isUp ? ledger.open() : [];
      if (open.length === 0) return;
      const { id, mass } = dice.one(open).record.command;
      write((append) => relay.cancel(mass !== undefined && dice.chance(0.5) ? mass.id : id, "walker", append));
    },
    /** What is done to the group while the box runs. */
    group<T>(work: (roll: GroupRoll) => T): T | undefined {
      return isUp ? write(() => work(roll)) : undefined;
    },
    unheard,
    ledger: () => ledger,
    journal,
    /** The history is over. */
    end: (): void => void db.exec("ROLLBACK"),
  };
};
