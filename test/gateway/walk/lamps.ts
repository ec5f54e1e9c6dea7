/** What the devices do with what reaches them, and the truth of it: who heard which level when, alone or with the group. */
import type { Clock } from "../../../fixtures/clock.ts";
import { orderIn, reportOf, type WalkedDevice } from "./devices.ts";
import type { Dice } from "./dice.ts";

export interface Hearing {
  readonly at: number;
  readonly by: "alone" | "group";
  readonly level: number;
}

export interface LampsParts {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly devices: readonly WalkedDevice[];
  /** Of the group whose keys they begin with. */
  readonly address: string;
  readonly uplink: (devEui: string, frame: { readonly fPort: number; readonly data: Uint8Array }) => void;
}

export interface Lamps {
  report(device: number): void;
  /** A downlink for one device. */
  obey(devEui: string, fPort: number, bytes: Uint8Array): void;
  /** A frame for all that have the keys of this address. */
  overhear(address: string, fCnt: number, bytes: Uint8Array, hears: () => boolean): void;
  /** Each speaks for the first time, and then at its interval. */
  start(): void;
  /** Of each device, in order. */
  readonly heard: readonly (readonly Hearing[])[];
}

/** Of a class C device that speaks of a change by itself, and how soon. */
const SPEAKS = 0.6;
const SPEAKS_AFTER_MS = 1_500;
const INTERVAL_MS = 120_000;

export const createLamps = ({ clock, dice, devices, address, uplink }: LampsParts): Lamps => {
  const levels = devices.map(() => 999);
  const heard: Hearing[][] = devices.map(() => []);
  /** The group whose keys it has, and the last frame of it that it took. */
  const groups = devices.map(() => ({ address, lastHeard: -1 }));

  const report = (device: number): void => uplink(devices[device]!.devEui, reportOf(levels[device]!));

  const take = (device: number, bytes: Uint8Array, by: Hearing["by"]): void => {
    const order = orderIn(bytes);
    if (order.is === "join") return;
    levels[device] = order.is === "free" ? 0 : order.level;
    if (order.is === "set") heard[device]!.push({ at: clock.now(), by, level: order.level });
    if (devices[device]!.deviceClass === "CLASS_C" && dice.chance(SPEAKS))
      clock.after(SPEAKS_AFTER_MS, () => report(device));
  };

  const beat = (device: number): void => {
    clock.after(INTERVAL_MS, () => {
      report(device);
      beat(device);
    });
  };

  return {
    report,
    obey(devEui, fPort, bytes) {
      const device = devices.findIndex((each) => each.devEui === devEui);
      const order = orderIn(bytes);
      if (order.is === "join") {
        groups[device] = { address: order.address, lastHeard: -1 };
        clock.after(SPEAKS_AFTER_MS, () => uplink(devEui, { fPort, data: bytes }));
      } else take(device, bytes, "alone");
    },
    overhear(to, fCnt, bytes, hears) {
      for (const [device, group] of groups.entries()) {
        if (group.address !== to || fCnt <= group.lastHeard || !hears()) continue;
        group.lastHeard = fCnt;
        take(device, bytes, "group");
      }
    },
    heard,
    start() {
      for (const device of devices.keys()) report(device);
      for (const device of devices.keys()) beat(device);
    },
  };
};
