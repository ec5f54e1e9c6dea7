/**
 * When a downlink may take its share of the air. Class C and multicast go out on RX2; each LoRa gateway has its own duty cycle there,
 * and hears nothing while it sends. Class A waits for its device anyway, one frame an uplink, and is only counted.
 */
import { type AirUse, RX2_DR, RX2_FREQUENCY, type SubBand, subBandOf, turnAt } from "../commands/airtime/duty-cycle.ts";
import { downlinkMs } from "../commands/airtime/time-on-air.ts";
import type { AirUses } from "./air-use.ts";
import type { Plan } from "./command-plan.ts";
import type { LedgerRow } from "./ledger.ts";

/** What stands for the gateway of a device that was not heard since the start: the only one of most boxes. */
const UNKNOWN = "-";

export interface Pace {
  /** The gateway that heard the device last. */
  heard(devEui: string, gateway: string): void;
  /** Whether it may go now; what says yes keeps its turn until `spent`. */
  admit(row: LedgerRow, plan: Plan, now: number): boolean;
  /** It was handed over. Inside a transaction. */
  spent(id: string, now: number): void;
  /** It was not. */
  released(id: string): void;
  /** When a frame of so many bytes could go through these gateways, ms since 1970. */
  turnOf(gateways: readonly string[], bytes: number, now: number, isSafety: boolean): number;
  /** A frame went through these gateways. Inside a transaction. */
  count(gateways: readonly string[], bytes: number, now: number): void;
  /** Milliseconds of a frame on RX2. */
  msOf(bytes: number): number;
}

export const createPace = (uses: AirUses): Pace => {
  const band: SubBand = subBandOf(RX2_FREQUENCY)!;
  const gateways = new Map<string, string>();
  /** The device each gateway sent to last: ChirpStack keeps two frames to one device apart by itself. */
  const lastTo = new Map<string, string>();
  const reserved = new Map<string, { readonly gateway: string; readonly use: AirUse }>();
  const gatewayOf = (devEui: string): string => gateways.get(devEui) ?? UNKNOWN;
  const usesOf = (gateway: string, now: number): readonly AirUse[] => [
    ...uses.of(gateway, band.name, now),
    ...[...reserved.values()].filter((each) => each.gateway === gateway).map(({ use }) => use),
  ];
  const msOf = (bytes: number): number => downlinkMs(bytes, RX2_DR);

  return {
    heard: (devEui, gateway) => void gateways.set(devEui, gateway),
    admit({ devEui, record }, plan, now) {
      if (plan.deviceClass !== "C") return true;
      const { id, precedence } = record.command;
      const [gateway, ms] = [gatewayOf(devEui), msOf(plan.bytes.length)];
      const isSafety = precedence === "safety";
      const rests = lastTo.get(gateway) !== devEui;
      if (turnAt(usesOf(gateway, now), band, ms, now, { isSafety, rests }) > now) return false;
      lastTo.set(gateway, devEui);
      reserved.set(id, { gateway, use: { at: now + ms, ms } });
      return true;
    },
    spent(id, now) {
      const found = reserved.get(id);
      if (found === undefined) return;
      reserved.delete(id);
      uses.add(found.gateway, band.name, { at: now + found.use.ms, ms: found.use.ms });
    },
    released: (id) => void reserved.delete(id),
    turnOf: (through, bytes, now, isSafety) =>
      Math.max(now, ...through.map((gateway) => turnAt(usesOf(gateway, now), band, msOf(bytes), now, { isSafety }))),
    count(through, bytes, now) {
      for (const gateway of through) uses.add(gateway, band.name, { at: now + msOf(bytes), ms: msOf(bytes) });
    },
    msOf,
  };
};
