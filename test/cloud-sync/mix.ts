/**
 * The stated mix for measures: simulated communes of 500 devices each (lamps, containers, rooms, spots, meters), decoded by the
 * house's codecs, heard by two gateways with plausible radio, each device's clock a little off, arrivals with jitter.
 */
import { createHash } from "node:crypto";
import type { Entry, Radio, Reading } from "../../cloud-sync/protocol/entry.ts";
import { findCodec } from "../../codecs/index.ts";
import { interpret } from "../../device-registry/interpretation.ts";
import type { SimulatedDevice } from "../../fixtures/simulation/device.ts";
import { fleet, gatewayOf } from "../../fixtures/simulation/fleet.ts";
import { COMMUNES } from "../../fixtures/territory.ts";

const START = Date.UTC(2026, 2, 3, 17);
const HOUR_MS = 3_600_000;

/** Deterministic, even over [0, 1). */
export function createRandom(seed: string): () => number {
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function createRadio(device: string, gateways: readonly string[], random: () => number): () => Radio {
  const own = createRandom(device);
  const level = -72 - own() * 45;
  const dr = Math.min(5, Math.max(0, Math.round(5 - Math.max(0, -level - 95) / 5)));
  const home = gateways[own() < 0.7 ? 0 : 1]!;
  return () => {
    const rssi = Math.round(level + (random() + random() + random() - 1.5) * 5);
    const snr = Math.round(Math.min(13, (rssi + 118) / 2 + (random() - 0.5) * 6) * 4) / 4;
    const other = gateways.find((gateway) => gateway !== home)!;
    return { rssi, snr, gateway: random() < 0.9 ? home : other, gateways: 1 + Math.floor(random() * 2.2), dr };
  };
}

/** `pace`: how many times as often as it is set to the device speaks; what it says is then of a longer time. */
function* readingsOf(
  device: SimulatedDevice,
  gateways: readonly string[],
  { hours, pace }: { readonly hours: number; readonly pace: number },
): Generator<Reading> {
  const random = createRandom(`line:${device.devEui}`);
  const radio = createRadio(device.devEui, gateways, random);
  const codec = findCodec(device.model)!;
  const lateMs = Math.floor(random() * 20_000);
  let fCnt = Math.floor(random() * 5000);
  for (const { at: saidAt, fPort, data } of device.history(START, START + hours * pace * HOUR_MS)) {
    const at = START + Math.round((saidAt - START) / pace);
    const sooner = saidAt - at;
    const receivedAt = at + lateMs + Math.floor(random() * 800);
    const decoded = codec.decode({ bytes: data, fPort });
    if (!decoded.ok) throw new Error(`${device.model}: ${decoded.fault.message}`);
    const { measurements, notes } = interpret(decoded.value.measurements, device.asset);
    yield {
      kind: "reading",
      device: device.devEui,
      asset: device.asset.ref,
      commune: device.asset.commune,
      codec: decoded.value.codec,
      at: decoded.value.deviceTime === undefined ? receivedAt : decoded.value.deviceTime - sooner,
      receivedAt,
      fCnt: fCnt++,
      fPort,
      frame: data,
      radio: radio(),
      measurements,
      history: decoded.value.history.map((past) => ({ ...past, at: past.at - sooner })),
      notes,
    };
  }
}

export interface Arrival {
  /** Wall clock of the stamp. */
  readonly wall: number;
  readonly reading: Reading;
}

/** Readings of `communes` × 500 devices, hour by hour, each hour's in the order of their arrival: a month fits no memory. */
export function* mixByHour(communes: number, hours: number, pace = 1): Generator<Arrival[]> {
  const random = createRandom("arrival");
  const lines = COMMUNES.slice(0, communes).flatMap((commune) => {
    const gateways = [gatewayOf(commune), gatewayOf(commune).replace("0016", "7276")];
    return fleet(commune, { size: 500 }).map((device) => readingsOf(device, gateways, { hours, pace }));
  });
  const waiting: Arrival[] = [];
  const ended = new Set<Generator<Reading>>();
  const heads = new Map<Generator<Reading>, Reading>();
  for (let hour = 1; hour <= hours + 1; hour++) {
    const until = hour > hours ? Number.POSITIVE_INFINITY : START + hour * HOUR_MS;
    for (const line of lines) {
      while (!ended.has(line)) {
        const next = heads.get(line) ?? line.next().value;
        heads.delete(line);
        if (next === undefined) ended.add(line);
        else if (next.receivedAt >= until) {
          heads.set(line, next);
          break;
        } else waiting.push({ wall: next.receivedAt + 15 + Math.floor(random() * random() * 200), reading: next });
      }
    }
    waiting.sort((a, b) => a.wall - b.wall);
    const early = waiting.findIndex(({ wall }) => wall >= until);
    yield waiting.splice(0, early < 0 ? waiting.length : early);
  }
}

/** The same in one list. */
export const mix = (communes: number, hours: number): Arrival[] => [...mixByHour(communes, hours)].flat();

/** The same as entries from 1, as one box that never restarted would stamp them. */
export const asEntries = (all: readonly Arrival[]): Entry[] =>
  all.map(({ wall, reading }, index) => ({ seq: index + 1, stamp: stampAt(wall), body: reading }));

/** The clocks of a box that never restarted. */
export const stampAt = (wall: number): Entry["stamp"] => ({
  wall,
  mono: wall - START + 86_400_000,
  boot: 1,
  clock: "confirmed",
});
