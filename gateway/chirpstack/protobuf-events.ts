/**
 * ChirpStack's events in protobuf. The message classes are large and most brokers carry JSON, so they are loaded when the first
 * protobuf payload comes.
 */
import { createRequire } from "node:module";
import type { Radio } from "../../cloud-sync/protocol/entry.ts";
import { fromGps } from "../gnss-time.ts";
import type { ChirpStackEvent, EventBase } from "../words.ts";
import type { KnownKind, ReadProtobuf, Topic } from "./events.ts";
import { sentAs } from "./sent-as.ts";
import { shortestFloat, WireTrouble } from "./wire-trouble.ts";

type Messages = typeof import("@chirpstack/chirpstack-api/integration/integration_pb.js");
type Common = typeof import("@chirpstack/chirpstack-api/common/common_pb.js");
type Uplink = InstanceType<Messages["UplinkEvent"]>;
type Location = ReturnType<InstanceType<Messages["LocationEvent"]>["getLocation"]>;

/** What every event message has. */
interface Common4All {
  getTime(): { getSeconds(): number; getNanos(): number } | undefined;
  getDeviceInfo(): InstanceType<Messages["DeviceInfo"]> | undefined;
}

const require = createRequire(import.meta.url);

const baseOf = (message: Common4All, topic: Topic, arrivedAt: number): EventBase => {
  const info = message.getDeviceInfo();
  if (info === undefined) throw new WireTrouble("no-device-info", "the event names no device");
  if (info.getDevEui().toLowerCase() !== topic.devEui)
    throw new WireTrouble("wrong-device", "the event names another device than its topic");
  const tags: Record<string, string> = {};
  info.getTagsMap().forEach((value: string, key: string) => {
    tags[key] = value;
  });
  const time = message.getTime();
  return {
    devEui: topic.devEui,
    applicationId: topic.applicationId,
    deviceName: info.getDeviceName(),
    tags,
    time: time === undefined ? arrivedAt : time.getSeconds() * 1_000 + Math.floor(time.getNanos() / 1_000_000),
  };
};

/** The gateway that heard it best: by signal to noise, then by signal. */
const radioOf = (message: Uplink): Radio | undefined => {
  const list = message.getRxInfoList();
  let best: (typeof list)[number] | undefined;
  for (const one of list) {
    const better =
      best === undefined ||
      one.getSnr() > best.getSnr() ||
      (one.getSnr() === best.getSnr() && one.getRssi() > best.getRssi());
    if (better) best = one;
  }
  if (best === undefined) return undefined;
  return {
    rssi: best.getRssi(),
    snr: shortestFloat(best.getSnr()),
    gateway: best.getGatewayId(),
    gateways: list.length,
    dr: message.getDr(),
  };
};

/** The latest of all receivers: none runs ahead. */
const gnssTimeOf = (message: Uplink): number | undefined => {
  let latest: number | undefined;
  for (const one of message.getRxInfoList()) {
    const told = one.getTimeSinceGpsEpoch();
    if (told === undefined) continue;
    const ms = told.getSeconds() * 1_000 + Math.floor(told.getNanos() / 1_000_000);
    latest = Math.max(latest ?? 0, fromGps(ms));
  }
  return latest;
};

