/** How fast the journal goes: batches under way at once, their size, and pauses that keep a crowd from coming in step. */
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { createBackoff, spread } from "../../cloud-sync/backoff.ts";
import { createBatchSize } from "../../cloud-sync/batch-size.ts";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { packBodySync } from "../../cloud-sync/protocol/body.ts";
import { parseReply, printReply } from "../../cloud-sync/protocol/reply.ts";
import { createPush } from "../../cloud-sync/push.ts";
import type { PushEvent } from "../../cloud-sync/push-words.ts";
import type { Transport, TransportReply } from "../../cloud-sync/transport.ts";
import { HEALTH } from "./arbitrary.ts";
import { createDrivenTimers } from "./driven.ts";
import { createRegion } from "./region.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** A line that answers when the test says so. */
const build = (entries: number, entriesMax = 10) => {
  const timers = createDrivenTimers();
  const region = createRegion(() => timers.wall());
  const db = new Database(":memory:");
  undo.push(() => db.close());
  const clock = { now: () => ({ wall: timers.wall(), mono: timers.mono(), clock: "confirmed" as const }) };
  const journal = openJournal(db, { clock, epoch: 4 });
  journal.write((append) => {
    for (let n = 0; n < entries; n++) append({ kind: "event", event: "status", device: "d", at: n, detail: { n } });
  });
  interface UnderWay {
    /** The region takes it; its reply is on the way back. */
    readonly take: () => Promise<() => void>;
    readonly answer: () => Promise<void>;
    readonly fail: () => void;
  }
  const underWay: UnderWay[] = [];
  let most = 0;
  const transport: Transport = (request, signal) =>
    new Promise<TransportReply>((resolve, reject) => {
      const end = (index: number) => underWay.splice(index, 1);
      const one: UnderWay = {
        take: async () => {
          const reply = await region.transport(request, undefined);
          return () => {
            end(underWay.indexOf(one));
            resolve(reply);
          };
        },
        answer: async () => (await one.take())(),
        fail: () => {
          end(underWay.indexOf(one));
          reject(new Error("connection reset"));
        },
      };
      underWay.push(one);
      most = Math.max(most, underWay.length);
      signal?.addEventListener("abort", () => {
        if (underWay.includes(one)) end(underWay.indexOf(one));
        reject(signal.reason);
      });
    });
  const events: PushEvent[] = [];
  const push = createPush({
    journal,
    destination: "region",
    box: "remiremont",
    transport,
    health: () => HEALTH,
    timers,
    random: () => 0.5,
    settings: { entriesMax, inFlightMax: 3, latestFrom: 1e9 },
    pack: packBodySync,
    report: (event) => events.push(event),
  });
  push.start();
  undo.push(() => push.stop());
  return { timers, region, journal, push, underWay, events, most: () => most };
};

test("as many batches as are set are under way at once, no more; the region gets them in order whatever comes back first", async () => {
  const { timers, region, journal, push, underWay, most } = build(105);
  await timers.settle();
  // Until the region holds something of this journal, one.
  expect(underWay).toHaveLength(1);
  await underWay[0]!.answer();
  await timers.settle();
  expect(underWay).toHaveLength(3);
  const [first, second] = underWay;
  const [late, early] = [await first!.take(), await second!.take()];
  early();
  await timers.settle();
  expect(push.status().durableSeq).toBe(10);
  late();
  await timers.settle();
  expect(push.status().durableSeq).toBe(30);
  for (let round = 0; round < 40 && push.status().waiting > 0; round++) {
    await underWay[0]?.answer();
    await timers.advance(300);
  }
  expect(most()).toBe(3);
  expect(region.stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 105 }, (_, n) => n + 1));
  expect(journal.cursor("region").seq).toBe(105);
});

test("a batch that overtook the one before it is no sign of a region that forgot", async () => {
  const { timers, region, journal, push, underWay, events } = build(105);
  await timers.settle();
  await underWay[0]!.answer();
  await timers.settle();
  const [first, second] = underWay;
  // The region asks for what the first brings it a moment later; the answers come in the order of sending.
  const early = await second!.take();
  await first!.answer();
  // Meanwhile a full disk took off what was confirmed.
  expect(journal.prune(20)).toBeGreaterThan(0);
  early();
  for (let round = 0; round < 40 && push.status().waiting > 0; round++) {
    await underWay[0]?.answer();
    await timers.advance(300);
  }
  expect(events).toEqual([{ is: "connected" }]);
  expect(region.stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 105 }, (_, n) => n + 1));
});

test("whichever batch under way is lost or answered late, nothing is lost, doubled or reordered", async () => {
  const acts = fc.array(fc.tuple(fc.nat(2), fc.constantFrom("answer", "fail", "wait")), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(acts, async (given) => {
      const { timers, region, journal, push, underWay, most } = build(95);
      await timers.settle();
      for (const [which, act] of given) {
        const one = underWay[which % Math.max(1, underWay.length)];
        if (act === "answer") await one?.answer();
        else if (act === "fail") one?.fail();
        await timers.advance(act === "wait" ? 2_000 : 10);
      }
      for (let round = 0; round < 200 && push.status().waiting > 0; round++) {
        await underWay[0]?.answer();
        await timers.advance(31_000);
      }
      expect(region.stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 95 }, (_, n) => n + 1));
      expect(journal.cursor("region")).toEqual(region.cursor);
      expect(most()).toBeLessThanOrEqual(3);
      await push.stop();
    }),
    { numRuns: 15 },
  );
});

