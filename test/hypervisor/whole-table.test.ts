/** Readings taken as columns become what they become as objects, and only those that can are taken so. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DecodedBatch, decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { GENESIS } from "../../cloud-sync/protocol/chain.ts";
import type { Batch, Entry, Reading } from "../../cloud-sync/protocol/entry.ts";
import { asEntries, mix } from "../../fixtures/mix.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { contentOf, plainContent } from "../../hypervisor/store/content.ts";
import { toBeKept } from "../../hypervisor/store/kept-entries.ts";
import { putLatest, putSeen } from "../../hypervisor/store/latest.ts";
import { type Lot, placedReadings, type Readings, type ValueRun } from "../../hypervisor/store/lots.ts";
import { measurementRows, type Rows, readingRows } from "../../hypervisor/store/reading-rows.ts";
import { rememberSeries, type Series } from "../../hypervisor/store/series.ts";
import { type Placed, sortEntries } from "../../hypervisor/store/sorting.ts";
import type { Queries } from "../../hypervisor/store/sql.ts";
import { wholeTable } from "../../hypervisor/store/whole-table.ts";
import { batch as anyBatch, HEALTH, measurements, oddNumber, reading, stamp } from "../cloud-sync/arbitrary.ts";

const SERVED = ["88383"];
const NONE = new Set<number>();
const ARRIVED = 1_800_000_000_000;

const decoded = (sent: Batch): DecodedBatch => {
  const result = decodeBatch(encodeBatch(sent));
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
};

const batchOf = (entries: readonly Entry[]): DecodedBatch =>
  decoded({
    box: "remiremont",
    epoch: 1,
    firstSeq: 1,
    entries,
    hashBefore: GENESIS,
    hashAfter: GENESIS,
    sentAt: 0,
    health: HEALTH,
  });

const isReading = (entry: Entry): entry is Placed<Reading> => entry.body.kind === "reading";

/** The readings that came in columns. */
const readingsOf = (batch: DecodedBatch): Placed<Reading>[] => {
  const apart = new Set([...(batch.table?.columns.others.keys() ?? [])]);
  return batch.entries.filter((entry, position) => !apart.has(position) && isReading(entry)) as Placed<Reading>[];
};

const bytesOf = ({ parts }: Rows): string => Buffer.concat([...parts]).toString("hex");

/** Each line of values gets a number, as the database would give it. */
const seriesBy = () => {
  const known = new Map<string, Series>();
  return ({ device, asset, name, unit }: ValueRun): Series => {
    const key = JSON.stringify([device, asset ?? "", name, unit]);
    const found = known.get(key) ?? { id: known.size + 1, latestAtLeast: Number.NEGATIVE_INFINITY };
    known.set(key, found);
    return found;
  };
};

/** Rows of values as texts, in any order: within one line they may stand in another one. */
const valuesOf = (lot: Lot, series: readonly Series[]): string[] => {
  const { parts, target } = measurementRows([lot], series);
  const bytes = Buffer.concat([...parts]);
  const rows: string[] = [];
  for (let at = 19; bytes.readInt16BE(at) !== -1; ) {
    let end = at + 2;
    for (let field = 0; field < target.columns.length; field++) end += 4 + Math.max(0, bytes.readInt32BE(end));
    rows.push(bytes.subarray(at, end).toString("hex"));
    at = end;
  }
  return rows.sort();
};

/** What is asked of the database. */
const asked = async (work: (tx: Queries) => Promise<unknown>): Promise<string[]> => {
  const lines: string[] = [];
  await work({
    async query(_text, values = []) {
      const columns = values as unknown[][];
      columns[0]!.forEach((_, row) => void lines.push(JSON.stringify(columns.map((column) => column[row]))));
      return [];
    },
    async script() {},
  });
  return lines.sort();
};

/** All that becomes of readings. */
const effects = async (readings: Readings, numberOf: (run: ValueRun) => Series) => {
  const lot: Lot = { place: { box: 7, epoch: 1, arrivedAt: ARRIVED }, readings };
  const series = readings.runs.map(numberOf);
  return {
    readings: bytesOf(readingRows([lot])),
    values: valuesOf(lot, series),
    latest: await asked((tx) => putLatest(tx, [lot], series)),
    seen: await asked((tx) => putSeen(tx, [lot], rememberSeries().lesson())),
  };
};

const expectSame = async (batch: DecodedBatch): Promise<boolean> => {
  const whole = wholeTable(batch, SERVED);
  const all = readingsOf(batch);
  if (whole === undefined) return false;
  expect(whole.placed()).toEqual(all);
  expect(whole.others()).toEqual(batch.entries.filter((entry) => !all.includes(entry as Placed<Reading>)));
  expect(sortEntries(all, SERVED)).toMatchObject({ readings: all, unusable: [] });
  expect(toBeKept(all, NONE)).toEqual([]);
  const numberOf = seriesBy();
  expect(await effects(whole.readings, numberOf)).toEqual(await effects(placedReadings(all), numberOf));
  return true;
};

/** Without what a table refuses, so that most of them are taken. */
const plausible = reading.map((odd): Reading => {
  const { at, receivedAt, fCnt, fPort, ...rest } = odd;
  const whole = (value: number, most: number): number =>
    Number.isFinite(value) ? Math.abs(Math.round(value)) % most : 0;
  return {
    ...rest,
    asset: "lamp:88383:042",
    commune: "88383",
    at: whole(at, 2_000_000_000_000),
    receivedAt: whole(receivedAt, 2_000_000_000_000),
    fCnt: whole(fCnt, 70_000),
    fPort: whole(fPort, 255),
  };
});

const steady = stamp.map((odd) => ({
  ...odd,
  wall: Math.abs(odd.wall) % 2_000_000_000_000,
  boot: Math.abs(odd.boot) % 9,
}));

