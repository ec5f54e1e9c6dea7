/** `BoxHealth` ↔ the message of batch.proto. */
import { create } from "@bufbuild/protobuf";
import {
  type BoxHealth,
  LORA_GATEWAY_STATES,
  type LoraGateway,
  type LoraGateways,
  STORAGE_STATES,
  type Storage,
} from "./entry.ts";
import {
  type Health,
  HealthSchema,
  type LoraGateway as LoraGatewayMessage,
  LoraGatewaySchema,
  type LoraGateways as LoraGatewaysMessage,
  LoraGatewaysSchema,
  type Storage as StorageMessage,
  StorageSchema,
} from "./generated/batch_pb.ts";
import { wholeOf } from "./numbers.ts";

/** Millionths of a degree: about a decimetre. */
const PER_DEGREE = 1_000_000;

const gatewayToMessage = ({ id, name, state, lastSeenAt, latitude, longitude }: LoraGateway): LoraGatewayMessage =>
  create(LoraGatewaySchema, {
    id,
    name,
    state: LORA_GATEWAY_STATES.indexOf(state),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: BigInt(Math.round(lastSeenAt)) }),
    ...(latitude === undefined || longitude === undefined
      ? {}
      : { latitude: Math.round(latitude * PER_DEGREE), longitude: Math.round(longitude * PER_DEGREE) }),
  });

const gatewayFromMessage = ({ id, name, state, lastSeenAt, latitude, longitude }: LoraGatewayMessage): LoraGateway => ({
  id,
  name,
  state: LORA_GATEWAY_STATES[state] ?? "unknown",
  ...(lastSeenAt === undefined ? {} : { lastSeenAt: wholeOf(lastSeenAt) }),
  ...(latitude === undefined || longitude === undefined
    ? {}
    : { latitude: latitude / PER_DEGREE, longitude: longitude / PER_DEGREE }),
});

const gatewaysToMessage = ({ checkedAt, fault, gateways }: LoraGateways): LoraGatewaysMessage =>
  create(LoraGatewaysSchema, {
    ...(checkedAt === undefined ? {} : { checkedAt: BigInt(Math.round(checkedAt)) }),
    ...(fault === undefined ? {} : { fault }),
    gateway: gateways.map(gatewayToMessage),
  });

const gatewaysFromMessage = ({ checkedAt, fault, gateway }: LoraGatewaysMessage): LoraGateways => ({
  ...(checkedAt === undefined ? {} : { checkedAt: wholeOf(checkedAt) }),
  ...(fault === undefined ? {} : { fault }),
  gateways: gateway.map(gatewayFromMessage),
});

const unsigned = (value: number): bigint => BigInt(Math.max(0, Math.round(value)));

const storageToMessage = ({ state, since, limitBytes, usedBytes, lost }: Storage): StorageMessage =>
  create(StorageSchema, {
    state: STORAGE_STATES.indexOf(state),
    ...(since === undefined ? {} : { since: BigInt(Math.round(since)) }),
    limitBytes: unsigned(limitBytes),
    usedBytes: unsigned(usedBytes),
    thinned: unsigned(lost.thinned),
    dropped: unsigned(lost.dropped),
    damaged: unsigned(lost.damaged),
  });

/** A state of a later version is at least no good news. */
const storageFromMessage = (message: StorageMessage): Storage => ({
  state: STORAGE_STATES[message.state] ?? "failing",
  ...(message.since === undefined ? {} : { since: wholeOf(message.since) }),
  limitBytes: wholeOf(message.limitBytes),
  usedBytes: wholeOf(message.usedBytes),
  lost: {
    thinned: wholeOf(message.thinned),
    dropped: wholeOf(message.dropped),
    damaged: wholeOf(message.damaged),
  },
});

export const healthToMessage = (health: BoxHealth): Health =>
  create(HealthSchema, {
    lastSeq: unsigned(health.lastSeq),
    oldestSeq: unsigned(health.oldestSeq),
    ...(health.confirmedSeq === undefined ? {} : { confirmedSeq: unsigned(health.confirmedSeq) }),
    journalBytes: unsigned(health.journalBytes),
    freeBytes: unsigned(health.freeBytes),
    ...(health.daysLeft === undefined ? {} : { daysLeft: health.daysLeft }),
    firstHopLossless: health.firstHop.lossless,
    firstHopReasons: [...health.firstHop.reasons],
    brokerConnected: health.brokerConnected,
    devices: health.devices,
    unregistered: unsigned(health.unregistered),
    duplicates: unsigned(health.duplicates),
    ...(health.rewinds === undefined ? {} : { rewinds: unsigned(health.rewinds) }),
    ...(health.loraGateways === undefined ? {} : { loraGateways: gatewaysToMessage(health.loraGateways) }),
    ...(health.storage === undefined ? {} : { storage: storageToMessage(health.storage) }),
    version: health.version,
  });

export function healthFromMessage(message: Health = create(HealthSchema)): BoxHealth {
  return {
    lastSeq: wholeOf(message.lastSeq),
    oldestSeq: wholeOf(message.oldestSeq),
    ...(message.confirmedSeq === undefined ? {} : { confirmedSeq: wholeOf(message.confirmedSeq) }),
    journalBytes: wholeOf(message.journalBytes),
    freeBytes: wholeOf(message.freeBytes),
    ...(message.daysLeft === undefined ? {} : { daysLeft: message.daysLeft }),
    firstHop: { lossless: message.firstHopLossless, reasons: message.firstHopReasons },
    brokerConnected: message.brokerConnected,
    devices: message.devices,
    unregistered: wholeOf(message.unregistered),
    duplicates: wholeOf(message.duplicates),
    ...(message.rewinds === undefined ? {} : { rewinds: wholeOf(message.rewinds) }),
    ...(message.loraGateways === undefined ? {} : { loraGateways: gatewaysFromMessage(message.loraGateways) }),
    ...(message.storage === undefined ? {} : { storage: storageFromMessage(message.storage) }),
    version: message.version,
  };
}
