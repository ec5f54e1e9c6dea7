/** The certificate of a day, at the region and at the box, against devices whose every transmission is known. */
import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { certificateText } from "../../api/completeness.ts";
import { heldTo } from "../../cli/completeness.ts";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { packBodySync, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { createCompleteness } from "../../gateway/completeness.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import type { Sql } from "../../hypervisor/store/sql.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { HEALTH } from "../cloud-sync/arbitrary.ts";
import { readingOf } from "./batches.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 2, 2);
const METER = "24e124713b490001";
const LAMP = "70b3d57050001234";
const SILENT = "24e124713b490002";

let sql: Sql;
let store: Store;
beforeAll(async () => {
  sql = await openPglite();
  store = await createSqlStore(sql, MONDAY);
});
afterAll(() => store.close());

const placing = (devEui: string, ref: string): EntryBody[] => [
  {
    kind: "registry",
    at: MONDAY,
    change: { op: "put-asset", asset: { ref, kind: "meter", commune: "88383", use: "water", attributes: {} } },
  },
  { kind: "registry", at: MONDAY, change: { op: "put-device", device: { devEui, model: "axioma-w1", asset: ref } } },
];

const frame = (device: string, fCnt: number, at: number): EntryBody =>
  readingOf({ device, fCnt, at, receivedAt: at, asset: "meter:88383:1", history: [] });

let boxes = 0;
const boxWith = async () => {
  const box = `box-${++boxes}`;
  await store.addBox({ name: box, communes: ["88383"] }, MONDAY);
  const db = new Database(":memory:");
  let wall = MONDAY;
  const clock = { now: () => ({ wall, mono: wall - MONDAY + 5, clock: "confirmed" as const }) };
  const journal = openJournal(db, { clock, epoch: 3, checkpointEvery: 8, stretch: 64 });
  const write = (...bodies: readonly EntryBody[]): void => {
    for (const body of bodies) {
      wall = Math.max(wall, body.at);
      journal.write((append) => void append(body));
    }
  };
  const send = async (): Promise<void> => {
    for (let after = journal.cursor("region").seq; after < journal.lastSeq; ) {
      const run = journal.read(after, { entries: 50, bytes: 1e9 });
      const body = packBodySync({ ...run, box, epoch: 3, sentAt: wall, health: HEALTH });
      const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body });
      if (!read.ok) throw new Error(read.fault.message);
      expect((await store.acceptBatch(read.value, wall)).status).toBe(200);
      after = journal.moveCursor("region", run.lastSeq).seq;
    }
  };
  const completeness = createCompleteness({
    box,
    journal,
    registry: {
      devices: () =>
        [METER, SILENT].map((devEui) => ({
          devEui,
          model: "axioma-w1",
          asset: "meter:88383:1",
          state: "in-service" as const,
        })),
    },
    findModel: () => ({ expectedIntervalSeconds: 3_600 }),
    now: () => MONDAY + 3 * DAY,
  });
  return { box, db, journal, write, send, completeness };
};

/** Three days: the meter each hour with some frames unheard, the lamp twice a day around a rollover, and a join. */
const threeDays = (): EntryBody[] => {
  const bodies: EntryBody[] = [];
  for (let hour = 0; hour < 72; hour++) {
    const at = MONDAY + hour * HOUR + 60_000;
    const unheard = [5, 6, 30].includes(hour);
    if (!unheard) bodies.push(frame(METER, hour + 1, at));
    if (hour % 12 === 0 && hour !== 36) bodies.push(frame(LAMP, (65_534 + hour / 12) % 65_536, at + 1));
  }
  return bodies;
};

const counted = (devices: readonly { device: string; received: number; missed: number }[]) =>
  Object.fromEntries(devices.map(({ device, received, missed }) => [device, [received, missed]]));

test("received and lost on air are those of the truth, day by day; a placed device that is silent is named", async () => {
  const { box, write, send, journal } = await boxWith();
  write(...placing(METER, "meter:88383:1"), ...placing(SILENT, "meter:88383:2"), ...threeDays());
  await send();
  const monday = MONDAY / DAY;
  const first = await store.completeness(box, monday);
  expect(counted(first.devices)).toEqual({ [METER]: [22, 2], [LAMP]: [2, 0], [SILENT]: [0, 0] });
  expect(first).toMatchObject({ isOver: true, lost: 0 });
  const second = await store.completeness(box, monday + 1);
  expect(counted(second.devices)).toEqual({ [METER]: [23, 1], [LAMP]: [1, 1], [SILENT]: [0, 0] });
  expect(second.devices.find(({ device }) => device === METER)?.usual).toEqual([24]);
  const third = await store.completeness(box, monday + 2);
  expect(third.isOver).toBe(false);
  const [place] = second.history;
  expect(place?.before).toEqual(new Uint8Array(journal.hashAt(place!.firstSeq - 1)!));
  expect(place?.after).toEqual(new Uint8Array(journal.hashAt(place!.lastSeq)!));
  // Counted in portions or at once is the same.
  expect(await store.completeness(box, monday)).toEqual(first);
});