/** The name of an enum's value; the bare number for one this package does not know. */
const nameIn = (map: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(map).find((name) => map[name] === value) ?? String(value);

const placeOf = (location: Location, common: Common) => ({
  latitude: location?.getLatitude() ?? 0,
  longitude: location?.getLongitude() ?? 0,
  altitude: location?.getAltitude() ?? 0,
  source: nameIn({ ...common.LocationSource }, location?.getSource() ?? 0),
  accuracy: shortestFloat(location?.getAccuracy() ?? 0),
});

type Reader = (payload: Uint8Array, base: (message: Common4All) => EventBase) => ChirpStackEvent;

const readersOf = (pb: Messages, common: Common): Readonly<Record<KnownKind, Reader>> => ({
  up: (payload, base) => {
    const message = pb.UplinkEvent.deserializeBinary(payload);
    const radio = radioOf(message);
    const gnssTime = gnssTimeOf(message);
    return {
      ...base(message),
      kind: "up",
      deduplicationId: message.getDeduplicationId(),
      devAddr: message.getDevAddr(),
      fCnt: message.getFCnt(),
      fPort: message.getFPort(),
      dr: message.getDr(),
      confirmed: message.getConfirmed(),
      data: new Uint8Array(message.getData_asU8()),
      ...(radio === undefined ? {} : { radio }),
      ...(gnssTime === undefined ? {} : { gnssTime }),
    };
  },
  join: (payload, base) => {
    const message = pb.JoinEvent.deserializeBinary(payload);
    const deduplicationId = message.getDeduplicationId();
    return { ...base(message), kind: "join", deduplicationId, devAddr: message.getDevAddr() };
  },
  ack: (payload, base) => {
    const message = pb.AckEvent.deserializeBinary(payload);
    return {
      ...base(message),
      kind: "ack",
      deduplicationId: message.getDeduplicationId(),
      queueItemId: message.getQueueItemId(),
      acknowledged: message.getAcknowledged(),
      fCntDown: message.getFCntDown(),
    };
  },
  txack: (payload, base) => {
    const message = pb.TxAckEvent.deserializeBinary(payload);
    const lora = message.getTxInfo()?.getModulation()?.getLora();
    const sent = sentAs({
      frequency: message.getTxInfo()?.getFrequency() ?? 0,
      spreadingFactor: lora?.getSpreadingFactor() ?? 0,
      bandwidth: lora?.getBandwidth() ?? 0,
      immediately: message.getTxInfo()?.getTiming()?.hasImmediately() ?? false,
    });
    return {
      ...base(message),
      kind: "txack",
      downlinkId: message.getDownlinkId(),
      queueItemId: message.getQueueItemId(),
      fCntDown: message.getFCntDown(),
      gatewayId: message.getGatewayId(),
      ...(sent === undefined ? {} : { sent }),
    };
  },
  log: (payload, base) => {
    const message = pb.LogEvent.deserializeBinary(payload);
    const context: Record<string, string> = {};
    message.getContextMap().forEach((value: string, key: string) => {
      context[key] = value;
    });
    return {
      ...base(message),
      kind: "log",
      level: nameIn({ ...pb.LogLevel }, message.getLevel()),
      code: nameIn({ ...pb.LogCode }, message.getCode()),
      description: message.getDescription(),
      context,
    };
  },
  status: (payload, base) => {
    const message = pb.StatusEvent.deserializeBinary(payload);
    return {
      ...base(message),
      kind: "status",
      deduplicationId: message.getDeduplicationId(),
      margin: message.getMargin(),
      externalPowerSource: message.getExternalPowerSource(),
      batteryLevelUnavailable: message.getBatteryLevelUnavailable(),
      batteryLevel: shortestFloat(message.getBatteryLevel()),
    };
  },
  location: (payload, base) => {
    const message = pb.LocationEvent.deserializeBinary(payload);
    const deduplicationId = message.getDeduplicationId();
    return { ...base(message), kind: "location", deduplicationId, ...placeOf(message.getLocation(), common) };
  },
});

const CLASSES = {
  up: "UplinkEvent",
  join: "JoinEvent",
  ack: "AckEvent",
  txack: "TxAckEvent",
  log: "LogEvent",
  status: "StatusEvent",
  location: "LocationEvent",
} as const satisfies Record<KnownKind, keyof Messages>;

/** Whose event this is, for one that comes without a topic; undefined when the bytes do not say. */
export const originOf = (kind: string, payload: Uint8Array): Pick<Topic, "devEui" | "applicationId"> | undefined => {
  if (!Object.hasOwn(CLASSES, kind)) return undefined;
  const pb = require("@chirpstack/chirpstack-api/integration/integration_pb.js") as Messages;
  try {
    const info = pb[CLASSES[kind as KnownKind]].deserializeBinary(payload).getDeviceInfo();
    return info && { devEui: info.getDevEui().toLowerCase(), applicationId: info.getApplicationId() };
  } catch {
    // google-protobuf has no error classes of its own: whatever its reader throws is about these bytes.
    return undefined;
  }
};

/** The reader handed to `readEvent`; throws `WireTrouble` for bytes that are no such message. */
export const createProtobufReader = (): ReadProtobuf => {
  let readers: Readonly<Record<KnownKind, Reader>> | undefined;
  return (kind, topic, payload, arrivedAt) => {
    readers ??= readersOf(
      require("@chirpstack/chirpstack-api/integration/integration_pb.js") as Messages,
      require("@chirpstack/chirpstack-api/common/common_pb.js") as Common,
    );
    try {
      return readers[kind](payload, (message) => baseOf(message, topic, arrivedAt));
    } catch (error) {
      if (error instanceof WireTrouble) throw error;
      // google-protobuf has no error classes of its own: whatever its reader throws is about these bytes.
      throw new WireTrouble("bad-protobuf", error instanceof Error ? error.message : String(error));
    }
  };
};