test("batches grow while the way is quick, shrink while it is slow, and stay below what was too large", () => {
  const size = createBatchSize({ entriesMax: 8_000, slowMs: 5_000 });
  const sizes: number[] = [];
  for (let each = 0; each < 6; each++) {
    sizes.push(size.entries);
    size.answered(size.entries, 200);
  }
  expect(sizes).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  // One that was not full says nothing of what would fit.
  size.answered(size.entries, 6_000);
  expect(size.entries).toBe(4_000);
  size.answered(100, 200);
  expect(size.entries).toBe(4_000);
  size.lost();
  expect(size.entries).toBe(2_000);
  for (let each = 0; each < 10; each++) size.lost();
  expect(size.entries).toBe(500);
  for (let each = 0; each < 20; each++) size.answered(size.entries, 6_000);
  expect(size.entries).toBe(1);
  // Too large at 3: below it, and no more than a fiftieth higher with each that passes.
  const narrow = createBatchSize({ entriesMax: 8_000, slowMs: 5_000 });
  expect(narrow.tooLarge(1_000)).toBe(true);
  expect(narrow.entries).toBe(500);
  narrow.answered(500, 10);
  expect(narrow.entries).toBe(510);
  narrow.answered(510, 10);
  expect(narrow.entries).toBeLessThanOrEqual(521);
  expect(narrow.tooLarge(1)).toBe(false);
});

test("the size is always between one entry and the most, whatever happens", () => {
  const act = fc.oneof(
    fc.record({ answered: fc.nat(10_000), ms: fc.nat(20_000) }),
    fc.record({ tooLarge: fc.integer({ min: 1, max: 10_000 }) }),
    fc.record({ lost: fc.constant(true) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.integer({ min: 1, max: 8_000 }), (acts, entriesMax) => {
      const size = createBatchSize({ entriesMax, slowMs: 5_000 });
      for (const each of acts) {
        if ("answered" in each) size.answered(Math.min(each.answered, size.entries), each.ms);
        else if ("tooLarge" in each) size.tooLarge(Math.min(each.tooLarge, size.entries));
        else size.lost();
        expect(size.entries).toBeGreaterThanOrEqual(1);
        expect(size.entries).toBeLessThanOrEqual(entriesMax);
      }
    }),
  );
});

/** Reproducible, even enough for shares of four thousand (mulberry32). */
const seeded = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

test("full jitter: four thousand boxes cut off at one moment come back evenly over a time that doubles", () => {
  const random = seeded(20_261_128);
  const boxes = Array.from({ length: 4_108 }, () => createBackoff({ firstMs: 500, ceilingMs: 30_000 }, random));
  for (const ceiling of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const pauses = boxes.map((box) => box.next());
    expect(Math.max(...pauses)).toBeLessThan(ceiling);
    const tenths = Array<number>(10).fill(0);
    for (const pause of pauses) tenths[Math.floor((pause / ceiling) * 10)]! += 1;
    // A tenth is 411; chance is nineteen of them either way.
    for (const count of tenths) expect(Math.abs(count - 410.8)).toBeLessThan(100);
  }
  boxes[0]!.reset();
  expect(boxes[0]!.next()).toBeLessThan(500);
});

test("a pause that the region asked all boxes for is lengthened by up to a quarter, never shortened", () => {
  const random = seeded(7);
  const pauses = Array.from({ length: 4_108 }, () => spread(10_000, random));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10_000);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(12_500);
  expect(pauses.filter((pause) => pause < 11_250).length / pauses.length).toBeCloseTo(0.5, 1);
});

test.each([429, 503] as const)(
  "%i: the region's own pause counts, a proxy's word is understood, none is five seconds",
  (status) => {
    const asked = printReply({ status, retryAfterSeconds: 12 });
    expect([asked.status, asked.headers["retry-after"]]).toEqual([status, "12"]);
    const secondsOf = (headers: Record<string, string>, body = "") => {
      const read = parseReply(status, headers, body);
      return read.ok && "retryAfterSeconds" in read.value ? read.value.retryAfterSeconds : undefined;
    };
    expect(secondsOf(asked.headers, asked.body)).toBe(12);
    expect(secondsOf({}, asked.body)).toBe(12);
    expect(secondsOf({ "retry-after": "Wed, 25 Nov 2026 10:00:00 GMT" }, "<html>")).toBe(5);
    expect(secondsOf({}, "")).toBe(5);
    expect(secondsOf({ "retry-after": "-1" }, "")).toBe(5);
    expect(secondsOf({ "retry-after": "999999" }, "")).toBe(3_600);
  },
);

test("a refusal that is none of the protocol is told with its code, and nothing is lost by it", () => {
  const problem = JSON.stringify({ code: "box-revoked", message: "…" });
  expect(parseReply(403, {}, problem)).toMatchObject({
    ok: false,
    fault: { message: expect.stringMatching(/status 403 \(box-revoked\)$/) },
  });
  expect(parseReply(502, {}, "<h1>Bad Gateway</h1>")).toMatchObject({
    ok: false,
    fault: { message: expect.stringMatching(/status 502$/) },
  });
});