test("a batch at a time or all at once, the numbers are the same", async () => {
  const [one, other] = [await boxWith(), await boxWith()];
  const bodies = threeDays();
  for (const body of bodies) {
    one.write(body);
    await one.send();
    if (body.at % 7 === 0) await store.completeness(one.box, MONDAY / DAY);
  }
  other.write(...bodies);
  await other.send();
  for (const day of [0, 1, 2]) {
    const [mine, theirs] = [one, other].map(async ({ box }) => store.completeness(box, MONDAY / DAY + day));
    expect((await mine!).devices).toEqual((await theirs!).devices);
  }
});

test("box and region state the same, and the region's certificate holds against the box's journal only while nobody touches it", async () => {
  const { box, write, send, completeness } = await boxWith();
  write(...placing(METER, "meter:88383:1"), ...placing(SILENT, "meter:88383:2"), ...threeDays());
  await send();
  const mine = await completeness.of("2026-03-03");
  const theirs = await store.completeness(box, MONDAY / DAY + 1);
  expect(mine.devices.map(({ device, received, lostOnAir }) => [device, received, lostOnAir])).toEqual(
    theirs.devices.map(({ device, received, missed }) => [device, received, missed]),
  );
  const hex = (hash?: Uint8Array) => Buffer.from(hash!).toString("hex");
  const region = {
    ...mine,
    by: "region" as const,
    history: theirs.history.map(({ before, after, ...place }) => ({
      ...place,
      before: hex(before),
      after: hex(after),
    })),
  };
  expect(region.history).toEqual(mine.history);
  const certificate = { ...region, hash: createHash("sha256").update(certificateText(region)).digest("hex") };
  const hashAfter = async (seq: number) => completeness.hashAfter(seq);
  expect(await heldTo(certificate, hashAfter)).toMatchObject({ same: true, differences: [] });
  const forged = { ...certificate, lost: 1 };
  expect(await heldTo(forged, hashAfter)).toMatchObject({ same: false, differences: ["hash"] });
  const [place] = certificate.history;
  const other = { ...certificate, history: [{ ...place!, lastSeq: place!.lastSeq - 1 }] };
  expect((await heldTo(other, hashAfter)).differences).toContain(`entry ${place!.lastSeq - 1}`);
});

test("what the box shed before it was sent is lost by us, declared and taken off what the air lost", async () => {
  const { box, journal, write, send, completeness } = await boxWith();
  write(...threeDays().slice(0, 12));
  await send();
  // Too little room: the oldest of what is unsent goes.
  for (let n = 0; n < 200; n++) write(frame(METER, 100 + n, MONDAY + 20 * HOUR + n * 1_000));
  journal.prune(journal.cursor("region").seq);
  expect(journal.drop()).toBeGreaterThan(0);
  write(frame(METER, 300, MONDAY + DAY + HOUR));
  await send();
  const day = await store.completeness(box, MONDAY / DAY);
  const meter = day.devices.find(({ device }) => device === METER)!;
  expect(day.lost).toBeGreaterThan(0);
  expect(meter.lost).toBe(day.lost);
  expect(meter.missed).toBeGreaterThanOrEqual(meter.lost);
  expect(meter.received).toBe(11 + 200 - day.lost);
  // Dropped: the first of the two hundred. Between 13 and 100 the air lost 86.
  expect(meter.missed - meter.lost).toBe(2 + 86);
  const mine = (await completeness.of("2026-03-02")).devices.find(({ device }) => device === METER)!;
  expect(mine.lostByUs).toBeGreaterThan(0);
  // A box tells a loss again to a region that had forgotten it; where a better backup was put in place since, it is there twice.
  const [loss] = journal.read(journal.cursor("region").seq - 2, { entries: 1, bytes: 1e6 }).entries;
  expect(loss!.body).toMatchObject({ kind: "loss", reason: "dropped" });
  write({ ...loss!.body }, frame(METER, 301, MONDAY + DAY + 2 * HOUR));
  await send();
  expect(await store.completeness(box, MONDAY / DAY)).toMatchObject({ lost: day.lost });
});

test("after the comparison has healed rows the days are counted anew", async () => {
  const { box, journal, write, send } = await boxWith();
  write(...threeDays());
  await send();
  const whole = await store.completeness(box, MONDAY / DAY);
  await sql.query("DELETE FROM reading WHERE box = (SELECT id FROM box WHERE name = $1) AND seq IN (3, 4)", [box]);
  const run = journal.held(1, journal.lastSeq);
  const body = packBodySync({ ...run, box, epoch: 3, sentAt: MONDAY, health: HEALTH });
  const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body });
  if (!read.ok) throw new Error(read.fault.message);
  expect(await store.mend(read.value, MONDAY)).toBe(2);
  expect(await store.completeness(box, MONDAY / DAY)).toEqual(whole);
});
