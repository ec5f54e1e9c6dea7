/** ChirpStack's double and the broker, on a clock that is driven: both may be away, and what they carried may be lost. */
import { parseDownlinkCommand } from "../../../fixtures/chirpstack/command-down.ts";
import { createGroupQueue } from "../../../fixtures/chirpstack/group-queue.ts";
import { createNetwork, type Network } from "../../../fixtures/chirpstack/network.ts";
import { type Faults, type GatewayAnswer, TIMING } from "../../../fixtures/chirpstack/settings.ts";
import { type Clock, stoppable } from "../../../fixtures/clock.ts";
import type { ChirpStackEvent as Published } from "../../../fixtures/event-shapes.ts";
import type { Multicast } from "../../../gateway/group-send.ts";
import type { DownlinkQueue } from "../../../gateway/words.ts";
import { APPLICATION, orderIn, recordOf, type WalkedDevice } from "./devices.ts";
import type { Dice } from "./dice.ts";
import type { Lamps } from "./lamps.ts";

export const GATEWAYS = ["0016c001f1500001", "0016c001f1500002"] as const;

export interface ServerParts {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly devices: readonly WalkedDevice[];
  /** Its session at the broker survives it: commands published meanwhile wait for it. */
  readonly keepsSession: boolean;
  readonly gateways: number;
  readonly lamps: () => Lamps;
}

/** A multicast frame in ChirpStack's queue. */
interface GroupFrame {
  readonly data: Uint8Array;
  readonly expiresAt: number;
  readonly fCnt: number;
}

export type Server = ReturnType<typeof createServer>;

export const createServer = (parts: ServerParts) => {
  const { clock, dice, devices, keepsSession, lamps } = parts;
  const records = devices.map(recordOf);
  const gatewayIds = GATEWAYS.slice(0, parts.gateways);
  const toBox: Published[] = [];
  let toChirpStack: { devEui: string; payload: Uint8Array }[] = [];
  let faults: Faults = {};
  const is: { broker: "up" | "down"; process: "up" | "down"; api: "up" | "down" | "slow" | "mute" } = {
    broker: "up",
    process: "up",
    api: "up",
  };
  /** Levels that a LoRa gateway took, by device. */
  const aired = new Set<string>();
  /** When a level was last taken out of a device's queue by somebody. */
  const flushed = new Map<string, number>();
  let timers = stoppable(clock);

  const open = (saved?: ReturnType<Network["save"]>): Network =>
    createNetwork({
      clock: timers,
      devices: records,
      gateways: gatewayIds.map((gatewayId) => ({ gatewayId })),
      timing: TIMING,
      faults: () => ({
        ...faults,
        gateway: (downlink) => {
          const answer: GatewayAnswer = faults.gateway?.(downlink) ?? "OK";
          const order = orderIn(downlink.data);
          if (answer === "OK" && order.is === "set") aired.add(`${downlink.devEui} ${order.level}`);
          return answer;
        },
      }),
      publish(event) {
        if (is.broker === "up" && is.process === "up") toBox.push(event);
      },
      onDownlink: (devEui, fPort, bytes) => lamps().obey(devEui, fPort, bytes),
      ...(saved === undefined ? {} : { saved }),
    });
  let network = open();

  // --- the multicast group ---
  /** As it was provisioned; undefined: not at all, or lost. */
  let group: { readonly address: string; readonly fCnt: number } | undefined;
  /** What was counted of a lost one is known to the box, which begins well after it. */
  let counted = 0;
  const groupQueue = () =>
    createGroupQueue<GroupFrame>({
      clock: { now: clock.now, after: (ms, task) => timers.after(ms, task) },
      expiresAt: ({ expiresAt }) => expiresAt,
      transmit(_, { fCnt, data }) {
        if (group === undefined || faults.gateway !== undefined) return;
        lamps().overhear(group.address, fCnt, data, () => faults.hears === undefined || dice.chance(0.3));
      },
    });
  const queue = groupQueue();

  const reachable = async (): Promise<void> => {
    if (is.api === "slow") await new Promise<void>((resolve) => void clock.after(1_000 * dice.upTo(20), resolve));
    if (is.api === "down" || is.process === "down") throw new Error("unreachable");
  };
  const multicast = {
    async state() {
      await reachable();
      if (group === undefined) throw new Error("ChirpStack has no such group");
      return { waiting: queue.rows().length, fCnt: group.fCnt, mcAddr: group.address };
    },
    async send(_: string, { data, expiresAt }: Parameters<Multicast["send"]>[1], isCalling: () => boolean) {
      await reachable();
      // Whoever calls has hung up.
      if (!isCalling()) return;
      if (group === undefined) throw new Error("ChirpStack has no such group");
      queue.enqueue({ data, expiresAt, fCnt: group.fCnt }, gatewayIds);
      counted = group.fCnt + 1;
      group = { ...group, fCnt: counted };
      // Taken, and the answer gets lost.
      if (is.api === "mute") throw new Error("no answer");
    },
  };

  const startProcess = (): void => {
    if (is.process === "up") return;
    is.process = "up";
    network = open(network.save());
    network.resume();
    queue.resume();
  };

  return {
    is,
    aired,
    flushed,
    multicast,
    toBox,
    network: () => network,
    gatewaysOnline: () => (is.process === "up" ? gatewayIds : []),
    queue: {
      async look(devEui) {
        if (is.api === "down" || is.process === "down") throw new Error("unreachable");
        const session = network.session(devEui);
        const look = {
          items: network.queue(devEui).map(({ id, isPending }) => ({ id, isPending })),
          ...(session.isActive ? { session: { devAddr: session.devAddr, fCntDown: session.fCntDown } } : {}),
        };
        if (is.api === "slow") await new Promise<void>((resolve) => void clock.after(1_000 * dice.upTo(20), resolve));
        return look;
      },
    } satisfies DownlinkQueue,
    setFaults(next: Faults): void {
      faults = next;
    },
    publish(devEui: string, payload: Uint8Array): void {
      if (is.process === "up" || keepsSession) toChirpStack.push({ devEui, payload });
    },
    carryDown(): void {
      if (is.process === "down" || is.broker === "down") return;
      const items = toChirpStack;
      toChirpStack = [];
      for (const { devEui, payload } of items) {
        const parsed = parseDownlinkCommand(payload);
        if ("command" in parsed) network.command(APPLICATION, devEui, parsed.command);
      }
    },
    /** Makes the group there, or gives it another address; false when it cannot be reached. */
    provision(address: string): boolean {
      if (is.api !== "up" || is.process === "down") return false;
      group = { address, fCnt: group?.fCnt ?? counted + 128 };
      return true;
    },
    kill(): void {
      if (is.process === "down") return;
      is.process = "down";
      timers.stop();
      timers = stoppable(clock);
      if (!keepsSession) toChirpStack = [];
    },
    startProcess,
    loseDatabase(): void {
      network.forget(records);
      group = undefined;
      queue.flush();
      for (const { devEui } of devices)
        if (dice.chance(0.7)) clock.after(1_000 * dice.upTo(60), () => is.process === "up" && network.join(devEui));
    },
    flush(devEui: string): void {
      for (const { data } of network.queue(devEui)) {
        const order = orderIn(data);
        if (order.is === "set") flushed.set(`${devEui} ${order.level}`, clock.now());
      }
      network.flush(devEui, { pending: dice.chance(0.5) });
    },
    flushGroup: () => queue.flush(),
    join(devEui: string): void {
      if (is.process === "up") network.join(devEui);
    },
  };
};
