/** What is taken of a batch, and what is refused or set aside. */
import { randomBytes, randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { packBodySync, unpackBodySync } from "../../../cloud-sync/protocol/body.ts";
import type { Reading } from "../../../cloud-sync/protocol/entry.ts";
import { createSqlStore } from "../../../hypervisor/store/open.ts";
import { Journal, readingOf } from "../batches.ts";
import { breaking, DAY, lamp, NOW, placing, type StoreGround } from "./ground.ts";

export const takingCases = (ground: StoreGround): void => {
  const { newBox, boxState, readingsOf, seqsOf, accept } = ground;

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
    expect(await ground.store.acceptBatch(journal.batch(3, 4, { epoch: 0 }), NOW)).toEqual({ status: 410, epoch: 1 });
    const clone = new Journal(journal.box);
    clone.append(...Array.from({ length: 4 }, (_, fCnt) => readingOf({ fCnt: fCnt + 100 })));
    expect(await accept(clone, 3, 4)).toMatchObject({ status: 423, incident: expect.stringMatching(/^\d+$/) });
    expect(await accept(clone, 3, 4)).toMatchObject({ status: 423 });
    expect((await boxState(journal)).incident).toMatch(/^\d+$/);
    const kept = await ground.sql.query<{ batch: string }>(
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
    const frail = breaking(ground.sql);
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
      expect(await ground.store.assets({ refs: [lamp("900")], limit: 1 })).toEqual([]);
      expect(await ground.store.quarantine(journal.box)).toEqual([]);
    }
    expect(broken).toBeGreaterThan(10);
    expect(broken).toBeLessThan(statementsMax);
    expect(await boxState(journal)).toMatchObject({ durableSeq: 5, quarantined: 1 });
    expect(await seqsOf(journal)).toEqual([3]);
    // Also the values: a number learnt in a broken transaction must not be used in the next.
    const values = { asset: lamp("900"), measurement: "temperature", from: 0, to: NOW, limit: 10 };
    expect((await ground.store.series(values))?.points.map(({ value }) => value)).toEqual([25.7]);
    expect(await ground.store.events(journal.box, 0, 10)).toEqual([
      { seq: 4, kind: "event", name: "join", device: "70b3d57050000900", at: NOW, detail: { devAddr: "01020304" } },
    ]);
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
    const reply = await ground.store.acceptBatch({ ...journal.batch(1, 12), lastSeq: 13, unusable: [foreign] }, NOW);
    expect(reply).toMatchObject({
      status: 200,
      durableSeq: 13,
      quarantined: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13],
    });
    expect((await ground.store.quarantine(journal.box)).map(({ code }) => code)).toEqual([
      ...["shape", "shape", "shape", "shape", "shape", "registry-shape", "commune-not-served", "command-unknown"],
      ...["command-id", "state-unknown", "request-shape", "body-unknown"],
    ]);
    expect(await seqsOf(journal)).toEqual([12]);
  });

  test("a text too long for any index costs its entry, not what comes after it", async () => {
    // As hardly packs: an index row is measured packed.
    const long = randomBytes(6_000).toString("base64");
    const measured = { name: "temperature", value: 1, unit: "Cel" };
    const bodies = [
      readingOf({ device: long }),
      readingOf({ asset: `container:88383:${long}` }),
      readingOf({ measurements: [{ ...measured, name: long }] }),
      readingOf({ measurements: [{ ...measured, unit: long }] }),
      readingOf({ history: [{ at: NOW, measurements: [{ ...measured, name: long }] }] }),
      { kind: "event", event: "log", device: long, at: NOW, detail: {} },
      { kind: "event", event: long, device: "d", at: NOW, detail: {} },
      { kind: "alarm", alarm: long, raised: true, at: NOW, detail: {} },
      { kind: "loss", reason: long, counts: {}, at: NOW },
      ...placing(`lamp:88383:${long}`, "70b3d57050000931", "88383"),
      ...placing("lamp:88383:1", long, "88383").slice(1),
    ] as const;
    for (const body of bodies) {
      const journal = await newBox();
      journal.append(body, readingOf({ fCnt: 8 }));
      const read = unpackBodySync({
        contentType: "application/x-protobuf",
        contentEncoding: "zstd",
        body: packBodySync(journal.batch(1, 2)),
      });
      if (!read.ok) throw new Error(read.fault.message);
      const reply = await ground.store.acceptBatch(read.value, NOW);
      expect(reply, JSON.stringify(body).slice(0, 80)).toMatchObject({ status: 200, durableSeq: 2, quarantined: [1] });
      expect(await seqsOf(journal)).toEqual([2]);
    }
    // What is merely long is stored.
    const journal = await newBox();
    const name = "é".repeat(200);
    journal.append(readingOf({ device: name, asset: name, measurements: [{ name, value: 1, unit: name }] }));
    expect(await ground.store.acceptBatch(journal.batch(1, 1), NOW)).toMatchObject({ status: 200, quarantined: [] });
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
        const count = await ground.sql.query<{ rows: number }>(
          "SELECT count(*)::int4 AS rows FROM measured WHERE box = $1",
          [journal.box],
        );
        expect(count[0]?.rows).toBe(sent.length);
      }),
      { numRuns: 25 },
    );
  });
};
