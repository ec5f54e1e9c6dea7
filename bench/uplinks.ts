/**
 * Uplinks of simulated communes as ChirpStack publishes them: lamps, containers, rooms, parking spots and meters of the catalogue's
 * models, with the frames and at the rate of real life, each heard by two gateways.
 */
import { eventTopic, upEvent } from "../fixtures/events.ts";
import type { SimulatedDevice, TimedFrame } from "../fixtures/simulation/device.ts";
import { applicationOf, fleet, gatewayOf } from "../fixtures/simulation/fleet.ts";
import { COMMUNES, type Commune } from "../fixtures/territory.ts";
import { publishPacket } from "./publisher.ts";

const PER_COMMUNE = 500;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 3, 17);

export interface Uplinks {
  readonly devices: readonly SimulatedDevice[];
  /** The next so many, as PUBLISH packets. */
  next(count: number): Buffer[];
}

interface Source {
  readonly device: SimulatedDevice;
  readonly applicationId: string;
  readonly gateways: readonly [string, string];
  fCnt: number;
}

/** Beyond those of the territory, made-up ones in the same places. */
const communeAt = (index: number): Commune => {
  const commune = COMMUNES[index % COMMUNES.length]!;
  return index < COMMUNES.length ? commune : { ...commune, insee: String(99_000 + index) };
};

const packetOf = (source: Source, frame: TimedFrame, number: number): Buffer => {
  const { device, applicationId, gateways } = source;
  const weak = (number % 40) / 4;
  const event = upEvent({
    devEui: device.devEui,
    applicationId,
    applicationName: "commune",
    deviceName: device.name,
    deviceProfileName: device.model,
    deviceClass: device.deviceClass,
    tags: { beffroi_model: device.model },
    time: frame.at,
    fPort: frame.fPort,
    fCnt: source.fCnt++,
    data: frame.data,
    dr: number % 6,
    rxInfo: [
      { gatewayId: gateways[0], rssi: -80 - (number % 30), snr: 9 - weak, channel: number % 8, uplinkId: number + 1 },
      { gatewayId: gateways[1], rssi: -95 - (number % 20), snr: 2.5 - weak, channel: number % 8, uplinkId: number + 2 },
    ].map((one) => ({ ...one, gwTime: frame.at, nsTime: frame.at + 40 })),
  });
  return publishPacket(eventTopic(applicationId, device.devEui, "up"), Buffer.from(JSON.stringify(event)), number);
};

/** `count` devices, in communes of 500; always the same, with the same past. */
export function createUplinks(count: number): Uplinks {
  const sources = Array.from({ length: Math.ceil(count / PER_COMMUNE) }, (_, i) => communeAt(i)).flatMap((commune) => {
    const gateways = [gatewayOf(commune), gatewayOf(commune).replace("0016", "7276")] as const;
    const applicationId = applicationOf(commune);
    return fleet(commune, { size: PER_COMMUNE }).map(
      (device): Source => ({ device, applicationId, gateways, fCnt: 0 }),
    );
  });
  sources.length = count;
  let at = START;
  let made = 0;
  let waiting: { readonly source: Source; readonly frame: TimedFrame }[] = [];
  const fill = (): void => {
    const frames = sources.flatMap((source) =>
      [...source.device.history(at, at + HOUR)].map((frame) => ({ source, frame })),
    );
    waiting = frames.sort((a, b) => a.frame.at - b.frame.at).reverse();
    at += HOUR;
  };
  return {
    devices: sources.map(({ device }) => device),
    next(wanted) {
      const packets: Buffer[] = [];
      while (packets.length < wanted) {
        const one = waiting.pop();
        if (one === undefined) fill();
        else packets.push(packetOf(one.source, one.frame, made++));
      }
      return packets;
    },
  };
}
