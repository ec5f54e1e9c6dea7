/** Entries as odd as the types allow, for properties over journal and wire. */
import fc from "fast-check";
import type {
  Batch,
  BoxHealth,
  Entry,
  EntryBody,
  Hole,
  Measurement,
  Reading,
  Stamp,
} from "../../cloud-sync/protocol/entry.ts";

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  // Lone surrogates included.
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
      .map((codes) => String.fromCharCode(...codes)),
  },
);

const decimal = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, exponent]) => Number(`${digits}e-${exponent}`));

export const oddNumber = fc.oneof(
  { weight: 6, arbitrary: decimal },
  { weight: 2, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: fc.constantFrom(-0, 2 ** 53, 2 ** 50, -(2 ** 50), 2 ** 51 + 1, 1e300, 5e-324, Number.NaN) },
);

const name = fc.oneof(fc.constantFrom("battery.level", "lamp.power", "container.distance"), text);
const measurement: fc.Arbitrary<Measurement> = fc.record({
  name,
  unit: fc.oneof(fc.constantFrom("%", "W", "mm", "1", "bool"), text),
  value: fc.oneof({ weight: 4, arbitrary: oddNumber }, fc.boolean(), text),
});
export const measurements = fc.array(measurement, { maxLength: 6 });

const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100_000 }) },
  { weight: 1, arbitrary: oddNumber },
);
const count = fc.oneof({ weight: 6, arbitrary: fc.nat(70_000) }, { weight: 1, arbitrary: oddNumber });

const radio = fc.record({
  rssi: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -140, max: 10 }) }, { weight: 1, arbitrary: oddNumber }),
  snr: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -100, max: 60 }).map((q) => q / 4) },
    { weight: 1, arbitrary: oddNumber },
  ),
  gateway: fc.oneof(fc.constantFrom("0016c001f1500001", "0016c001f1500002"), text),
  gateways: count,
  dr: count,
});

export const reading: fc.Arbitrary<Reading> = fc
  .record(
    {
      kind: fc.constant("reading" as const),
      device: fc.oneof(fc.constantFrom("24e124136b502217", "70b3d5e75e000042"), text),
      asset: fc.oneof(fc.constant("lamp:88383:042"), text),
      commune: fc.oneof(fc.constant("88383"), text),
      codec: fc.constantFrom("milesight-em400@1", "nas-ul20@2"),
      at: time,
      receivedAt: time,
      fCnt: count,
      fPort: fc.oneof(fc.nat(255), count),
      frame: fc.uint8Array({ maxLength: 255 }),
      radio,
      measurements,
      history: fc.array(fc.record({ at: time, measurements }), { maxLength: 2 }),
      notes: fc.array(text, { maxLength: 2 }),
      fault: fc.record({ code: text, message: text }),
    },
    {
      requiredKeys: [
        "kind",
        "device",
        "at",
        "receivedAt",
        "fCnt",
        "fPort",
        "frame",
        "measurements",
        "history",
        "notes",
      ],
    },
  )
  .map((value) => ({ ...value }));

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));
const detail = fc
  .dictionary(text, json, { maxKeys: 4, noNullPrototype: true })
  .map((value) => JSON.parse(JSON.stringify(value)));
const at = fc.integer({ min: 0, max: 2 ** 41 });

export const other: fc.Arbitrary<EntryBody> = fc.oneof(
  fc.record({ kind: fc.constant("event" as const), event: text, device: text, at, detail }),
  fc
    .record(
      {
        kind: fc.constant("outcome" as const),
        command: text,
        asset: text,
        state: text,
        at,
        reason: text,
        request: detail,
      },
      { requiredKeys: ["kind", "command", "asset", "state", "at"] },
    )
    .map((value) => ({ ...value })),
  fc.record({ kind: fc.constant("alarm" as const), alarm: text, raised: fc.boolean(), at, detail }),
  fc.record({ kind: fc.constant("registry" as const), at, change: detail }),
  fc.record({
    kind: fc.constant("loss" as const),
    at,
    reason: text,
    counts: fc
      .dictionary(text, fc.nat(), { maxKeys: 4, noNullPrototype: true })
      .map((value) => JSON.parse(JSON.stringify(value))),
  }),
  fc.record({
    kind: fc.constant("loss" as const),
    at,
    reason: fc.constantFrom("thinned", "dropped", "damaged"),
    counts: fc.constant({ reading: 3 }),
    range: fc.constant({ from: 4, to: 900 }),
    devices: fc.constant({ reading: { "24e124136b502217": 3 } }),
  }),
  fc.record({
    kind: fc.constant("clock" as const),
    at,
    boot: fc.nat(9),
    lead: fc.maxSafeInteger(),
    source: fc.constantFrom("gnss" as const, "ntp" as const, "hypervisor" as const),
  }),
  fc
    .tuple(reading, fc.nat(), at)
    .map(([{ device, fCnt, codec, at: measuredAt, measurements, history, notes, fault }, seq, when]) => ({
      kind: "correction" as const,
      at: when,
      reading: seq,
      device,
      fCnt,
      ...(codec === undefined ? {} : { codec }),
      measuredAt,
      measurements,
      history,
      notes,
      ...(fault === undefined ? {} : { fault }),
    })),
);

export const body: fc.Arbitrary<EntryBody> = fc.oneof(
  { weight: 3, arbitrary: reading },
  { weight: 1, arbitrary: other },
);

export const stamp: fc.Arbitrary<Stamp> = fc.record({
  wall: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }) },
    fc.integer({ min: 0, max: 2 ** 45 }),
  ),
  mono: fc.nat({ max: 2 ** 40 }),
  boot: fc.integer({ min: 1, max: 100_000 }),
  clock: fc.constantFrom("unknown" as const, "confirmed" as const),
});

export const HEALTH: BoxHealth = {
  lastSeq: 12,
  oldestSeq: 1,
  journalBytes: 4096,
  freeBytes: 1e9,
  daysLeft: 12.5,
  firstHop: { lossless: false, reasons: ["qos-0"] },
  brokerConnected: true,
  devices: 7,
  unregistered: 2,
  duplicates: 3,
  rewinds: 1,
  storage: {
    state: "read-only",
    since: 1_750_000_000_000,
    limitBytes: 2e9,
    usedBytes: 1e9,
    lost: { thinned: 1, dropped: 2, damaged: 3 },
  },
  version: "0.1.0",
};

export const batch: fc.Arbitrary<Batch> = fc
  .record({
    firstSeq: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 2 ** 52 })),
    // Before an entry some numbers may be gone.
    parts: fc.array(
      fc.record({ stamp, body, hole: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(100_000)) }),
      { maxLength: 12 },
    ),
    holeAtEnd: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(2 ** 40)),
    hashBefore: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    hashAfter: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    epoch: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    box: fc.constantFrom("remiremont", "saulxures-sur-moselotte"),
    sentAt: fc.nat({ max: 2 ** 41 }),
  })
  .map(({ firstSeq, parts, holeAtEnd, ...rest }) => {
    const entries: Entry[] = [];
    const gone: Hole[] = [];
    let next = firstSeq;
    const skip = (length: number): void => {
      // Of some the sender knows the hash.
      const known = length % 2 === 0 ? { hashAfter: new Uint8Array(32).fill(length % 251) } : {};
      if (length > 0) gone.push({ from: next, to: next + length - 1, ...known });
      next += length;
    };
    for (const { hole, ...part } of parts) {
      skip(hole);
      entries.push({ seq: next++, ...part });
    }
    skip(holeAtEnd);
    return { ...rest, firstSeq, health: HEALTH, entries, gone };
  });
