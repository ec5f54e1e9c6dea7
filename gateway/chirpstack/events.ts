/**
 * An event of ChirpStack as it comes from the broker, in the house's words. JSON and protobuf are told apart by the payload, so a
 * change of ChirpStack's `json` setting needs no change here. Nothing is thrown for what came over the wire.
 */
import type { ChirpStackEvent, Delivery, Encoding } from "../words.ts";
import { jsonEvent } from "./json-events.ts";
import { WireTrouble } from "./wire-trouble.ts";

export interface Topic {
  readonly applicationId: string;
  readonly devEui: string;
  readonly event: string;
}

/** ChirpStack's default `event_topic`, for every application and device. */
export const EVENT_TOPIC = "application/+/device/+/event/+";

const DEV_EUI = /^[0-9a-f]{16}$/;

export const parseTopic = (topic: string): Topic | undefined => {
  const parts = topic.split("/");
  const [application, applicationId, device, devEui, event, kind] = parts;
  if (parts.length !== 6 || application !== "application" || device !== "device" || event !== "event") return undefined;
  if (applicationId === undefined || devEui === undefined || kind === undefined) return undefined;
  const lower = devEui.toLowerCase();
  return DEV_EUI.test(lower) ? { applicationId, devEui: lower, event: kind } : undefined;
};

/** Some thousand devices times a few kinds; beyond it is begun anew. */
const TOPICS_MAX = 20_000;

/** `parseTopic` with a memory: the same topics come again and again, and equal strings are then one string. */
export const createTopicReader = (): ((topic: string) => Topic | undefined) => {
  const known = new Map<string, Topic>();
  return (topic) => {
    const found = known.get(topic);
    if (found !== undefined) return found;
    const parsed = parseTopic(topic);
    if (parsed === undefined) return undefined;
    if (known.size >= TOPICS_MAX) known.clear();
    known.set(topic, parsed);
    return parsed;
  };
};

/** The topic ChirpStack listens on for a device's downlinks. */
export const commandTopic = (applicationId: string, devEui: string): string =>
  `application/${applicationId}/device/${devEui}/command/down`;

export type KnownKind = "up" | "join" | "ack" | "txack" | "log" | "status" | "location";
const KNOWN: ReadonlySet<string> = new Set<KnownKind>(["up", "join", "ack", "txack", "log", "status", "location"]);
const isKnown = (event: string): event is KnownKind => KNOWN.has(event);

const OPENING_BRACE = 0x7b;

/** No event message of ChirpStack starts with 0x7b as protobuf: that would be field 15 of the unused wire type 3. */
export const encodingOf = (payload: Uint8Array): Encoding => (payload[0] === OPENING_BRACE ? "json" : "protobuf");

const NO_TAGS: Readonly<Record<string, string>> = {};

/** Reads protobuf events; a part of its own because the message classes are loaded only when the first one comes. */
export type ReadProtobuf = (kind: KnownKind, topic: Topic, payload: Uint8Array, arrivedAt: number) => ChirpStackEvent;

/** Never throws for bad payloads: those become `undecodable` events. Throws only for a topic the subscription cannot bring. */
export const readEvent = (delivery: Delivery, topic: Topic, readProtobuf: ReadProtobuf): ChirpStackEvent => {
  const { payload, arrivedAt } = delivery;
  const { applicationId, devEui, event } = topic;
  const bare = { devEui, applicationId, deviceName: "", tags: NO_TAGS, time: arrivedAt };
  if (!isKnown(event)) return { ...bare, kind: "unknown", event, payload };
  try {
    return encodingOf(payload) === "json"
      ? jsonEvent(event, topic, payload, arrivedAt)
      : readProtobuf(event, topic, payload, arrivedAt);
  } catch (error) {
    if (!(error instanceof WireTrouble)) throw error;
    return { ...bare, kind: "undecodable", event, payload, code: error.code, message: error.message };
  }
};
