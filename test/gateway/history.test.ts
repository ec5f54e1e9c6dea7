/** A frame's past, from its bytes to the region's table: each value arrives at its own time. */
import { expect, test } from "vitest";
import { decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { GENESIS, runChain } from "../../cloud-sync/protocol/chain.ts";
import type { Entry, Reading } from "../../cloud-sync/protocol/entry.ts";
import { findCodec } from "../../codecs/index.ts";
import { findModel } from "../../device-registry/models.ts";
import type { Asset, Device } from "../../device-registry/words.ts";
import { readingOf } from "../../gateway/readings.ts";
import type { UpEvent } from "../../gateway/words.ts";
import { forEachValue } from "../../hypervisor/store/lots.ts";
import { health } from "../hypervisor/batches.ts";

const T0 = Date.parse("2021-07-09T03:52:00Z");
const HOUR = 3_600_000;

const meter: Asset = {
  ref: "meter:88383:001",
  kind: "meter",
  commune: "88383",
  use: "water",
  attributes: { wattHoursPerPulse: 0.5 },
};
const device = (model: string): Device => ({
  devEui: "20eb0a0000000001",
  model,
  state: "in-service",
  asset: meter.ref,
});

function reading(model: string, fPort: number, hex: string): Reading {
  const event: UpEvent = {
    kind: "up",
    deduplicationId: "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    devEui: device(model).devEui,
    applicationId: "",
    deviceName: "",
    tags: {},
    time: T0,
    devAddr: "00189440",
    fCnt: 1,
    fPort,
    dr: 5,
    confirmed: false,
    data: Buffer.from(hex, "hex"),
  };
  return readingOf(event, {
    registry: { device: () => device(model), asset: () => meter },
    findModel,
    findCodec,
  });
}

/** Over the wire in a batch, and to the rows of the region's table. */
function arrived(body: Reading): { at: string; name: string; value: unknown }[] {
  const entry: Entry = { seq: 1, stamp: { wall: T0, mono: 1, boot: 1, clock: "confirmed" }, body };
  const batch = decodeBatch(
    encodeBatch({
      box: "remiremont",
      epoch: 1,
      firstSeq: 1,
      entries: [entry],
      hashBefore: GENESIS,
      hashAfter: runChain(GENESIS, [entry]),
      sentAt: T0,
      health,
    }),
  );
  if (!batch.ok) throw new Error(batch.fault.message);
  const rows: { at: string; name: string; value: unknown }[] = [];
  const placed = batch.value.entries.map(({ seq, stamp, body: one }) => ({ seq, stamp, body: one as Reading }));
  forEachValue(placed, (_, at, { name, value }) => rows.push({ at: new Date(at).toISOString(), name, value }));
  return rows;
}

test("the hours of an Axioma stand at the hours of its own clock", () => {
  const rows = arrived(
    reading(
      "axioma-w1",
      100,
      "bfc7e7600028950100c0e8e660f79301001e0004000f000b00200005001d0054002d000f000a000a00000003000300",
    ),
  );
  const totals = rows.filter(({ name }) => name === "meter.water.total");
  expect(totals).toHaveLength(17);
  expect(totals[0]).toEqual({ at: "2021-07-08T12:00:00.000Z", name: "meter.water.total", value: 103.415 });
  for (const [i, { at }] of totals.slice(0, 16).entries()) {
    expect(Date.parse(at)).toBe(Date.parse("2021-07-08T12:00:00Z") + i * HOUR);
  }
  expect(totals[16]).toEqual({ at: "2021-07-09T03:51:27.000Z", name: "meter.water.total", value: 103.72 });
  expect(rows.filter(({ name }) => name === "meter.water.delta")).toHaveLength(15);
});

test("the quarters of a Fludia end when its frame came", () => {
  const rows = arrived(reading("fludia-fm432", 129, "690f0000ffff00010002000300040005000600070008"));
  expect(rows.filter(({ name }) => name === "pulse.delta").map(({ at, value }) => [at, value])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((value) => [new Date(T0 - (8 - value) * (HOUR / 4)).toISOString(), value]),
  );
  const energy = rows.filter(({ name }) => name === "meter.energy.delta");
  expect(energy.map(({ value }) => value)).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]);
  expect(energy[0]?.at).toBe(new Date(T0 - 7 * (HOUR / 4)).toISOString());
  expect(rows.find(({ name }) => name === "pulse.total")).toEqual({
    at: new Date(T0).toISOString(),
    name: "pulse.total",
    value: 65_535,
  });
});
