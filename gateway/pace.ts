/**
 * When a downlink may take its share of the air. Class C goes out on the device's RX2, multicast as its group says; each LoRa gateway
 * has its own duty cycle in each sub-band, and hears nothing while it sends. Class A waits for its device anyway, one frame an
 * uplink: it is not paced, but counted. What is reserved for a frame becomes what it cost once its gateway sent it, and is given back
 * when it never was.
 */
import {
  type AirUse,
  RX2,
  RX2_FREQUENCY,
  type SubBand,
  subBandOf,
  turnAt,
  type Way,
} from "../commands/airtime/duty-cycle.ts";
import { downlinkMs } from "../commands/airtime/time-on-air.ts";
import type { AirUses } from "./air-use.ts";
import type { Plan } from "./command-plan.ts";
import type { DownlinkRoutes } from "./downlink-routes.ts";
import type { LedgerRow } from "./ledger.ts";
import type { TxAckEvent } from "./words.ts";

/** What stands for the gateway of a device that was never heard: the only one of most boxes. */
const UNKNOWN = "-";

export interface Pace {
  /** The gateway that heard the device last. Inside a transaction. */
  heard(devEui: string, gateway: string): void;
  /** Whether it may go now; what says yes keeps its turn until `spent`. */
  admit(row: LedgerRow, plan: Plan, now: number): boolean;
  /** It was handed over. Inside a transaction. */
  spent(id: string, now: number): void;
  /** It was not. */
  released(id: string): void;
  /** A gateway sent it, so many bytes: that is what it cost. Inside a transaction. */
  sent(event: TxAckEvent, bytes: number): void;
  /** It came to its end without having been sent. Inside a transaction. */
  unsent(id: string): void;
  /** How class C frames reach a device: as the last one did, else as the regional parameters say. */
  wayOf(devEui: string): Way;
  /** When a frame of so many bytes could go through these gateways, ms since 1970. */
  turnOf(gateways: readonly string[], way: Way, bytes: number, now: number, isSafety: boolean): number;
  /** A frame goes through these gateways, for this wish. Inside a transaction. */
  count(gateways: readonly string[], way: Way, bytes: number, now: number, id: string): void;
}

const bandOf = (way: Way): SubBand => subBandOf(way.frequency) ?? subBandOf(RX2_FREQUENCY)!;

export const createPace = (uses: AirUses, routes: DownlinkRoutes): Pace => {
  /** The device each gateway sent to last: ChirpStack keeps two frames to one device apart by itself. */
  const lastTo = new Map<string, string>();
  const reserved = new Map<string, { readonly gateway: string; readonly band: string; readonly use: AirUse }>();
  const gatewayOf = (devEui: string): string => routes.of(devEui).gateway ?? UNKNOWN;
  const usesOf = (gateway: string, band: SubBand, now: number): readonly AirUse[] => [
    ...uses.of(gateway, band.name, now),
    ...[...reserved.values()]
      .filter((each) => each.gateway === gateway && each.band === band.name)
      .map(({ use }) => use),
  ];
  const wayOf = (devEui: string): Way => routes.of(devEui).way ?? RX2;

  return {
    heard(devEui, gateway) {
      const known = routes.of(devEui);
      if (known.gateway !== gateway) routes.put(devEui, { ...known, gateway });
    },
    wayOf,
    admit({ devEui, record }, plan, now) {
      if (plan.deviceClass !== "C") return true;
      const { id, precedence } = record.command;
      const way = wayOf(devEui);
      const band = bandOf(way);
      const [gateway, ms] = [gatewayOf(devEui), downlinkMs(plan.bytes.length, way.dr)];
      const isSafety = precedence === "safety";
      const rests = lastTo.get(gateway) !== devEui;
      if (turnAt(usesOf(gateway, band, now), band, ms, now, { isSafety, rests }) > now) return false;
      lastTo.set(gateway, devEui);
      reserved.set(id, { gateway, band: band.name, use: { at: now + ms, ms } });
      return true;
    },
    spent(id, now) {
      const found = reserved.get(id);
      if (found === undefined) return;
      reserved.delete(id);
      uses.add(found.gateway, found.band, { at: now + found.use.ms, ms: found.use.ms }, id);
    },
    released: (id) => void reserved.delete(id),
    sent({ devEui, gatewayId, queueItemId, time, sent }, bytes) {
      // Without its parameters what was reserved stands for what it cost.
      if (sent === undefined) return;
      if (sent.immediately)
        routes.put(devEui, { ...routes.of(devEui), way: { frequency: sent.frequency, dr: sent.dr } });
      const ms = downlinkMs(bytes, sent.dr);
      uses.drop(queueItemId);
      uses.add(gatewayId, bandOf(sent).name, { at: time + ms, ms }, queueItemId);
    },
    unsent(id) {
      reserved.delete(id);
      uses.drop(id);
    },
    turnOf(through, way, bytes, now, isSafety) {
      const band = bandOf(way);
      const ms = downlinkMs(bytes, way.dr);
      return Math.max(
        now,
        ...through.map((gateway) => turnAt(usesOf(gateway, band, now), band, ms, now, { isSafety })),
      );
    },
    count(through, way, bytes, now, id) {
      const ms = downlinkMs(bytes, way.dr);
      for (const gateway of through) uses.add(gateway, bandOf(way).name, { at: now + ms, ms }, id);
    },
  };
};
