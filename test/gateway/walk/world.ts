/**
 * A whole way of a command on a clock that is driven: hypervisor, box, broker, ChirpStack and devices. Everything may be lost, late,
 * doubled or started anew at any step.
 */
import { type Command, type CommandState, isTerminal } from "../../../commands/command.ts";
import type { Faults } from "../../../fixtures/chirpstack/settings.ts";
import { drivenClock } from "../../../fixtures/clock.ts";
import { type Box, createBox, type Lens } from "./box.ts";
import { devicesOf, GROUP } from "./devices.ts";
import type { Dice } from "./dice.ts";
import { createLamps, type Lamps } from "./lamps.ts";
import { createRegion } from "./region.ts";
import { createServer, type Server } from "./server.ts";

const START = Date.parse("2026-03-02T18:00:00Z");

/** What one history may do differently from the next. */
export interface Nature {
  /** A street of lamps in one multicast group, instead of one device for each last provable state. */
  readonly street: boolean;
  /** ChirpStack's API may be asked. */
  readonly api: boolean;
  /** ChirpStack's session at the broker survives it: commands published meanwhile wait for it. */
  readonly session: boolean;
  /** LoRa gateways. */
  readonly gateways: number;
}

export type World = ReturnType<typeof createWorld>;

const idOf = (kind: number, index: number): string =>
  `42cb6459-a640-46ec-9623-${kind}${String(index).padStart(11, "0")}`;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
};

export const createWorld = (dice: Dice, nature: Nature, lens: Lens = {}) => {
  const clock = drivenClock(START);
  const devices = devicesOf(nature.street);
  let lamps: Lamps;
  const server: Server = createServer({
    clock,
    dice,
    devices,
    keepsSession: nature.session,
    gateways: nature.gateways,
    lamps: () => lamps,
  });
  const box: Box = createBox({ clock, dice, devices, server, asks: nature.api, lens });
  const region = createRegion({ clock, dice, box });
  const addressOfGroup = (): string => box.group((roll) => roll.views()[0]?.mcAddr) ?? "";
  lamps = createLamps({
    clock,
    dice,
    devices,
    address: addressOfGroup(),
    uplink: (devEui, frame) => server.network().uplink(devEui, frame),
  });
  /** As a person would who runs `network apply`. */
  const provision = (): void => {
    const address = addressOfGroup();
    if (address !== "") server.provision(address);
  };
  provision();
  lamps.start();
  let wishes = 0;

  const second = async (stepMs: number): Promise<void> => {
    clock.advance(stepMs);
    await settle();
    box.carryUp();
    region.hand();
    await settle();
    box.tick();
    await settle();
    server.carryDown();
    region.follow();
  };

  const want = (device: number, more: Partial<Command> = {}): void => {
    const index = region.commands.length + 1;
    region.want({
      id: idOf(0, index),
      target: devices[device]!.asset,
      name: "set",
      fields: { level: index },
      author: "walker",
      precedence: "operator",
      requestedAt: clock.now(),
      expiresAt: clock.now() + 1_000 * (5 + dice.upTo(240)),
      ...more,
    });
  };
  const handOver = async (): Promise<void> => {
    region.hand();
    await settle();
  };
  const brokerIs = (is: "up" | "down"): void => {
    server.is.broker = is;
    box.brokerIs(is);
  };
  const some = (share: number): number[] => [...devices.keys()].filter(() => dice.chance(share));

  return {
    dice,
    now: clock.now,
    devices,
    /** Lets time pass, by default second by second. */
    async pass(ms: number, stepMs = 1_000): Promise<void> {
      for (let spent = 0; spent < ms; spent += stepMs) await second(stepMs);
    },
    async order(device: number, more: Partial<Command> = {}): Promise<void> {
      want(device, more);
      await handOver();
    },
    /** One wish for all lamps of the street, or for some. */
    async orderMany(more: Partial<Command> = {}, named?: readonly number[]): Promise<void> {
      const meant = named ?? (dice.chance(0.7) ? [...devices.keys()] : some(0.6));
      const level = region.commands.length + 1;
      const wish = { fields: { level }, expiresAt: clock.now() + 1_000 * (15 + dice.upTo(360)), ...more };
      const mass = { id: idOf(1, ++wishes), size: meant.length };
      for (const device of meant) want(device, { ...wish, mass });
      await handOver();
    },
    /** Lamps are given the group's keys, for the first time or again. */
    async joinGroup(): Promise<void> {
      const joining = some(0.5);
      const targets = joining.map((device) => devices[device]!.asset);
      if (targets.length === 0) return;
      box.group((roll) => roll.make({ name: GROUP, application: "lighting", targets }));
      provision();
      for (const device of joining)
        want(device, { name: "join", fields: { group: GROUP }, precedence: "configuration" });
      await handOver();
    },
    /** Gives those that stay. */
    leaveGroup(): readonly number[] {
      const leaving = dice.upTo(devices.length);
      box.group((roll) => roll.leave({ name: GROUP, targets: [devices[leaving]!.asset] }));
      return [...devices.keys()].filter((device) => device !== leaving);
    },
    async renewGroup(): Promise<void> {
      const renewed = box.group((roll) => roll.renew({ name: GROUP, dryRun: false }));
      if (renewed === undefined) return;
      if (dice.chance(0.7)) provision();
      for (const [device, { asset }] of devices.entries())
        if (renewed.targets.includes(asset))
          want(device, { name: "join", fields: { group: GROUP }, precedence: "configuration" });
      await handOver();
    },
    provision,
    flushGroup: server.flushGroup,
    async cancel(): Promise<void> {
      box.cancelOne();
      await settle();
    },
    killBox: box.kill,
    startBox: box.start,
    dieAtPublish: box.dieAtPublish,
    clockIs: box.clockIs,
    killChirpStack: server.kill,
    startChirpStack: server.startProcess,
    loseChirpStack: server.loseDatabase,
    hypervisor: region.is,
    broker: brokerIs,
    line: box.lineIs,
    api(is: Server["is"]["api"]): void {
      server.is.api = is;
    },
    faults(next: Faults): void {
      server.setFaults(next);
    },
    flush: (device: number): void => server.flush(devices[device]!.devEui),
    join: (device: number): void => server.join(devices[device]!.devEui),
    uplink: lamps.report,
    /** Everything runs again, and nothing goes wrong any more. */
    heal(): void {
      server.setFaults({});
      server.is.api = "up";
      box.dieAtPublish(undefined);
      box.clockIs("confirmed");
      brokerIs("up");
      box.lineIs("whole");
      region.is("up");
      server.startProcess();
      box.start();
      provision();
      for (const { devEui } of devices) if (!server.network().session(devEui).isActive) server.join(devEui);
    },
    commands: region.commands,
    /** What each device took to be an order, in turn. */
    heard: lamps.heard,
    /** `DevEUI level`: a LoRa gateway took it. */
    aired: server.aired,
    /** `DevEUI level`: when somebody took it out of ChirpStack's queue. */
    flushed: server.flushed,
    /** Lamps that somebody holds still. */
    held: (): readonly string[] =>
      box
        .ledger()
        .leases.all()
        .map(({ asset }) => asset),
    row: (id: string) => box.ledger().find(id),
    replicaOf: region.replicaOf,
    strange: region.strange,
    unheard: box.unheard,
    end: box.end,
  };
};

export const isOver = (world: World): boolean =>
  world.held().length === 0 &&
  world.commands.every(({ id }) => {
    const state: CommandState | undefined = world.replicaOf(id);
    return state !== undefined && isTerminal(state);
  });
