/** What every store must do, whatever database is behind it. */
import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { EntryBody, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Command } from "../../commands/command.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import type { Sql, Transaction } from "../../hypervisor/store/sql.ts";
import type { Change, Store } from "../../hypervisor/store/store.ts";
import { Journal, readingOf } from "./batches.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const DAY = 86_400_000;

export interface ContractGround {
  /** A database of the suite's own. */
  openSql(): Promise<Sql>;
  close(): Promise<void>;
}

/** A transaction that breaks at its n-th statement: what a lost connection or a killed process leaves behind. */
const breaking = (sql: Sql): { readonly sql: Sql; readonly breakAt: (statement: number) => void } => {
  let left = 0;
  const countDown = () => {
    if (left > 0 && --left === 0) throw new Error("broken on purpose");
  };
  const wrap = (tx: Transaction): Transaction => ({
    async query<Row>(text: string, values?: readonly unknown[]) {
      countDown();
      return tx.query<Row>(text, values);
    },
    script: (text) => tx.script(text),
    async copy(target, rows) {
      countDown();
      return tx.copy(target, rows);
    },
  });
  return {
    sql: {
      ...sql,
      transaction: (work) => sql.transaction((tx) => work(wrap(tx))),
      listen: async () => async () => {},
      close: async () => {},
    },
    breakAt(statement) {
      left = statement;
    },
  };
};

const lamp = (local: string, commune = "88383") => `lamp:${commune}:${local}`;

const placing = (ref: string, devEui: string, commune = "88383"): EntryBody[] => [
  {
    kind: "registry",
    at: NOW,
    change: { op: "put-asset", asset: { ref, kind: "lamp", commune, use: "lighting", attributes: { ratedWatts: 40 } } },
  },
  { kind: "registry", at: NOW, change: { op: "put-device", device: { devEui, model: "nas-ul20xx", asset: ref } } },
];

const wish = (target: string, changes: Partial<Command> = {}): Command => ({
  id: randomUUID(),
  target,
  name: "dim",
  fields: { level: 50 },
  author: "page",
  precedence: "operator",
  requestedAt: NOW,
  expiresAt: NOW + 600_000,
  ...changes,
});

