/**
 * ChirpStack's events in proto3 JSON, checked by hand: this runs for every message. Fields of the event itself are always
 * written; inside rxInfo default values are left out (pbjson without `emit_fields`), so a missing snr is 0 dB and not unknown.
 */
import type { Radio } from "../../cloud-sync/protocol/entry.ts";
import { gatewayName } from "../gateway-names.ts";
import { fromGps } from "../gnss-time.ts";
import type { ChirpStackEvent, EventBase, SentAs } from "../words.ts";
import { bytesOfBase64 } from "./base64.ts";
import type { KnownKind, Topic } from "./events.ts";
import { sentAs } from "./sent-as.ts";
import { shortestFloat, timestampMs, WireTrouble } from "./wire-trouble.ts";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const wrong = (name: string, expected: string): WireTrouble =>
  new WireTrouble("bad-field", `${name} is no ${expected}`);

const text = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  throw wrong(name, "text");
};

const number = (fields: Fields, name: string): number => {
  const value = fields[name];
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  // proto3 JSON allows numbers as text.
  if (typeof value === "string" && value !== "" && Number.isFinite(Number(value))) return Number(value);
  throw wrong(name, "number");
};

const UINT32_MAX = 0xffff_ffff;
const uint32 = (fields: Fields, name: string): number => {
  const value = number(fields, name);
  if (Number.isInteger(value) && value >= 0 && value <= UINT32_MAX) return value;
  throw wrong(name, "unsigned 32-bit number");
};

const flag = (fields: Fields, name: string): boolean => {
  const value = fields[name];
  if (typeof value === "boolean") return value;
  if (value === undefined) return false;
  throw wrong(name, "boolean");
};

/** A sub-message; absent ones are omitted, never null. */
const part = (fields: Fields, name: string): Fields | undefined => {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (isFields(value)) return value;
  throw wrong(name, "object");
};

const texts = (fields: Fields, name: string): Readonly<Record<string, string>> => {
  const map = part(fields, name) ?? {};
  for (const key in map) if (typeof map[key] !== "string") throw wrong(`${name}.${key}`, "text");
  return map as Readonly<Record<string, string>>;
};

const bytes = (fields: Fields, name: string): Uint8Array => {
  const value = bytesOfBase64(text(fields, name));
  if (value === undefined) throw wrong(name, "base64");
  return value;
};

/** The gateway that heard it best: by signal to noise, then by signal. */
const radioOf = (fields: Fields): Radio | undefined => {
  const list = fields.rxInfo;
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) throw wrong("rxInfo", "list");
  let best: { readonly rssi: number; readonly snr: number; readonly of: Fields } | undefined;
  for (const one of list) {
    if (!isFields(one)) throw wrong("rxInfo", "list of objects");
    const rssi = number(one, "rssi");
    // A packet forwarder may write -0.0, which is no other level than 0, and no other number to any reader but JavaScript.
    const snr = number(one, "snr") + 0;
    if (best === undefined || snr > best.snr || (snr === best.snr && rssi > best.rssi)) best = { rssi, snr, of: one };
  }
  if (best === undefined) return undefined;
  const gateway = gatewayName(text(best.of, "gatewayId"));
  return { rssi: best.rssi, snr: best.snr, gateway, gateways: list.length, dr: uint32(fields, "dr") };
};

/** A duration of proto3 JSON: seconds with up to nine decimals and an `s`. */
const DURATION = /^(\d{1,11}(?:\.\d{1,9})?)s$/;

/** The latest of all receivers: none runs ahead. What is no duration is no time; the reading stands without it. */
const gnssTimeOf = (fields: Fields): number | undefined => {
  let latest: number | undefined;
  if (!Array.isArray(fields.rxInfo)) return undefined;
  for (const one of fields.rxInfo) {
    const told =
      isFields(one) && typeof one.timeSinceGpsEpoch === "string" ? DURATION.exec(one.timeSinceGpsEpoch) : null;
    if (told !== null) latest = Math.max(latest ?? 0, fromGps(Math.floor(Number(told[1]) * 1_000)));
  }
  return latest;
};