test("whatever comes: what is taken as columns is what it is as objects", async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(anyBatch, async (sent) => {
      if (await expectSame(decoded(sent))) taken++;
    }),
    { numRuns: 200 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(plausible, steady), { minLength: 1, maxLength: 12 }), async (lines) => {
      const entries = lines.map(([body, at], index): Entry => ({ seq: index + 1, stamp: at, body }));
      if (await expectSame(batchOf(entries))) taken++;
    }),
    { numRuns: 400 },
  );
  expect(taken).toBeGreaterThan(20);
});

test("two readings of one moment, and older values of the same: the same one stands as the latest", async () => {
  const own = (value: number, more: Partial<Reading> = {}): Reading => ({
    kind: "reading",
    device: "70b3d5e75e000042",
    asset: "lamp:88383:042",
    at: 1_700_000_000_000,
    receivedAt: 1_700_000_000_000,
    fCnt: value,
    fPort: 1,
    frame: Uint8Array.of(value),
    measurements: [{ name: "lamp.power", value, unit: "W" }],
    history: [{ at: 1_700_000_000_000, measurements: [{ name: "lamp.power", value: 99, unit: "W" }] }],
    notes: [],
    ...more,
  });
  // Of another codec, and of another shape: series of their own in the batch, one line in the region.
  const bodies = [
    own(1, { codec: "b@1" }),
    own(2, { codec: "a@1", history: [] }),
    own(3, { codec: "b@1", measurements: [...own(3).measurements, { name: "lamp.energy", value: 1, unit: "kWh" }] }),
    own(4, { codec: "a@1", history: [], at: 1_699_999_999_000 }),
  ];
  const twice = own(5, { codec: "a@1", history: [] });
  const stamped = { wall: 1_700_000_000_000, mono: 5, boot: 1, clock: "confirmed" as const };
  for (const [sent, newest] of [
    [bodies, "3"],
    [[...bodies, twice], "5"],
  ] as const) {
    const batch = batchOf(sent.map((body, index) => ({ seq: index + 1, stamp: stamped, body })));
    const readings = wholeTable(batch, SERVED)!.readings;
    const lot: Lot = { place: { box: 7, epoch: 1, arrivedAt: ARRIVED }, readings };
    const latest = await asked((tx) => putLatest(tx, [lot], readings.runs.map(seriesBy())));
    expect(latest.map((line) => JSON.parse(line)[5])).toContain(newest);
    expect(await expectSame(batch)).toBe(true);
  }
});

test("readings of the house's codecs are taken as columns, all of them", async () => {
  const communes = COMMUNES.slice(0, 1).map(({ insee }) => insee);
  const batch = batchOf(asEntries(mix(1, 2)));
  const whole = wholeTable(batch, communes);
  const all = readingsOf(batch);
  expect(all.length).toBeGreaterThan(300);
  const numberOf = seriesBy();
  expect(await effects(whole!.readings, numberOf)).toEqual(await effects(placedReadings(all), numberOf));
});

test.each<[string, Partial<Reading>]>([
  ["a commune that is not served", { commune: "55043" }],
  ["an asset of one that is not served", { asset: "lamp:55043:001" }],
  ["NUL in a name", { measurements: [{ name: "a\0b", value: 1, unit: "W" }] }],
  ["NUL in a text that was measured", { measurements: [{ name: "a", value: "x\0", unit: "" }] }],
  ["a value that is no number", { measurements: [{ name: "a", value: Number.NaN, unit: "" }] }],
  ["NUL in a device", { device: "x\0y" }],
  ["NUL in a note", { notes: ["x\0"] }],
  ["NUL in a fault", { fault: { code: "c", message: "\0" } }],
  ["a time beyond any", { at: 8.7e14 }],
  ["a time a column would round", { receivedAt: 8_000_000_000_001 }],
  ["NUL in an older value", { history: [{ at: 1, measurements: [{ name: "n", value: "\0", unit: "" }] }] }],
])("one reading with %s: each of its batch is looked at by itself", (_, odd) => {
  const good = asEntries(mix(1, 1)).slice(0, 20);
  const communes = COMMUNES.slice(0, 1).map(({ insee }) => insee);
  expect(wholeTable(batchOf(good), communes)).toBeDefined();
  const spoilt = good.map((entry, index) =>
    index === 7 ? { ...entry, body: { ...entry.body, ...odd } as Reading } : entry,
  );
  const batch = batchOf(spoilt);
  const whole = wholeTable(batch, communes);
  // What does not fit columns comes as a row of its own: then it is not among the readings of the table.
  const cameAlone = !readingsOf(batch).some(({ seq }) => seq === 8);
  expect(whole === undefined || cameAlone).toBe(true);
  const areAllPlain =
    sortEntries(batch.entries, communes).readings.length === 20 && toBeKept(batch.entries, NONE).length === 0;
  expect(areAllPlain).toBe(false);
});

test("the JSON of a plain reading's values is that of any reading's", () => {
  fc.assert(
    fc.property(measurements, oddNumber, (all, number) => {
      const finite = all.map((each) => ({ ...each, value: Number.isNaN(each.value) ? 0 : each.value }));
      const read = [...finite, { name: "n", value: Number.isFinite(number) ? number : 1, unit: "u" }];
      const usable = read.filter(({ value }) => typeof value !== "number" || Number.isFinite(value));
      const plain = {
        labels: usable.map(({ name, unit }) => ({ name, unit, bytes: new Uint8Array() })),
        values: usable.map(({ value }) => value),
      };
      const whole = JSON.stringify(contentOf({ measurements: usable, history: [], notes: [] }));
      expect(plainContent(plain)).toBe(whole);
    }),
  );
});
