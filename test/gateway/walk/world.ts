/**
 * A whole way of a command on a clock that is driven: hypervisor, box (the real relay and ledger on a real database), broker,
 * ChirpStack's double and devices. Everything may be lost, late, doubled or started anew at any step.
 */
import Database from "better-sqlite3";
import type { EntryBody, Outcome, Reading } from "../../../cloud-sync/protocol/entry.ts";
import type { Codec } from "../../../codecs/words.ts";
import type { Command, CommandState } from "../../../commands/command.ts";
import { isTerminal } from "../../../commands/command.ts";
import { isState, replicaMove } from "../../../commands/replica.ts";
import { openRegistry } from "../../../device-registry/store.ts";
import type { Model } from "../../../device-registry/words.ts";
import { parseDownlinkCommand } from "../../../fixtures/chirpstack/command-down.ts";
import { createNetwork, type Network } from "../../../fixtures/chirpstack/network.ts";
import {
  type DeviceRecord,
  type Faults,
  GATEWAY_REFUSALS,
  type GatewayAnswer,
  TIMING,
} from "../../../fixtures/chirpstack/settings.ts";
import { drivenClock, stoppable } from "../../../fixtures/clock.ts";
import type { ChirpStackEvent as Published } from "../../../fixtures/event-shapes.ts";
import { parseTopic, readEvent } from "../../../gateway/chirpstack/events.ts";
import { type Ledger, openLedger } from "../../../gateway/ledger.ts";
import { type CommandRelay, createRelay } from "../../../gateway/relay.ts";
import { type ChirpStackEvent, type DownlinkQueue, NotConnected, type QueueLook } from "../../../gateway/words.ts";
import type { Dice } from "./dice.ts";

export const START = Date.parse("2026-03-02T18:00:00Z");
const APPLICATION = "0d7f4c0a-8a51-4b0e-a5ad-2f6b6a0c1e33";

const MODEL = {
  maker: "a maker",
  name: "a model",
  use: "lighting",
  assetKinds: ["lamp"],
  expectedIntervalSeconds: 120,
} as const;
const set = (more: object) => ({
  encodes: "set",
  defaults: {},
  effects: [{ measurement: "lamp.level", field: "level", within: 0 }],
  effectWithinSeconds: 240,
  ...more,
});
/** Holds its lamp until an end; the box then frees it. */
const HOLDING = {
  set: set({}),
  hold: set({ returns: "free" }),
  free: { encodes: "free", defaults: {}, effects: [{ measurement: "lamp.level", is: 0 }], effectWithinSeconds: 240 },
};
/** One model for each last provable state. */
const MODELS: readonly Model[] = [
  { ...MODEL, id: "shows", deviceClass: "C", lastProvable: "effect-observed", commands: HOLDING },
  { ...MODEL, id: "says", deviceClass: "C", lastProvable: "acknowledged", commands: { set: set({ effects: [] }) } },
  { ...MODEL, id: "hears", deviceClass: "A", lastProvable: "on-air", commands: { set: set({ effects: [] }) } },
] as unknown as readonly Model[];

/** Back to nobody's hand. */
const FREE = Uint8Array.of(2, 0, 0);

const codecOf = (id: string): Codec => ({
  id,
  version: 1,
  decode: () => ({ ok: false, fault: { code: "unused", message: "" } }),
  encode: (name, { level }) =>
    name === "free"
      ? { ok: true, value: { fPort: 60, bytes: FREE } }
      : typeof level === "number" && level < 1_000
        ? { ok: true, value: { fPort: 60, bytes: Uint8Array.of(1, level >> 8, level & 0xff) } }
        : { ok: false, fault: { code: "out-of-range", message: "level" } },
});

export const DEVICES = MODELS.map(({ id, deviceClass }, index) => ({
  devEui: `70b3d5e75e00004${index}`,
  asset: `lamp:88383:04${index}`,
  model: id,
  deviceClass: deviceClass === "A" ? ("CLASS_A" as const) : ("CLASS_C" as const),
}));