const baseOf = (fields: Fields, topic: Topic, arrivedAt: number): EventBase => {
  const info = part(fields, "deviceInfo");
  if (info === undefined) throw new WireTrouble("no-device-info", "the event names no device");
  if (text(info, "devEui").toLowerCase() !== topic.devEui)
    throw new WireTrouble("wrong-device", "the event names another device than its topic");
  return {
    devEui: topic.devEui,
    applicationId: topic.applicationId,
    deviceName: text(info, "deviceName"),
    tags: texts(info, "tags"),
    time: typeof fields.time === "string" ? timestampMs(fields.time) : arrivedAt,
  };
};

const upOf = (base: EventBase, fields: Fields): ChirpStackEvent => {
  const radio = radioOf(fields);
  const gnssTime = gnssTimeOf(fields);
  return {
    kind: "up",
    devEui: base.devEui,
    applicationId: base.applicationId,
    deviceName: base.deviceName,
    tags: base.tags,
    time: base.time,
    deduplicationId: text(fields, "deduplicationId"),
    devAddr: text(fields, "devAddr"),
    fCnt: uint32(fields, "fCnt"),
    fPort: uint32(fields, "fPort"),
    dr: uint32(fields, "dr"),
    confirmed: flag(fields, "confirmed"),
    data: bytes(fields, "data"),
    ...(radio === undefined ? {} : { radio }),
    ...(gnssTime === undefined ? {} : { gnssTime }),
  };
};

const sentOf = (fields: Fields): SentAs | undefined => {
  const info = part(fields, "txInfo") ?? {};
  const lora = part(part(info, "modulation") ?? {}, "lora") ?? {};
  return sentAs({
    frequency: number(info, "frequency"),
    spreadingFactor: number(lora, "spreadingFactor"),
    bandwidth: number(lora, "bandwidth"),
    immediately: part(part(info, "timing") ?? {}, "immediately") !== undefined,
  });
};

const locationOf = (base: EventBase, fields: Fields): ChirpStackEvent => {
  const place = part(fields, "location") ?? {};
  return {
    ...base,
    kind: "location",
    deduplicationId: text(fields, "deduplicationId"),
    latitude: number(place, "latitude"),
    longitude: number(place, "longitude"),
    altitude: number(place, "altitude"),
    source: text(place, "source") || "UNKNOWN",
    accuracy: shortestFloat(Math.fround(number(place, "accuracy"))),
  };
};

const readers: Readonly<Record<KnownKind, (base: EventBase, fields: Fields) => ChirpStackEvent>> = {
  up: upOf,
  location: locationOf,
  join: (base, fields) => ({
    ...base,
    kind: "join",
    deduplicationId: text(fields, "deduplicationId"),
    devAddr: text(fields, "devAddr"),
  }),
  ack: (base, fields) => ({
    ...base,
    kind: "ack",
    deduplicationId: text(fields, "deduplicationId"),
    queueItemId: text(fields, "queueItemId"),
    acknowledged: flag(fields, "acknowledged"),
    fCntDown: uint32(fields, "fCntDown"),
  }),
  txack: (base, fields) => {
    const sent = sentOf(fields);
    return {
      ...base,
      kind: "txack",
      downlinkId: uint32(fields, "downlinkId"),
      queueItemId: text(fields, "queueItemId"),
      fCntDown: uint32(fields, "fCntDown"),
      gatewayId: text(fields, "gatewayId"),
      ...(sent === undefined ? {} : { sent }),
    };
  },
  log: (base, fields) => ({
    ...base,
    kind: "log",
    level: text(fields, "level") || "INFO",
    code: text(fields, "code") || "UNKNOWN",
    description: text(fields, "description"),
    context: texts(fields, "context"),
  }),
  status: (base, fields) => ({
    ...base,
    kind: "status",
    deduplicationId: text(fields, "deduplicationId"),
    margin: number(fields, "margin"),
    externalPowerSource: flag(fields, "externalPowerSource"),
    batteryLevelUnavailable: flag(fields, "batteryLevelUnavailable"),
    batteryLevel: shortestFloat(Math.fround(number(fields, "batteryLevel"))),
  }),
};

/** Throws `WireTrouble`. */
export const jsonEvent = (kind: KnownKind, topic: Topic, payload: Uint8Array, arrivedAt: number): ChirpStackEvent => {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"));
  } catch (error) {
    throw new WireTrouble("bad-json", error instanceof Error ? error.message : String(error));
  }
  if (!isFields(fields)) throw new WireTrouble("bad-json", "the payload is no JSON object");
  return readers[kind](baseOf(fields, topic, arrivedAt), fields);
};
