/** The devices of one commune and their network server: what they say, message by message, with real frames and real topics. */
import { eventTopic, joinEvent, logEvent, statusEvent, upEvent } from "../../fixtures/events.ts";
import { seededUuid } from "../../fixtures/seeded.ts";
import type { World } from "./world.ts";

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  /** What the journal's entry of it is recognised by. */
  readonly key: string;
  readonly device: string;
  /** The network server may publish it twice and mean it once. */
  readonly hasIdentity: boolean;
}

export interface Source {
  readonly devices: readonly { readonly devEui: string; readonly model?: string; readonly asset?: string }[];
  /** What some device says now. */
  next(): Message;
}

const APPLICATION = "5b1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";

export const keyOfUp = (device: string, fCnt: number, frame: Uint8Array): string =>
  `up ${device} ${fCnt} ${Buffer.from(frame).toString("hex")}`;
export const keyOfEvent = (kind: string, device: string, at: number): string => `${kind} ${device} ${at}`;
export const keyOfBytes = (device: string, payload: string): string => `bytes ${device} ${payload}`;

/** A container's battery, temperature and distance, told apart by `serial`. */
const containerFrame = (serial: number): Buffer => {
  const bytes = Buffer.from("01755c0367010104820000050000", "hex");
  bytes.writeUInt16LE(serial % 1_000, 4);
  bytes.writeUInt16LE(100 + (Math.floor(serial / 1_000) % 900), 8);
  return bytes;
};

export function createSource(world: World, box: string): Source {
  const { random } = world;
  const eui = (index: number): string => `24e124${seededUuid(box).slice(0, 8)}${index.toString(16).padStart(2, "0")}`;
  const devices = [
    { devEui: eui(0), model: "milesight-em400", asset: "container:88383:001" },
    { devEui: eui(1), model: "milesight-em400", asset: "container:88383:002" },
    { devEui: eui(2), model: "nas-ul20xx", asset: "lamp:88383:001" },
    { devEui: eui(3) },
  ];
  const counters = new Map<string, number>();
  const addresses = new Map<string, string>();
  let serial = 0;
  let newest = 0;

  const message = (device: string, kind: string, body: unknown, key: string, hasIdentity = true): Message => ({
    topic: eventTopic(APPLICATION, device, kind),
    payload: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    key,
    device,
    hasIdentity,
  });

  const up = (devEui: string, time: number): Message => {
    const fCnt = counters.get(devEui) ?? 0;
    counters.set(devEui, fCnt + 1);
    const isContainer = devEui !== eui(2) && devEui !== eui(3);
    const data = isContainer ? containerFrame(serial) : Buffer.from([serial % 251, random.whole(0, 255), serial >> 8]);
    const body = upEvent({
      devEui,
      applicationId: APPLICATION,
      time,
      fPort: isContainer ? 85 : 24,
      fCnt,
      dr: random.whole(0, 5),
      data,
      devAddr: addresses.get(devEui) ?? "01a3b2c4",
      rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -random.whole(60, 120), snr: random.whole(-20, 12), channel: 3 }],
    });
    return message(devEui, "up", body, keyOfUp(devEui, fCnt, data));
  };

  /** The device joins: another address, and its counter begins at 0. */
  const join = (devEui: string, time: number): Message => {
    const devAddr = `01${random.whole(0, 0xffffff).toString(16).padStart(6, "0")}`;
    addresses.set(devEui, devAddr);
    counters.set(devEui, 0);
    const body = joinEvent({ devEui, applicationId: APPLICATION, time, devAddr });
    return message(devEui, "join", body, keyOfEvent("join", devEui, time));
  };

  return {
    devices,
    next() {
      serial++;
      // All different: what an event is known by.
      const time = Math.max(Math.floor(world.now), newest + 1);
      newest = time;
      const devEui = random.one(devices).devEui;
      const kind = random.unit();
      const bare = { devEui, applicationId: APPLICATION, time };
      if (kind < 0.82) return up(devEui, time);
      if (kind < 0.86) return join(devEui, time);
      if (kind < 0.9) {
        const body = statusEvent({ ...bare, margin: random.whole(-20, 20), battery: random.whole(0, 255) });
        return message(devEui, "status", body, keyOfEvent("status", devEui, time));
      }
      if (kind < 0.94) {
        const words = { level: "WARNING", code: "UPLINK_F_CNT_RETRANSMISSION", description: `${serial}` } as const;
        return message(devEui, "log", logEvent({ ...bare, ...words }), keyOfEvent("log", devEui, time));
      }
      const text = kind < 0.97 ? `{"novelty":${serial}}` : `no event at all ${serial}`;
      const name = kind < 0.97 ? "novelty" : "up";
      return message(devEui, name, text, keyOfBytes(devEui, Buffer.from(text).toString("base64")), false);
    },
  };
}