export const storeContract = (name: string, prepare: () => Promise<ContractGround>): void => {
  describe(`store contract: ${name}`, () => {
    let ground: ContractGround;
    let sql: Sql;
    let store: Store;
    let boxes = 0;

    beforeAll(async () => {
      ground = await prepare();
      sql = await ground.openSql();
      store = await createSqlStore(sql, NOW);
    });
    afterAll(async () => {
      await store?.close();
      await ground?.close();
    });

    const newBox = async (communes: readonly string[] = ["88383"]): Promise<Journal> => {
      const box = `box-${++boxes}`;
      expect(await store.addBox({ name: box, communes }, NOW)).toBe("added");
      return new Journal(box);
    };
    const boxState = async (journal: Journal) => (await store.boxes()).find(({ name }) => name === journal.box)!;
    const readingsOf = (journal: Journal, afterSeq = 0) =>
      store.readings({ box: journal.box, afterSeq, limit: 10_000 });
    const seqsOf = async (journal: Journal) => (await readingsOf(journal)).map(({ seq }) => seq);
    const accept = (journal: Journal, first: number, last: number, at = NOW) =>
      store.acceptBatch(journal.batch(first, last), at);

    /** Common up to entry 5; then 6 and 7 of the one are durable, and the other has 6 to 9 of its own. */
    const forked = async () => {
      const journal = await newBox();
      for (let fCnt = 1; fCnt <= 5; fCnt++) journal.append(readingOf({ fCnt }));
      const clone = journal.copy();
      for (let fCnt = 6; fCnt <= 7; fCnt++) journal.append(readingOf({ fCnt }));
      for (let fCnt = 6; fCnt <= 9; fCnt++) clone.append(readingOf({ fCnt: fCnt + 1_000 }));
      expect(await accept(journal, 1, 7)).toMatchObject({ status: 200 });
      return { journal, clone };
    };

    test("a reading comes back as the box sent it", async () => {
      const journal = await newBox();
      const whole = readingOf({
        notes: ["counter-restart", 'strange, "note"'],
        history: [{ at: NOW - DAY, measurements: [{ name: "temperature", value: -0.1, unit: "Cel" }] }],
      });
      const bare: Reading = {
        kind: "reading",
        device: "0004a30b00e8a1b2",
        at: NOW,
        receivedAt: NOW,
        fCnt: 0,
        fPort: 0,
        frame: new Uint8Array(),
        measurements: [],
        history: [],
        notes: [],
        fault: { code: "unknown-codec", message: "no codec" },
      };
      journal.append(whole, bare);
      expect(await accept(journal, 1, 2)).toMatchObject({ status: 200, durableSeq: 2, quarantined: [] });
      const { kind: _w, ...wholeFields } = whole;
      const { kind: _b, ...bareFields } = bare;
      const place = { box: journal.box, epoch: 1 };
      expect(await readingsOf(journal)).toEqual([
        { ...place, seq: 1, ...wholeFields, frame: expect.anything() },
        { ...place, seq: 2, ...bareFields, frame: expect.anything() },
      ]);
      const frames = (await readingsOf(journal)).map(({ frame }) => Buffer.from(frame).toString("hex"));
      expect(frames).toEqual(["01755c", ""]);
    });

    test("a batch twice, or overlapping, has the effect of once", async () => {
      const journal = await newBox();
      journal.append(...Array.from({ length: 6 }, (_, fCnt) => readingOf({ fCnt })));
      expect(await accept(journal, 1, 4)).toMatchObject({ durableSeq: 4 });
      expect(await accept(journal, 1, 4)).toMatchObject({ status: 200, durableSeq: 4 });
      expect(await accept(journal, 2, 3)).toMatchObject({ status: 200, durableSeq: 4 });
      expect(await accept(journal, 3, 6)).toMatchObject({ status: 200, durableSeq: 6 });
      expect(await seqsOf(journal)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    test("a gap, another epoch and another history are refused and store nothing", async () => {
      const journal = await newBox();
      journal.append(...Array.from({ length: 6 }, (_, fCnt) => readingOf({ fCnt })));
      await accept(journal, 1, 2);
      expect(await accept(journal, 4, 6)).toMatchObject({ status: 409, expectedSeq: 3 });
      expect(await store.acceptBatch(journal.batch(3, 4, { epoch: 2 }), NOW)).toEqual({ status: 410, epoch: 1 });
      const clone = new Journal(journal.box);
      clone.append(...Array.from({ length: 4 }, (_, fCnt) => readingOf({ fCnt: fCnt + 100 })));
      expect(await accept(clone, 3, 4)).toMatchObject({ status: 423, incident: expect.stringMatching(/^\d+$/) });
      expect(await accept(clone, 3, 4)).toMatchObject({ status: 423 });
      expect((await boxState(journal)).incident).toMatch(/^\d+$/);
      const kept = await sql.query<{ batch: string }>(
        "SELECT batch FROM fork WHERE box = (SELECT id FROM box WHERE name = $1)",
        [journal.box],
      );
      expect(kept).toHaveLength(1);
      expect(kept[0]?.batch).toContain(journal.box);
      expect(await seqsOf(journal)).toEqual([1, 2]);
    });

    test("whatever statement breaks, nothing is stored; the next try stores all", async () => {
      const journal = await newBox();
      journal.append(
        ...placing(lamp("900"), "70b3d57050000900"),
        readingOf({ asset: lamp("900") }),
        { kind: "event", event: "join", device: "70b3d57050000900", at: NOW, detail: { devAddr: "01020304" } },
        { kind: "registry", at: NOW, change: { op: "sing" } },
      );
      const frail = breaking(sql);
      const attempts = await createSqlStore(frail.sql, NOW);
      const statementsMax = 30;
      let broken = 0;
      for (let statement = 1; statement <= statementsMax; statement++) {
        frail.breakAt(statement);
        const reply = await attempts.acceptBatch(journal.batch(1, 5), NOW).catch(() => undefined);
        if (reply !== undefined) break;
        broken++;
        expect((await boxState(journal)).durableSeq).toBe(0);
        expect(await seqsOf(journal)).toEqual([]);
        expect(await store.assets({ refs: [lamp("900")], limit: 1 })).toEqual([]);
        expect(await store.quarantine(journal.box)).toEqual([]);
      }
      expect(broken).toBeGreaterThan(10);
      expect(broken).toBeLessThan(statementsMax);
      expect(await boxState(journal)).toMatchObject({ durableSeq: 5, quarantined: 1 });
      expect(await seqsOf(journal)).toEqual([3]);
      // Also the values: a number learnt in a broken transaction must not be used in the next.
      const values = { asset: lamp("900"), measurement: "temperature", from: 0, to: NOW, limit: 10 };
      expect((await store.series(values))?.points.map(({ value }) => value)).toEqual([25.7]);
      expect(await store.events(journal.box, 0, 10)).toEqual([
        { seq: 4, kind: "event", name: "join", device: "70b3d57050000900", at: NOW, detail: { devAddr: "01020304" } },
      ]);
    });

    test("readings of 1970 and of the year 9999 are stored, and neither holds the latest value", async () => {
      const journal = await newBox();
      const ref = lamp("910");
      const at = (time: number, value: number) =>
        readingOf({ asset: ref, at: time, measurements: [{ name: "lamp.power", value, unit: "W" }] });
      journal.append(...placing(ref, "70b3d57050000910"), at(NOW - 1000, 10), at(0, 1), at(Date.UTC(9999, 0), 99));
      expect(await accept(journal, 1, 5)).toMatchObject({ status: 200, quarantined: [] });
      const latest = async () => (await store.assets({ refs: [ref], limit: 1 }))[0]?.latest["lamp.power"]?.value;
      expect(await latest()).toBe(99);
      journal.append(at(NOW + 60_000, 11));
      await accept(journal, 6, 6, NOW + 60_000);
      expect(await latest()).toBe(11);
      journal.append(at(NOW - DAY, 3));
      await accept(journal, 7, 7, NOW + 61_000);
      expect(await latest()).toBe(11);
      const all = { asset: ref, measurement: "lamp.power", from: -1, to: Date.UTC(9999, 1), limit: 100 };
      expect((await store.series(all))?.points.map(({ value }) => value)).toEqual([1, 3, 10, 11, 99]);
      expect((await store.series({ ...all, limit: 2 }))?.points.map(({ value }) => value)).toEqual([11, 99]);
      expect((await store.series({ ...all, from: NOW - 1000, to: NOW }))?.points).toEqual([
        { at: NOW - 1000, value: 10 },
      ]);
    });

    test("history becomes points of its own time; instances, texts and switches are kept apart", async () => {
      const journal = await newBox();
      const ref = lamp("920");
      journal.append(
        readingOf({
          asset: ref,
          at: NOW,
          measurements: [
            { name: "lamp.power@9", value: 42, unit: "W" },
            { name: "lamp.power", value: 39.5, unit: "W" },
            { name: "lamp.on", value: false, unit: "bool" },
            { name: "lamp.reason", value: "", unit: "1" },
          ],
          history: [{ at: NOW - 3_600_000, measurements: [{ name: "lamp.power", value: 38, unit: "W" }] }],
        }),
      );
      await accept(journal, 1, 1);
      const points = async (measurement: string) =>
        (await store.series({ asset: ref, measurement, from: 0, to: NOW + 1, limit: 10 }))?.points;
      expect(await points("lamp.power")).toEqual([
        { at: NOW - 3_600_000, value: 38 },
        { at: NOW, value: 39.5 },
      ]);
      expect(await points("lamp.power@9")).toEqual([{ at: NOW, value: 42 }]);
      expect(await points("lamp.on")).toEqual([{ at: NOW, value: false }]);
      expect(await points("lamp.reason")).toEqual([{ at: NOW, value: "" }]);
      expect(await points("lamp.colour")).toBeUndefined();
    });

    test("entries that cannot be used go aside with a reason, and the cursor moves on", async () => {
      const journal = await newBox();
      const outcome = { kind: "outcome" as const, asset: lamp("042"), at: NOW };
      journal.append(
        readingOf({ at: Number.NaN }),
        readingOf({ measurements: [{ name: "a\0b", value: 1, unit: "1" }] }),
        readingOf({ measurements: [{ name: "a", value: Number.POSITIVE_INFINITY, unit: "1" }] }),
        readingOf({ device: "\ud800" }),
        { kind: "event", event: "log", device: "d", at: NOW, detail: { deep: [{ text: "\0" }] } },
        { kind: "registry", at: NOW, change: { op: "put-asset", asset: { ref: "x" } } },
        ...placing(lamp("001", "55043"), "70b3d57050000930", "55043").slice(0, 1),
        { ...outcome, command: randomUUID(), state: "queued" },
        { ...outcome, command: "not a uuid", state: "queued" },
        { ...outcome, command: randomUUID(), state: "dreaming" },
        { ...outcome, command: randomUUID(), state: "accepted", request: { id: "x" } },
        readingOf(),
      );
      const foreign = {
        seq: 13,
        stamp: { wall: NOW, mono: 1, boot: 1, clock: "confirmed" as const },
        text: '{"kind":"\0"}',
      };
      const reply = await store.acceptBatch({ ...journal.batch(1, 12), lastSeq: 13, unusable: [foreign] }, NOW);
      expect(reply).toMatchObject({
        status: 200,
        durableSeq: 13,
        quarantined: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13],
      });
      expect((await store.quarantine(journal.box)).map(({ code }) => code)).toEqual([
        ...["shape", "shape", "shape", "shape", "shape", "registry-shape", "commune-not-served", "command-unknown"],
        ...["command-id", "state-unknown", "request-shape", "body-unknown"],
      ]);
      expect(await seqsOf(journal)).toEqual([12]);
    });

    test("however a journal is cut, repeated and mixed, the store holds it once and in order", async () => {
      const value = fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0") && text.isWellFormed()),
      );
      const reading = fc.record({
        fCnt: fc.nat(),
        at: fc.integer({ min: -DAY, max: NOW * 2 }),
        value,
        frame: fc.uint8Array({ maxLength: 60 }),
      });
      const runs = fc.array(fc.tuple(fc.nat({ max: 14 }), fc.nat({ max: 14 })), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(fc.array(reading, { minLength: 1, maxLength: 15 }), runs, async (sent, cuts) => {
          const journal = await newBox();
          journal.append(
            ...sent.map(({ value, ...rest }) =>
              readingOf({ ...rest, asset: `${journal.box}:x`, measurements: [{ name: "v", value, unit: "1" }] }),
            ),
          );
          const within = (place: number) => 1 + (place % sent.length);
          for (const [a, b] of cuts) {
            const [first, last] = [Math.min(within(a), within(b)), Math.max(within(a), within(b))];
            const reply = await accept(journal, first, last);
            expect([200, 409]).toContain(reply.status);
          }
          const { durableSeq } = await boxState(journal);
          await accept(journal, durableSeq + 1, sent.length);
          const stored = await readingsOf(journal);
          expect(
            stored.map(({ seq, at, fCnt, frame, measurements }) => ({
              seq,
              at,
              fCnt,
              frame: Buffer.from(frame),
              value: measurements[0]?.value,
            })),
          ).toEqual(
            sent.map(({ at, fCnt, frame, value }, place) => ({
              seq: place + 1,
              at,
              fCnt,
              frame: Buffer.from(frame),
              value: Object.is(value, -0) ? 0 : value,
            })),
          );
          const count = await sql.query<{ rows: number }>(
            "SELECT count(*)::int4 AS rows FROM measured WHERE box = $1",
            [journal.box],
          );
          expect(count[0]?.rows).toBe(sent.length);
        }),
        { numRuns: 25 },
      );
    });

    test("assets are found by commune, use and page; the registry's last word counts", async () => {
      const journal = await newBox(["88429"]);
      const refs = ["1", "2", "3"].map((local) => lamp(local, "88429"));
      journal.append(...refs.flatMap((ref, place) => placing(ref, `70b3d5705000100${place}`, "88429")));
      journal.append(
        { kind: "registry", at: NOW, change: { op: "remove-device", devEui: "70b3d57050001000" } },
        {
          kind: "registry",
          at: NOW,
          change: { op: "put-device", device: { devEui: "70b3d57050001009", model: "m", asset: refs[0] } },
        },
      );
      await accept(journal, 1, journal.lastSeq);
      const page = await store.assets({ commune: "88429", limit: 2 });
      expect(page.map(({ ref }) => ref)).toEqual(refs.slice(0, 2));
      expect(page[0]).toMatchObject({
        box: journal.box,
        device: { devEui: "70b3d57050001009" },
        attributes: { ratedWatts: 40 },
      });
      expect((await store.assets({ commune: "88429", after: refs[1]!, limit: 2 })).map(({ ref }) => ref)).toEqual([
        refs[2],
      ]);
      expect(await store.assets({ commune: "88429", use: "water", limit: 2 })).toEqual([]);
      expect((await store.assetCounts()).get("88429")).toBe(3);
    });

    test("territories come back in their order, and are replaced whole", async () => {
      const communes = [
        { insee: "88429", name: "Saint-Nabord" },
        { insee: "88383", name: "Remiremont", latitude: 48.017, longitude: 6.589 },
      ];
      await store.replaceTerritories({
        region: "Old",
        territories: [{ id: "o", name: "O", communes: [{ insee: "51237", name: "E" }] }],
      });
      const whole = { region: "Grand Est", territories: [{ id: "200068377", name: "CC", communes }] };
      await store.replaceTerritories(whole);
      expect(await store.territories()).toEqual(whole);
    });

    test("a revoked or unknown box is refused", async () => {
      const journal = await newBox();
      journal.append(readingOf());
      await store.revokeBox(journal.box, NOW);
      expect(await store.admitsBox(journal.box)).toBe(false);
      await expect(accept(journal, 1, 1)).rejects.toMatchObject({ code: "box-unknown" });
      await expect(store.addCommand(wish(lamp("1")), journal.box)).rejects.toMatchObject({ code: "box-unknown" });
      expect(await store.takeOrders(journal.box, 0, NOW)).toEqual([]);
      expect(await store.addBox({ name: journal.box, communes: [] }, NOW)).toBe("exists");
    });

    test("a heartbeat is a proof of life and stores nothing", async () => {
      const journal = await newBox();
      journal.append(readingOf());
      await accept(journal, 1, 1, NOW);
      expect(await accept(journal, 2, 1, NOW + 15_000)).toMatchObject({ status: 200, durableSeq: 1 });
      expect(await boxState(journal)).toMatchObject({ lastProofAt: NOW + 15_000, durableSeq: 1, epoch: 1 });
      await store.proofOfLife(journal.box, NOW + 5_000);
      expect((await boxState(journal)).lastProofAt).toBe(NOW + 15_000);
    });

    test("the newest state comes ahead of its history, moves no cursor, and history does not turn it back", async () => {
      const journal = await newBox();
      const ref = lamp(`ahead-${boxes}`);
      const at = (n: number) => NOW - DAY + n * 60_000;
      const powered = (n: number) =>
        readingOf({
          device: "70b3d57050000777",
          asset: ref,
          at: at(n),
          receivedAt: at(n),
          fCnt: n,
          measurements: [{ name: "lamp.power", value: n, unit: "W" }],
        });
      journal.append(...placing(ref, "70b3d57050000777"));
      for (let n = 0; n < 10; n++) journal.append(powered(n));
      await accept(journal, 1, 4);
      const state = async () => (await store.assets({ refs: [ref], limit: 1 }))[0];
      const { entries } = journal.batch(12, 12);
      await store.acceptLatest(
        { ...journal.batch(1, 0), entries: entries.map((entry) => ({ ...entry, seq: 1 })) },
        NOW,
      );
      expect((await state())?.latest).toEqual({ "lamp.power": { value: 9, unit: "W", at: at(9) } });
      expect((await state())?.lastSeenAt).toBe(at(9));
      expect(await boxState(journal)).toMatchObject({ durableSeq: 4, lastProofAt: NOW });
      expect(await accept(journal, 5, 11)).toMatchObject({ status: 200, durableSeq: 11 });
      expect((await state())?.latest).toEqual({ "lamp.power": { value: 9, unit: "W", at: at(9) } });
      expect(await accept(journal, 12, 12)).toMatchObject({ status: 200, durableSeq: 12 });
      expect(await seqsOf(journal)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      await expect(store.acceptLatest({ ...journal.batch(1, 0), box: "nobody" }, NOW)).rejects.toMatchObject({
        code: "box-unknown",
      });
    });

    test("what a newer program can use comes out of the quarantine, once; the rest stays", async () => {
      const journal = await newBox();
      journal.append(readingOf({ fCnt: 1 }));
      const { stamp } = journal.batch(1, 1).entries[0]!;
      const alarm = JSON.stringify({ kind: "alarm", alarm: "leak", raised: true, at: NOW, detail: {} });
      const unusable = [{ seq: 1, stamp, text: '{"kind":"song"}' }];
      await store.acceptBatch({ ...journal.batch(1, 1), entries: [], unusable }, NOW);
      journal.append(readingOf({ fCnt: 2 }));
      await accept(journal, 2, 2);
      // As a former program would have left them: an alarm it had no word for, and a reading it could not store.
      const { body } = journal.batch(2, 2).entries[0]!;
      const reading = { ...body, frame: "01755c", fCnt: 3 };
      for (const [seq, entry] of [
        [3, JSON.stringify({ seq: 3, stamp, text: alarm })],
        [4, JSON.stringify({ seq: 4, stamp, body: reading })],
        [5, "no JSON"],
      ])
        await sql.query(
          `INSERT INTO quarantine (box, epoch, seq, arrived_at, code, entry)
           SELECT id, 1, $2::int8, now(), 'shape', $3::text FROM box WHERE name = $1`,
          [journal.box, seq, entry],
        );
      expect(await store.replayQuarantine(journal.box, NOW)).toEqual({ stored: 2, left: 2 });
      expect(await store.replayQuarantine(journal.box, NOW)).toEqual({ stored: 0, left: 2 });
      expect(
        (await readingsOf(journal)).map(({ seq, fCnt, frame }) => [seq, fCnt, Buffer.from(frame).toString("hex")]),
      ).toEqual([
        [2, 2, "01755c"],
        [4, 3, "01755c"],
      ]);
      expect((await store.events(journal.box, 0, 10)).map(({ seq, name }) => [seq, name])).toEqual([[3, "leak"]]);
      expect((await store.quarantine(journal.box)).map(({ seq }) => seq)).toEqual([1, 5]);
    });

    test("of two histories of a box one is refused and kept aside, and a person decides: keep", async () => {
      const { journal, clone } = await forked();
      expect(await accept(clone, 5, 7)).toMatchObject({ status: 423 });
      expect(await accept(clone, 5, 8)).toMatchObject({ status: 423 });
      const [incident, ...others] = await store.incidents({ box: journal.box, open: true });
      expect(others).toEqual([]);
      expect(incident).toMatchObject({
        reason: "another-history-before-cursor",
        attempts: 2,
        firstSeq: 5,
        durableSeq: 7,
        kept: { batches: 2, entries: 4, lastSeq: 8 },
      });
      expect((await boxState(journal)).incident).toBe(`${incident?.id}`);
      const decided = await store.decideIncident(incident!.id, "keep", "claire", NOW + 1);
      expect(decided).toMatchObject({ decision: "keep", decidedBy: "claire", decidedAt: NOW + 1 });
      expect((await boxState(journal)).incident).toBeUndefined();
      await expect(store.decideIncident(incident!.id, "new-epoch", "x", NOW)).rejects.toMatchObject({
        code: "incident-decided",
      });
      await expect(store.decideIncident(999_999, "keep", "x", NOW)).rejects.toMatchObject({ code: "incident-unknown" });
      // The copy comes again and again: it stays refused, quietly. The box goes on.
      expect(await accept(clone, 5, 9)).toMatchObject({ status: 423 });
      expect(await store.incidents({ box: journal.box, open: true })).toEqual([]);
      journal.append(readingOf({ fCnt: 100 }));
      expect(await accept(journal, 8, 8)).toMatchObject({ status: 200, durableSeq: 8 });
    });

    test("what this database forgot, and the box keeps no more, is an incident for a person", async () => {
      const journal = await newBox();
      for (let fCnt = 1; fCnt <= 3; fCnt++) journal.append(readingOf({ fCnt }));
      const range = { from: 4, to: 9 };
      journal.append({ kind: "loss", at: NOW, reason: "forgotten", counts: { entry: 6 }, range });
      expect(await accept(journal, 1, 4)).toMatchObject({ status: 200 });
      const [incident] = await store.incidents({ box: journal.box, open: true });
      expect(incident).toMatchObject({ reason: "not-recoverable", firstSeq: 4, durableSeq: 9, lost: 6 });
      expect((await boxState(journal)).incident).toBeUndefined();
    });

    test("decided for the refused copy, it goes on in a new epoch: nothing lost, nothing twice; the other is told", async () => {
      const { journal, clone } = await forked();
      expect(await accept(clone, 4, 7)).toMatchObject({ status: 423 });
      const [incident] = await store.incidents({ box: journal.box, open: true });
      await store.decideIncident(incident!.id, "new-epoch", "claire", NOW);
      // Until the copy has come, what was accepted goes on.
      journal.append(readingOf({ fCnt: 100 }));
      expect(await accept(journal, 8, 8)).toMatchObject({ status: 200 });
      const told = await store.acceptBatch(clone.batch(4, 7, { disputed: true }), NOW);
      expect(told).toEqual({ status: 410, epoch: 2, adopt: true });
      const adopted = (first: number, last: number) => store.acceptBatch(clone.batch(first, last, { epoch: 2 }), NOW);
      // Entries 4 and 5 are common to both and held already; 6 and later are the copy's own.
      expect(await adopted(4, 6)).toMatchObject({ status: 200, durableSeq: 6 });
      expect(await adopted(7, 9)).toMatchObject({ status: 200, durableSeq: 9 });
      expect(await adopted(4, 9)).toMatchObject({ status: 200, durableSeq: 9 });
      const of = async (epoch: number) =>
        (await store.readings({ box: journal.box, epoch, afterSeq: 0, limit: 100 })).map(({ seq, fCnt }) => [
          seq,
          fCnt,
        ]);
      expect(await of(1)).toEqual([...[1, 2, 3, 4, 5, 6, 7].map((seq) => [seq, seq]), [8, 100]]);
      expect(await of(2)).toEqual([6, 7, 8, 9].map((seq) => [seq, seq + 1_000]));
      expect(await accept(journal, 8, 8)).toEqual({ status: 410, epoch: 2 });
      expect(await boxState(journal)).toMatchObject({ epoch: 2, durableSeq: 9 });
    });

    test("a box that says it was set back opens an incident at once, and goes on after it", async () => {
      const journal = await newBox();
      for (let fCnt = 1; fCnt <= 6; fCnt++) journal.append(readingOf({ fCnt }));
      const image = journal.copy(3);
      await accept(journal, 1, 6);
      const beat = () => store.acceptBatch(image.batch(4, 3, { disputed: true }), NOW);
      expect(await beat()).toMatchObject({ status: 423 });
      expect(await beat()).toMatchObject({ status: 423 });
      const [incident, ...others] = await store.incidents({ box: journal.box, open: true });
      expect(others).toEqual([]);
      expect(incident).toMatchObject({ reason: "disputed", attempts: 2, durableSeq: 6, kept: { batches: 0 } });
      await store.decideIncident(incident!.id, "new-epoch", "claire", NOW);
      expect(await beat()).toEqual({ status: 410, epoch: 2, adopt: true });
      image.append(readingOf({ fCnt: 50 }));
      expect(await store.acceptBatch(image.batch(3, 4, { epoch: 2 }), NOW)).toMatchObject({
        status: 200,
        durableSeq: 4,
      });
      const held = await store.readings({ box: journal.box, epoch: 2, afterSeq: 0, limit: 10 });
      expect(held.map(({ seq, fCnt }) => [seq, fCnt])).toEqual([[4, 50]]);
    });

    test("orders get growing numbers in the order of their commits, also side by side", async () => {
      const journal = await newBox();
      const wishes = Array.from({ length: 12 }, () => wish(lamp("1")));
      await Promise.all(wishes.map((each) => store.addCommand(each, journal.box)));
      const orders = await store.takeOrders(journal.box, 0, NOW);
      expect(orders.map(({ cursor }) => cursor)).toEqual(wishes.map((_, place) => place + 1));
      expect(new Set(orders.map(({ command }) => command.id))).toEqual(new Set(wishes.map(({ id }) => id)));
      expect((await store.takeOrders(journal.box, 10, NOW)).map(({ cursor }) => cursor)).toEqual([11, 12]);
      expect(orders[0]?.command).toMatchObject({ name: "dim", fields: { level: 50 }, expiresAt: NOW + 600_000 });
    });

    test("the same id is the same command", async () => {
      const journal = await newBox();
      const command = wish(lamp("1"));
      expect(await store.addCommand(command, journal.box)).toMatchObject({ added: true });
      expect(await store.addCommand({ ...command, fields: { level: 1 } }, journal.box)).toMatchObject({
        added: false,
        command: { ...command, box: journal.box, state: "requested" },
      });
      expect(await store.takeOrders(journal.box, 0, NOW)).toHaveLength(1);
      expect(
        (await store.commands({ target: lamp("1"), limit: 100 })).filter(({ id }) => id === command.id),
      ).toHaveLength(1);
    });

    test("expired by us is only what no box can hold", async () => {
      const journal = await newBox();
      const [never, handed, lost] = [wish(lamp("7")), wish(lamp("7")), wish(lamp("7"))];
      const late = NOW + 600_001;
      await store.addCommand(handed, journal.box);
      await store.addCommand(lost, journal.box);
      expect(await store.takeOrders(journal.box, 0, NOW)).toHaveLength(2);
      await store.addCommand(never, journal.box);
      const endedHere = async () =>
        (await store.expireCommands(late)).filter((id) => [never.id, handed.id, lost.id].includes(id));
      expect(await store.takeOrders(journal.box, 2, late)).toEqual([]);
      expect(await endedHere()).toEqual([never.id]);
      expect(await store.command(never.id)).toMatchObject({
        state: "expired",
        steps: [{ state: "requested" }, { state: "expired", at: late }],
      });
      expect((await store.command(lost.id))?.state).toBe("requested");
      // The box comes back and holds the first order only: the second never reached it.
      await store.holdsOrders(journal.box, 1);
      expect(await endedHere()).toEqual([lost.id]);
      expect(await endedHere()).toEqual([]);
      expect((await store.command(handed.id))?.state).toBe("requested");
    });

    test("a command follows the outcomes of its box, to one end", async () => {
      const journal = await newBox();
      const other = await newBox();
      const command = wish(lamp("8"));
      await store.addCommand(command, journal.box);
      const step = (state: string, reason?: string): EntryBody => ({
        kind: "outcome",
        command: command.id,
        asset: command.target,
        state,
        at: NOW + 1000,
        ...(reason === undefined ? {} : { reason }),
      });
      other.append(step("failed"));
      expect(await accept(other, 1, 1)).toMatchObject({ quarantined: [1] });
      journal.append(step("accepted"), step("on-air"), step("queued"), step("effect-observed"), step("failed", "late"));
      expect(await accept(journal, 1, 2)).toMatchObject({ quarantined: [] });
      expect(await store.takeOrders(journal.box, 0, NOW)).toEqual([]);
      expect(await accept(journal, 3, 5)).toMatchObject({ quarantined: [5] });
      expect(await store.command(command.id)).toMatchObject({
        state: "effect-observed",
        steps: [{ state: "requested" }, { state: "accepted" }, { state: "on-air" }, { state: "effect-observed" }],
      });
      expect((await store.quarantine(journal.box)).map(({ code }) => code)).toEqual(["after-end"]);
    });

    test("a command born on the box becomes known with its first outcome, and is not sent back", async () => {
      const journal = await newBox();
      const command = wish(lamp("9"), { author: "calendar", precedence: "schedule" });
      journal.append({
        kind: "outcome",
        command: command.id,
        asset: command.target,
        state: "accepted",
        at: NOW,
        request: { ...command },
      });
      expect(await accept(journal, 1, 1)).toMatchObject({ quarantined: [] });
      expect(await store.command(command.id)).toMatchObject({ ...command, box: journal.box, state: "accepted" });
      expect(await store.takeOrders(journal.box, 0, NOW)).toEqual([]);
    });

    test("changes are told after their commit, and not without it", async () => {
      const journal = await newBox();
      const ref = lamp("950");
      journal.append(...placing(ref, "70b3d57050000950"));
      const heard: Change[] = [];
      const unwatch = store.watch((change) => heard.push(change));
      const clone = new Journal("nobody");
      clone.append(readingOf({ asset: "ghost" }));
      await expect(accept(clone, 1, 1)).rejects.toMatchObject({ code: "box-unknown" });
      await accept(journal, 1, 2);
      await vi.waitFor(() => expect(heard).toContainEqual({ type: "assets", refs: [ref] }));
      unwatch();
      expect(JSON.stringify(heard)).not.toContain("ghost");
    });

    test("the assets of a large batch are all told, in portions a notification can carry", async () => {
      const journal = await newBox();
      const refs = Array.from({ length: 1500 }, (_, place) => lamp(`é-${place}`));
      journal.append(...refs.map((asset) => readingOf({ asset })));
      const heard = new Set<string>();
      const unwatch = store.watch((change) => {
        if (change.type === "assets") for (const ref of change.refs) heard.add(ref);
      });
      await accept(journal, 1, refs.length);
      await vi.waitFor(() => expect(refs.filter((ref) => !heard.has(ref))).toHaveLength(0));
      unwatch();
    });

    test("how a device is heard: its box's last word by the order of the journal, whatever comes again", async () => {
      const journal = await newBox();
      const told = (missed: number): EntryBody => ({
        kind: "event",
        event: "health",
        device: "70b3d570500000f1",
        at: NOW - missed,
        detail: { silence: "on-time", periodSeconds: 60, periodLearnt: true, missed, verdict: "unknown", reasons: [] },
      });
      const shown = async () => (await store.assets({ refs: [lamp("940")], limit: 1 }))[0]?.device;
      journal.append(...placing(lamp("940"), "70b3d570500000f1"), told(1), told(2), readingOf());
      await accept(journal, 1, 4);
      expect(await shown()).toMatchObject({ health: { missed: 2, silence: "on-time" }, healthAt: NOW - 2 });
      // What was damaged here comes again, and does not overtake what came after it.
      await sql.query("UPDATE event SET detail = '{}' WHERE seq = 3 AND name = 'health'");
      await sql.query("UPDATE kept_entry SET body = '{}' WHERE seq = 3 AND body LIKE '%health%'");
      await store.mend(journal.batch(3, 3), NOW);
      expect(await shown()).toMatchObject({ health: { missed: 2 } });
      await accept(journal, 5, 5);
      expect(await shown()).toMatchObject({ health: { missed: 2 } });
    });

    test("a new day gets its part, and a day that already has rows is no failure", async () => {
      const journal = await newBox();
      journal.append(readingOf(), readingOf());
      const later = NOW + 30 * DAY;
      await accept(journal, 1, 1, later);
      await store.prepareDay(later);
      await store.prepareDay(later);
      await accept(journal, 2, 2, later + DAY);
      expect(await seqsOf(journal)).toEqual([1, 2]);
      const parts = await sql.query<{ part: string }>(
        "SELECT tableoid::regclass::text AS part FROM reading WHERE box = (SELECT id FROM box WHERE name = $1) ORDER BY seq",
        [journal.box],
      );
      expect(parts.map(({ part }) => part)).toEqual(["reading_other", "reading_20260716"]);
    });

    test("a database changed by a newer program is refused, as it is", async () => {
      await sql.query("INSERT INTO schema_version VALUES (9999, now())");
      const opened = createSqlStore({ ...sql, close: async () => {} }, NOW);
      await expect(opened).rejects.toMatchObject({ code: "store-newer", detail: { found: 9999 } });
      await sql.query("DELETE FROM schema_version WHERE version = 9999");
    });
  });
};