const RECORDS: readonly DeviceRecord[] = DEVICES.map(({ devEui, deviceClass }) => ({
  devEui,
  applicationId: APPLICATION,
  deviceName: devEui,
  deviceClass,
  classCTimeoutSeconds: 10,
  flushQueueOnActivate: true,
}));

/** What one history may do differently from the next. */
export interface Nature {
  /** ChirpStack's API may be asked. */
  readonly api: boolean;
  /** ChirpStack's session at the broker survives it: commands published meanwhile wait for it. */
  readonly session: boolean;
}

/** Replaces what the box sees of ChirpStack's queue; for variants that are broken on purpose. */
export type Lens = (look: QueueLook) => QueueLook;

export interface World {
  readonly dice: Dice;
  readonly nature: Nature;
  now(): number;
  /** Lets time pass, by default second by second. */
  pass(ms: number, stepMs?: number): Promise<void>;
  order(device: number, more?: Partial<Command>): Promise<void>;
  cancel(): Promise<void>;
  killBox(): void;
  startBox(): void;
  killChirpStack(): void;
  startChirpStack(): void;
  loseChirpStack(): void;
  hypervisor(is: "up" | "down" | "of-yesterday"): void;
  broker(is: "up" | "down"): void;
  api(is: "up" | "down" | "slow"): void;
  faults(faults: Faults): void;
  clockIs(trust: "unknown" | "confirmed"): void;
  flush(device: number): void;
  join(device: number): void;
  uplink(device: number): void;
  /** Dies at the next publication: before or after the broker has it. */
  dieAtPublish(when: "before" | "after"): void;
  /** Everything runs again, and nothing goes wrong any more. */
  heal(): void;
  readonly commands: readonly Command[];
  /** What devices took to be an order: by level. */
  readonly heard: ReadonlyMap<number, readonly number[]>;
  /** Levels that a LoRa gateway took. */
  readonly aired: ReadonlySet<number>;
  /** Lamps that somebody holds still. */
  held(): readonly string[];
  states(id: string): readonly { state: CommandState; reason?: string }[];
  replicaOf(id: string): CommandState | undefined;
  /** Outcomes that the replica could not follow. */
  readonly strange: readonly string[];
}

