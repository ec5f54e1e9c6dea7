/** A box as far as commands go: registry, ledger and relay on a database in memory, on a real broker. */
import Database from "better-sqlite3";
import { connectAsync } from "mqtt";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { findCodec } from "../../codecs/index.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import type { Asset, Device } from "../../device-registry/words.ts";
import { encodeDownlink } from "../../gateway/chirpstack/downlink.ts";
import { commandTopic, EVENT_TOPIC, parseTopic, readEvent } from "../../gateway/chirpstack/events.ts";
import { openLedger } from "../../gateway/ledger.ts";
import { readingOf } from "../../gateway/readings.ts";
import { createRelay, type RelayParts } from "../../gateway/relay.ts";

export interface RelayGround extends Pick<RelayParts, "queue" | "groups"> {
  readonly brokerUrl: string;
  readonly now: () => number;
  readonly placed: readonly { readonly asset: Asset; readonly device: Device }[];
}

export const relayOnBroker = async ({ brokerUrl, now, placed, ...sending }: RelayGround) => {
  const db = new Database(":memory:");
  const registry = openRegistry(db);
  const ledger = openLedger(db);
  const write = <T>(work: (append: (body: EntryBody) => number) => T): T =>
    db.transaction(() => work(() => 0)).immediate();
  for (const { asset, device } of placed) {
    registry.putAsset(asset, 0, () => 0);
    registry.putDevice(device, 0, () => 0);
  }
  const client = await connectAsync(brokerUrl, { protocolVersion: 4 });
  const since = now();
  const relay = createRelay({
    ...sending,
    ledger,
    registry,
    findModel,
    findCodec,
    clock: { now, quality: () => "confirmed" },
    write,
    linkedSince: () => since,
    heardUntil: now,
    publishDown: async (application, devEui, downlink) => {
      const payload = Buffer.from(encodeDownlink(devEui, downlink, "json"));
      await client.publishAsync(commandTopic(application, devEui), payload, { qos: 1 });
    },
    log: { warn: () => undefined },
  });
  client.on("message", (topic, payload) => {
    const delivery = { topic, payload, qos: 1, redelivered: false, arrivedAt: now() } as const;
    const event = readEvent(delivery, parseTopic(topic)!, () => {
      throw new Error("not protobuf");
    });
    const reading = event.kind === "up" ? readingOf(event, { registry, findModel, findCodec }) : undefined;
    write((append) => relay.observe(event, reading, append));
    relay.afterCommit();
  });
  await client.subscribeAsync(EVENT_TOPIC, { qos: 1 });
  return { ledger, relay, write, stop: () => client.endAsync(true) };
};
