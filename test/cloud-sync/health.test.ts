/** What a box says of itself comes over the wire as it was, in both forms, and from boxes older and newer than this program. */
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchFromJson, batchToJson, decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { GENESIS } from "../../cloud-sync/protocol/chain.ts";
import { type BoxHealth, LORA_GATEWAY_STATES, type LoraGateway } from "../../cloud-sync/protocol/entry.ts";
import { BatchSchema, HealthSchema } from "../../cloud-sync/protocol/generated/batch_pb.ts";

const time = fc.integer({ min: 0, max: 2 ** 43 });
const millionth = (degrees: number) =>
  fc.integer({ min: -degrees * 1_000_000, max: degrees * 1_000_000 }).map((units) => units / 1_000_000);
const place = fc.oneof(fc.constant({}), fc.record({ latitude: millionth(90), longitude: millionth(180) }));

const gateway: fc.Arbitrary<LoraGateway> = fc
  .tuple(
    fc.record(
      {
        id: fc.stringMatching(/^[0-9a-f]{16}$/),
        name: fc.string({ unit: "grapheme", maxLength: 20 }),
        state: fc.constantFrom(...LORA_GATEWAY_STATES),
        lastSeenAt: time,
      },
      { requiredKeys: ["id", "name", "state"] },
    ),
    place,
  )
  .map(([known, where]) => ({ ...known, ...where }));

const loraGateways = fc
  .record(
    { checkedAt: time, fault: fc.constantFrom("key-refused", "unreachable"), gateways: fc.array(gateway) },
    { requiredKeys: ["gateways"] },
  )
  .map((value) => ({ ...value }));

const HEALTH: BoxHealth = {
  lastSeq: 12,
  oldestSeq: 1,
  journalBytes: 4_096,
  freeBytes: 1e9,
  firstHop: { lossless: true, reasons: [] },
  brokerConnected: true,
  devices: 7,
  unregistered: 2,
  duplicates: 3,
  version: "0.1.0",
};

const batchWith = (health: BoxHealth) => ({
  box: "remiremont",
  epoch: 1,
  firstSeq: 13,
  entries: [],
  hashBefore: GENESIS,
  hashAfter: GENESIS,
  sentAt: 1_790_000_000_000,
  health,
});

const healthOf = (result: ReturnType<typeof decodeBatch>): BoxHealth => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value.health;
};

test("LoRa gateways come over the wire as they were, in both forms", () => {
  fc.assert(
    fc.property(loraGateways, (told) => {
      const health: BoxHealth = { ...HEALTH, loraGateways: told };
      expect(healthOf(decodeBatch(encodeBatch(batchWith(health))))).toEqual(health);
      expect(healthOf(batchFromJson(batchToJson(batchWith(health))))).toEqual(health);
    }),
  );
});

test("a box that does not ask says nothing of them, not that there are none", () => {
  expect(healthOf(decodeBatch(encodeBatch(batchWith(HEALTH))))).not.toHaveProperty("loraGateways");
  const none: BoxHealth = { ...HEALTH, loraGateways: { gateways: [] } };
  expect(healthOf(decodeBatch(encodeBatch(batchWith(none)))).loraGateways).toEqual({ gateways: [] });
});

test("a state that a newer box knows is unknown here, and the batch is taken", () => {
  const health = create(HealthSchema, { loraGateways: { gateway: [{ id: "0016c001f1500001", name: "x", state: 9 }] } });
  const message = create(BatchSchema, { protocol: 1, protocolMin: 1, box: "remiremont", firstSeq: 1n, health });
  const [seen] = healthOf(decodeBatch(toBinary(BatchSchema, message))).loraGateways?.gateways ?? [];
  expect(seen).toEqual({ id: "0016c001f1500001", name: "x", state: "unknown" });
});