export const createWorld = (dice: Dice, nature: Nature, lens: Lens = (look) => look): World => {
  const clock = drivenClock(START);
  const db = new Database(":memory:");
  const transaction = db.transaction((work: () => unknown) => work());
  const strange: string[] = [];

  // --- the devices ---
  const levels = DEVICES.map(() => 999);
  const heard = new Map<number, number[]>();
  const aired = new Set<number>();
  let faults: Faults = {};

  const report = (device: number): void => {
    const level = levels[device]!;
    network.uplink(DEVICES[device]!.devEui, { fPort: 23, data: Uint8Array.of(level >> 8, level & 0xff) });
  };
  const obey = (devEui: string, _: number, bytes: Uint8Array): void => {
    const device = DEVICES.findIndex((each) => each.devEui === devEui);
    const level = (bytes[1]! << 8) | bytes[2]!;
    if (bytes[0] !== FREE[0]) heard.set(level, [...(heard.get(level) ?? []), clock.now()]);
    levels[device] = level;
    if (DEVICES[device]!.deviceClass === "CLASS_C" && dice.chance(0.6)) clock.after(1_500, () => report(device));
  };

  // --- ChirpStack and the broker ---
  const toBox: Published[] = [];
  let toChirpStack: { devEui: string; payload: Uint8Array }[] = [];
  let isBrokerUp = true;
  let isChirpStackUp = true;
  let process = stoppable(clock);
  const publish = (event: Published): void => {
    if (isBrokerUp && isChirpStackUp) toBox.push(event);
  };
  const open = (saved?: ReturnType<Network["save"]>): Network =>
    createNetwork({
      clock: process,
      devices: RECORDS,
      gateways: [{ gatewayId: "0016c001f1500001" }],
      timing: TIMING,
      faults: () => ({
        ...faults,
        gateway: (downlink) => {
          const answer: GatewayAnswer = faults.gateway?.(downlink) ?? "OK";
          if (answer === "OK") aired.add((downlink.data[1]! << 8) | downlink.data[2]!);
          return answer;
        },
      }),
      publish,
      onDownlink: obey,
      ...(saved === undefined ? {} : { saved }),
    });
  let network = open();
  const carryDown = (): void => {
    if (!isChirpStackUp || !isBrokerUp) return;
    const items = toChirpStack;
    toChirpStack = [];
    for (const { devEui, payload } of items) {
      const parsed = parseDownlinkCommand(payload);
      if ("command" in parsed) network.command(APPLICATION, devEui, parsed.command);
    }
  };

  // --- the box ---
  let life = 0;
  let isBoxUp = true;
  let linkedSince: number | undefined = START;
  let trust: "unknown" | "confirmed" = "confirmed";
  let apiIs: "up" | "down" | "slow" = "up";
  let death: "before" | "after" | undefined;
  const journal: EntryBody[] = [];
  const codecs = new Map(MODELS.map(({ id }) => [id, codecOf(id)]));
  let ledger: Ledger;
  let relay: CommandRelay;

  const write = <T>(mine: number, work: (append: (body: EntryBody) => number) => T): T => {
    if (mine !== life || !isBoxUp) throw new Error("the box is dead");
    const before = journal.length;
    try {
      return transaction.immediate(() => work((body) => journal.push(body))) as T;
    } catch (error) {
      journal.length = before;
      throw error;
    }
  };

  const queueOf = (mine: number): DownlinkQueue => ({
    look: async (devEui) => {
      if (apiIs === "down" || !isChirpStackUp) throw new Error("unreachable");
      const session = network.session(devEui);
      const look = lens({
        items: network.queue(devEui).map(({ id, isPending }) => ({ id, isPending })),
        ...(session.isActive ? { session: { devAddr: session.devAddr, fCntDown: session.fCntDown } } : {}),
      });
      if (apiIs === "slow") await new Promise<void>((resolve) => void clock.after(1_000 * dice.upTo(20), resolve));
      if (mine !== life) throw new Error("the box is dead");
      return look;
    },
  });

  const bear = (): void => {
    const mine = ++life;
    isBoxUp = true;
    linkedSince = isBrokerUp ? clock.now() : undefined;
    const registry = openRegistry(db);
    ledger = openLedger(db);
    for (const { devEui, asset, model } of DEVICES) {
      const lamp = { ref: asset, kind: "lamp", commune: "88383", use: "lighting", attributes: {} } as const;
      registry.putAsset(lamp, 0, () => 0);
      registry.putDevice({ devEui, model, asset, state: "in-service", applicationId: APPLICATION }, 0, () => 0);
    }
    relay = createRelay({
      ledger,
      registry,
      findModel: (id) => MODELS.find((model) => model.id === id),
      findCodec: (id) => codecs.get(id),
      clock: { now: clock.now, quality: () => trust },
      write: (work) => write(mine, work),
      linkedSince: () => linkedSince,
      publishDown: async (_, devEui, downlink) => {
        if (mine !== life || !isBrokerUp) throw new NotConnected();
        const dies = death;
        death = undefined;
        if (dies === "before") isBoxUp = false;
        if (dies === "before") return new Promise(() => undefined);
        const { id, confirmed, fPort, data, expiresAt } = downlink;
        const body = { id, devEui, confirmed, fPort, data: Buffer.from(data).toString("base64") };
        const payload = Buffer.from(JSON.stringify({ ...body, expiresAt: new Date(expiresAt).toISOString() }));
        if (isChirpStackUp || nature.session) toChirpStack.push({ devEui, payload });
        if (dies === "after") isBoxUp = false;
        if (dies === "after") return new Promise(() => undefined);
      },
      ...(nature.api ? { queue: queueOf(mine) } : {}),
      log: { warn: () => undefined },
    });
  };

  const readingOf = (event: ChirpStackEvent & { kind: "up" }): Reading => ({
    kind: "reading",
    device: event.devEui,
    at: event.time,
    receivedAt: clock.now(),
    fCnt: event.fCnt,
    fPort: event.fPort,
    frame: event.data,
    measurements:
      event.fPort === 23 ? [{ name: "lamp.level", value: (event.data[0]! << 8) | event.data[1]!, unit: "%" }] : [],
    history: [],
    notes: [],
  });

  /** A box that dies over one downlink does not come to the next. */
  const afterCommit = (): void => {
    try {
      relay.afterCommit();
    } catch (error) {
      if (isBoxUp) throw error;
    }
  };

  const take = (published: Published): void => {
    const { kind, body } = published;
    const topic = parseTopic(`application/${APPLICATION}/device/${body.deviceInfo.devEui}/event/${kind}`)!;
    const payload = Buffer.from(JSON.stringify(body));
    const delivery = { topic: "", payload, qos: 1, redelivered: false, arrivedAt: clock.now() } as const;
    const event = readEvent(delivery, topic, () => {
      throw new Error("not protobuf");
    });
    write(life, (append) => relay.observe(event, event.kind === "up" ? readingOf(event) : undefined, append));
    afterCommit();
  };

  const carryUp = (): void => {
    while (isBrokerUp && isBoxUp && toBox.length > 0) {
      take(toBox[0]!);
      // A box that dies before its PUBACK gets the event again.
      if (isBoxUp || dice.chance(0.5)) toBox.shift();
    }
  };

  // --- the hypervisor ---
  const commands: Command[] = [];
  let isHypervisorUp = true;
  let replica = new Map<string, CommandState>();
  let taken = 0;
  let yesterday = { replica: new Map(replica), taken };
  const handed = new Set<string>();

  const expireThere = (): void => {
    for (const { id, expiresAt } of commands)
      if (!handed.has(id) && replica.get(id) === "requested" && expiresAt < clock.now()) replica.set(id, "expired");
  };
  const hand = (): void => {
    if (!isHypervisorUp || !isBoxUp) return;
    expireThere();
    const held = ledger.cursor();
    commands.forEach((command, index) => {
      const cursor = index + 1;
      if (cursor <= held || !isBoxUp) return;
      if (replica.get(command.id) === "requested") {
        handed.add(command.id);
        write(life, (append) => {
          relay.order({ ...command }, append);
          ledger.moveCursor(cursor);
        });
        afterCommit();
      } else write(life, () => ledger.moveCursor(cursor));
    });
  };
  const follow = (): void => {
    if (!isHypervisorUp || !isBoxUp) return;
    for (; taken < journal.length; taken++) {
      const { command, state, request } = journal[taken] as Outcome;
      // Born on the box: what gives a lamp back.
      if (request !== undefined && !replica.has(command)) replica.set(command, "requested");
      const known = replica.get(command);
      if (known === undefined || !isState(state)) strange.push(`${command} ${state}`);
      else {
        const move = replicaMove(known, state);
        if (move === "moves") replica.set(command, state);
        else if (move === "after-end") strange.push(`${command} ${state} after ${known}`);
      }
    }
    if (dice.chance(0.05)) yesterday = { replica: new Map(replica), taken };
  };

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 12; turn++) await Promise.resolve();
  };
  const second = async (stepMs: number): Promise<void> => {
    clock.advance(stepMs);
    await settle();
    carryUp();
    hand();
    await settle();
    // A tick without open commands and without a lamp to give back writes nothing.
    if (isBoxUp && (ledger.open().length > 0 || ledger.leases.all().length > 0)) {
      write(life, (append) => relay.tick(append));
      afterCommit();
      if (isBoxUp) relay.afterTick();
    }
    await settle();
    carryDown();
    follow();
  };
  const pass = async (ms: number, stepMs = 1_000): Promise<void> => {
    for (let spent = 0; spent < ms; spent += stepMs) await second(stepMs);
  };

  bear();
  for (const device of DEVICES.keys()) report(device);
  const beat = (device: number): void => {
    clock.after(120_000, () => {
      report(device);
      beat(device);
    });
  };
  for (const device of DEVICES.keys()) beat(device);

  const startChirpStack = (): void => {
    if (isChirpStackUp) return;
    isChirpStackUp = true;
    network = open(network.save());
    network.resume();
  };

  return {
    dice,
    nature,
    now: clock.now,
    pass,
    async order(device, more = {}) {
      const { asset } = DEVICES[device]!;
      const index = commands.length;
      const command: Command = {
        id: `42cb6459-a640-46ec-9623-${String(index + 1).padStart(12, "0")}`,
        target: asset,
        name: "set",
        fields: { level: index + 1 },
        author: "walker",
        precedence: "operator",
        requestedAt: clock.now(),
        expiresAt: clock.now() + 1_000 * (5 + dice.upTo(240)),
        ...more,
      };
      commands.push(command);
      replica.set(command.id, "requested");
      hand();
      await settle();
    },
    async cancel() {
      const open = isBoxUp ? ledger.open() : [];
      if (open.length === 0) return;
      const { id } = dice.one(open).record.command;
      write(life, (append) => relay.cancel(id, "walker", append));
      await settle();
    },
    killBox() {
      isBoxUp = false;
    },
    startBox() {
      if (!isBoxUp) bear();
    },
    killChirpStack() {
      if (!isChirpStackUp) return;
      isChirpStackUp = false;
      process.stop();
      process = stoppable(clock);
      if (!nature.session) toChirpStack = [];
    },
    startChirpStack,
    loseChirpStack() {
      network.forget(RECORDS);
      for (const device of DEVICES.keys())
        if (dice.chance(0.7))
          clock.after(1_000 * dice.upTo(60), () => isChirpStackUp && network.join(DEVICES[device]!.devEui));
    },
    hypervisor(is) {
      isHypervisorUp = is !== "down";
      if (is !== "of-yesterday") return;
      // A backup: what came since is not known there; the box sends it again.
      for (const { id } of commands) if (!yesterday.replica.has(id)) yesterday.replica.set(id, "requested");
      replica = new Map(yesterday.replica);
      taken = yesterday.taken;
      for (const { id } of commands) if (ledger.find(id) !== undefined) handed.add(id);
    },
    broker(is) {
      isBrokerUp = is === "up";
      linkedSince = isBrokerUp ? (linkedSince ?? clock.now()) : undefined;
    },
    api(is) {
      apiIs = is;
    },
    faults(next) {
      faults = next;
    },
    clockIs(next) {
      trust = next;
    },
    flush(device) {
      network.flush(DEVICES[device]!.devEui, { pending: dice.chance(0.5) });
    },
    join(device) {
      if (isChirpStackUp) network.join(DEVICES[device]!.devEui);
    },
    uplink: report,
    dieAtPublish(when) {
      death = when;
    },
    heal() {
      faults = {};
      death = undefined;
      apiIs = "up";
      trust = "confirmed";
      isBrokerUp = true;
      isHypervisorUp = true;
      linkedSince ??= clock.now();
      startChirpStack();
      if (!isBoxUp) bear();
      for (const { devEui } of DEVICES) if (!network.session(devEui).isActive) network.join(devEui);
    },
    commands,
    heard,
    aired,
    held: () => ledger.leases.all().map(({ asset }) => asset),
    states: (id) => ledger.find(id)?.record.steps ?? [],
    replicaOf: (id) => {
      expireThere();
      return replica.get(id);
    },
    strange,
  };
};

export const isOver = (world: World): boolean =>
  world.held().length === 0 &&
  world.commands.every(({ id }) => {
    const state = world.replicaOf(id);
    return state !== undefined && isTerminal(state);
  });

export { GATEWAY_REFUSALS };
