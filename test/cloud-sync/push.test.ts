import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type Journal, openJournal } from "../../cloud-sync/journal/journal.ts";
import { BATCH_LIMITS } from "../../cloud-sync/protocol/batch.ts";
import { packBodySync, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import type { BatchReply, EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import { createPush } from "../../cloud-sync/push.ts";
import type { PushEvent, PushSettings } from "../../cloud-sync/push-words.ts";
import type { TransportReply } from "../../cloud-sync/transport.ts";
import { HEALTH } from "./arbitrary.ts";
import { createDrivenTimers } from "./driven.ts";
import { createRegion, type LineFault } from "./region.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const EVENT = (n: number): EntryBody => ({ kind: "event", event: "status", device: "d", at: n, detail: { n } });
const ALARM: EntryBody = { kind: "alarm", alarm: "leak", raised: true, at: 1, detail: {} };

const writeEvents = (journal: Journal, count: number): void =>
  journal.write((append) => {
    for (let n = 0; n < count; n++) append(EVENT(n));
  });

function build(settings: Partial<PushSettings> = {}, limits = BATCH_LIMITS) {
  const timers = createDrivenTimers();
  const region = createRegion(() => timers.wall() + 1500, limits);
  const db = new Database(":memory:");
  undo.push(() => db.close());
  const clock = { now: () => ({ wall: timers.wall(), mono: timers.mono(), clock: "confirmed" as const }) };
  const journal = openJournal(db, { clock, epoch: 4, checkpointEvery: 8 });
  const events: PushEvent[] = [];
  const start = (transport = region.transport, from = journal, told?: (event: PushEvent) => void) => {
    const push = createPush({
      journal: from,
      destination: "region",
      box: "remiremont",
      transport,
      health: () => HEALTH,
      timers,
      random: () => 0.5,
      settings,
      pack: packBodySync,
      report(event) {
        events.push(event);
        told?.(event);
      },
    });
    push.start();
    undo.push(() => push.stop());
    return push;
  };
  return { timers, region, journal, db, events, start, clock };
}

const entriesOf = (journal: Journal) => journal.read(0, { entries: 1e6, bytes: 1e9 }).entries;

test("entries arrive, gathered for a moment; the cursor is durable; the clock offset is known", async () => {
  const { timers, region, journal, start } = build();
  const push = start();
  await timers.advance(0);
  expect(region.batches.length).toBe(1);
  writeEvents(journal, 2);
  await timers.advance(150);
  writeEvents(journal, 1);
  expect(region.stored).toEqual([]);
  await timers.advance(60);
  expect(region.stored).toEqual(entriesOf(journal));
  expect(region.batches.length).toBe(2);
  expect(journal.cursor("region").seq).toBe(3);
  expect(push.status()).toMatchObject({
    connected: true,
    durableSeq: 3,
    waiting: 0,
    clockOffsetMs: 1500,
    quarantined: 0,
  });
  expect(region.requests[0]).toMatchObject({ method: "POST", path: "/v1/boxes/remiremont/batches" });
});

test("a line that has gone silent is found within 45 s, idle or busy", async () => {
  const { timers, region, journal, start, events } = build();
  start();
  await timers.advance(1_000);
  region.fail("silence");
  await timers.advance(45_000);
  expect(events.filter(({ is }) => is === "disconnected").length).toBe(1);
  await timers.advance(60_000);
  region.fail("silence");
  writeEvents(journal, 3_000);
  await timers.advance(45_000);
  expect(events.filter(({ is }) => is === "disconnected").length).toBe(2);
});

test("alarms do not wait for company", async () => {
  const { timers, region, journal, start } = build({ gatherMs: 10_000 });
  start();
  await timers.advance(0);
  writeEvents(journal, 1);
  await timers.advance(1000);
  expect(region.stored.length).toBe(0);
  journal.write((append) => append(ALARM));
  await timers.advance(0);
  expect(region.stored.length).toBe(2);
});

test("while idle an empty batch goes within every heartbeat", async () => {
  const { timers, region, start } = build();
  start();
  await timers.advance(60_500);
  expect(region.batches.map(({ sentAt, lastSeq }) => [sentAt - 1_750_000_000_000, lastSeq])).toEqual(
    [0, 20_000, 40_000, 60_000].map((at) => [at, 0]),
  );
  expect(region.batches[0]?.health).toEqual(HEALTH);
});

test("a disk that is full when the cursor moves is tried again soon, and the region gets nothing twice", async () => {
  const { timers, region, journal, start, events } = build();
  let refusals = 3;
  const ailing: Journal = Object.create(journal, {
    moveCursor: {
      value: (...given: Parameters<Journal["moveCursor"]>) => {
        if (refusals-- > 0) throw new Database.SqliteError("database or disk is full", "SQLITE_FULL");
        return journal.moveCursor(...given);
      },
    },
  });
  writeEvents(journal, 3);
  const push = start(region.transport, ailing);
  await timers.advance(8_000);
  expect(refusals).toBeLessThan(0);
  expect(journal.cursor("region").seq).toBe(3);
  expect(region.stored).toEqual(entriesOf(journal));
  expect(push.status().incident).toBeUndefined();
  expect(events.filter(({ is }) => is === "incident")).toHaveLength(1);
});

test("a change of its health that people should know of goes at once, once", async () => {
  const { timers, region, start } = build();
  const push = start();
  await timers.advance(5_000);
  push.tell();
  await timers.advance(1_000);
  expect(region.batches.map(({ sentAt }) => sentAt - 1_750_000_000_000)).toEqual([0, 5_000]);
  await timers.advance(20_000);
  expect(region.batches.length).toBe(3);
});

test("whatever the line does and however often the box restarts, the region ends with the journal, once and in order", async () => {
  const fault = fc.constantFrom<LineFault[]>(
    "ok",
    "lose-request",
    "lose-reply",
    "double",
    "garbage",
    "busy",
    "silence",
  );
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 3, arbitrary: fc.record({ faults: fc.array(fault, { minLength: 1, maxLength: 5 }) }) },
    { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 40_000 }) }) },
    { weight: 1, arbitrary: fc.record({ restart: fc.constant(true) }) },
    { weight: 1, arbitrary: fc.record({ restore: fc.nat() }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const { timers, region, journal, start } = build({ entriesMax: 16 });
      let push = start();
      for (const each of acts) {
        if ("write" in each) writeEvents(journal, each.write);
        else if ("faults" in each) region.fail(...each.faults);
        else if ("wait" in each) await timers.advance(each.wait);
        else if ("restore" in each) {
          const seq = Math.min(region.stored.length, each.restore);
          region.restore(seq, journal.hashAt(seq)!, journal.epoch);
        } else {
          await push.stop();
          push = start();
        }
      }
      await timers.advance(600_000);
      expect(region.stored).toEqual(entriesOf(journal));
      expect(journal.cursor("region")).toEqual(region.cursor);
      expect(push.status()).toMatchObject({ connected: true, waiting: 0 });
      await push.stop();
    }),
    { numRuns: 30 },
  );
});

test("after a long silence the newest state of each device goes first, once", async () => {
  const { timers, region, journal, start } = build({ latestFrom: 50, entriesMax: 20 });
  journal.write((append) => {
    for (let n = 0; n < 60; n++) {
      append({
        kind: "reading",
        device: `d${n % 3}`,
        at: n,
        receivedAt: n,
        fCnt: n,
        fPort: 1,
        frame: Uint8Array.of(n),
        measurements: [{ name: "level", value: n, unit: "%" }],
        history: [],
        notes: [],
      });
    }
  });
  const asked: string[] = [];
  const latest: unknown[] = [];
  const transport: typeof region.transport = async (request, signal) => {
    asked.push(request.path.split("/").at(-1)!);
    if (asked.at(-1) !== "latest") return region.transport(request, signal);
    const batch = unpackBodySync({
      contentType: "application/x-protobuf",
      contentEncoding: "zstd",
      body: request.body!,
    });
    if (batch.ok) latest.push(...batch.value.entries.map(({ body }) => body.kind === "reading" && body.fCnt));
    // As a region that does not know it yet.
    return { status: 404, headers: {}, body: "" };
  };
  start(transport);
  await timers.advance(30_000);
  expect(latest).toEqual([57, 58, 59]);
  expect(asked.slice(0, 4)).toEqual(["latest", "batches", "batches", "batches"]);
  expect(asked.filter((path) => path === "latest")).toHaveLength(1);
  expect(region.stored).toEqual(entriesOf(journal));
});

test("a batch that is too large is split; one entry that is too large is an incident, named", async () => {
  const { timers, region, journal, start } = build({}, { entriesMax: 7, bytesMax: 1e6 });
  writeEvents(journal, 300);
  const push = start();
  await timers.advance(5000);
  expect(region.stored.length).toBe(300);
  region.force({ status: 413, bytesMax: 10 });
  writeEvents(journal, 1);
  await timers.advance(1000);
  expect(push.status().incident).toEqual({ code: "entry-too-large", message: "entry 301 is too large for the region" });
  region.force(undefined);
  await timers.advance(90_000);
  expect(push.status().incident).toBeUndefined();
  expect(region.stored.length).toBe(301);
});

test("410 stops it until it is told to go on", async () => {
  const { timers, region, journal, start, events } = build();
  region.force({ status: 410, epoch: 9 });
  writeEvents(journal, 1);
  const push = start();
  await timers.advance(3_600_000);
  expect(region.requests.length).toBe(1);
  expect(push.status()).toMatchObject({ stoppedForEpoch: 9, waiting: 1 });
  expect(events).toContainEqual({ is: "stopped", epoch: 9 });
  region.force(undefined);
  push.resume();
  await timers.advance(1000);
  expect(region.stored.length).toBe(1);
});

test.each([
  [{ status: 422, message: "what is this" } as const, "refused"],
  [{ status: 423, incident: "fork-7" } as const, "locked"],
])("%j is an incident: tried again slowly, told once", async (reply, code) => {
  const { timers, region, journal, start, events } = build();
  region.force(reply);
  writeEvents(journal, 1);
  const push = start();
  await timers.advance(300_000);
  expect(region.requests.length).toBeGreaterThan(2);
  expect(region.requests.length).toBeLessThan(7);
  expect(push.status().incident?.code).toBe(code);
  expect(events.filter(({ is }) => is === "incident").length).toBe(1);
  region.force(undefined);
  await timers.advance(90_000);
  expect(push.status().incident).toBeUndefined();
  expect(region.stored.length).toBe(1);
});

test("in a new epoch one batch goes alone until the region holds something of it: a later one would be taken for the beginning", async () => {
  const { timers, journal, start } = build({ entriesMax: 4 });
  writeEvents(journal, 8);
  const before = start();
  await timers.advance(5_000);
  await before.stop();
  writeEvents(journal, 32);
  const open: { readonly body: Uint8Array; readonly answer: (reply: BatchReply) => void }[] = [];
  start(({ body }) => {
    const { promise, resolve } = Promise.withResolvers<TransportReply>();
    open.push({ body: body!, answer: (reply) => resolve(printReply(reply)) });
    return promise;
  });
  await timers.advance(1_000);
  expect(open.length).toBe(3);
  for (const { answer } of open.splice(0)) answer({ status: 410, epoch: 9, adopt: true });
  await timers.advance(1_000);
  expect(journal.epoch).toBe(9);
  expect(open.length).toBe(1);
  const [first] = open.splice(0);
  const batch = unpackBodySync({
    contentType: "application/x-protobuf",
    contentEncoding: "zstd",
    body: first!.body,
  });
  expect(batch.ok && [batch.value.epoch, batch.value.firstSeq, batch.value.lastSeq]).toEqual([9, 9, 12]);
  const durableHash = Buffer.from(journal.hashAt(12)!).toString("hex");
  first!.answer({ status: 200, durableSeq: 12, durableHash, quarantined: [], serverTime: 1 });
  await timers.advance(1_000);
  expect(open.length).toBe(3);
});

test("what a region acknowledged without naming a hash goes out again in a new epoch: it may have meant another history", async () => {
  const { timers, journal, start, events } = build({ entriesMax: 4, inFlightMax: 1 });
  writeEvents(journal, 8);
  const sent: { epoch: number; firstSeq: number }[] = [];
  start(async ({ body }) => {
    const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body: body! });
    if (!read.ok) throw new Error(read.fault.message);
    const { epoch, firstSeq, lastSeq, hashAfter } = read.value;
    sent.push({ epoch, firstSeq });
    if (epoch === 4 && firstSeq > 8) return printReply({ status: 410, epoch: 9, adopt: true });
    const durableHash = Buffer.from(hashAfter).toString("hex");
    const proof = epoch === 4 && firstSeq > 4 ? {} : { durableHash };
    return printReply({ status: 200, durableSeq: lastSeq, ...proof, quarantined: [], serverTime: 1 });
  });
  await timers.advance(5_000);
  writeEvents(journal, 4);
  await timers.advance(5_000);
  expect(sent).toEqual([
    ...[1, 5, 9].map((firstSeq) => ({ epoch: 4, firstSeq })),
    ...[5, 9].map((firstSeq) => ({ epoch: 9, firstSeq })),
  ]);
  expect(events).toContainEqual({ is: "rewound", from: 8, to: 4 });
});

test("Retry-After is kept to", async () => {
  const { timers, region, journal, start } = build();
  writeEvents(journal, 1);
  region.force({ status: 503, retryAfterSeconds: 100 });
  start();
  await timers.advance(99_000);
  expect(region.requests.length).toBe(1);
  await timers.advance(30_000);
  expect(region.requests.length).toBe(2);
});

test("a region that stores nothing is not hammered", async () => {
  const { timers, region, journal, start } = build();
  writeEvents(journal, 1);
  region.force({ status: 200, durableSeq: 0, quarantined: [], serverTime: 1 });
  start();
  await timers.advance(60_000);
  expect(region.requests.length).toBeLessThan(15);
  region.force({ status: 409, expectedSeq: 1, serverTime: 1 });
  await timers.advance(60_000);
  expect(region.requests.length).toBeLessThan(30);
  expect(journal.cursor("region").seq).toBe(0);
});

test("the cursor never passes what was sent, nor what the journal holds, on a region's word alone", async () => {
  const { timers, region, journal, start } = build({ entriesMax: 4 });
  writeEvents(journal, 10);
  region.force({ status: 200, durableSeq: 9, quarantined: [], serverTime: 1 });
  const push = start();
  await timers.advance(0);
  expect(region.requests.length).toBeGreaterThan(0);
  expect(journal.cursor("region").seq).toBeLessThanOrEqual(4 * region.requests.length);
  region.force({ status: 200, durableSeq: 99, quarantined: [], serverTime: 1 });
  writeEvents(journal, 1);
  await timers.advance(1000);
  expect(push.status().incident?.code).toBe("region-ahead");
  expect(journal.cursor("region").seq).toBeLessThanOrEqual(9);
});

test("an older disk image that was restored and went on is found at its first word, its new entries are kept", async () => {
  const { timers, region, journal, start, db, clock } = build();
  writeEvents(journal, 5);
  const image = new Database(db.serialize());
  undo.push(() => image.close());
  const push = start();
  writeEvents(journal, 5);
  await timers.advance(1000);
  await push.stop();
  expect(region.stored.length).toBe(10);
  const restored = openJournal(image, { clock });
  writeEvents(restored, 20);
  const again = start(region.transport, restored);
  await timers.advance(120_000);
  expect(again.status().incident?.code).toMatch(/another-history|locked/);
  expect(region.stored).toEqual(entriesOf(journal));
  expect(restored.cursor("region").seq).toBeLessThanOrEqual(5);
});

test("a region whose hash at the durable entry is another one moves no cursor", async () => {
  const { timers, region, journal, start, events } = build();
  writeEvents(journal, 5);
  const reply = { status: 200, durableSeq: 5, quarantined: [], serverTime: 1 } as const;
  region.force({ ...reply, durableHash: "0".repeat(64) });
  const push = start();
  await timers.advance(1000);
  expect(push.status()).toMatchObject({ durableSeq: 0, incident: { code: "another-history" } });
  expect(events.filter(({ is }) => is === "incident").length).toBe(1);
  region.force({ ...reply, durableHash: Buffer.from(journal.hashAt(5)!).toString("hex") });
  push.resume();
  await timers.advance(1000);
  expect(push.status()).toMatchObject({ durableSeq: 5 });
  expect(push.status().incident).toBeUndefined();
});

test("trouble with the disk is an incident, not the end", async () => {
  const { timers, region, journal, start, db } = build();
  const push = start();
  writeEvents(journal, 3);
  db.exec("ALTER TABLE journal_cursor RENAME TO elsewhere");
  await timers.advance(1000);
  expect(push.status().incident?.code).toBe("journal");
  db.exec("ALTER TABLE elsewhere RENAME TO journal_cursor");
  await timers.advance(120_000);
  expect(push.status().incident).toBeUndefined();
  expect(region.stored.length).toBe(3);
});

test("what is damaged is a hole for the region, and then a counted loss; all else arrives", async () => {
  const { timers, region, journal, start, db } = build();
  writeEvents(journal, 300);
  db.exec("UPDATE journal_entry SET row = x'00' WHERE seq IN (2, 3, 200)");
  const push = start();
  await timers.advance(1000);
  expect(region.stored.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 300 }, (_, index) => index + 1).filter((seq) => ![2, 3, 200].includes(seq)),
  );
  expect(journal.damaged).toEqual([
    { from: 2, to: 3 },
    { from: 200, to: 200 },
  ]);
  expect(journal.declareDamaged()).toBe(3);
  await timers.advance(1000);
  expect(region.stored.slice(-2).map(({ body }) => body)).toMatchObject([
    { kind: "loss", reason: "damaged", counts: { entry: 2 }, range: { from: 2, to: 3 } },
    { kind: "loss", reason: "damaged", counts: { entry: 1 }, range: { from: 200, to: 200 } },
  ]);
  expect(push.status()).toMatchObject({ connected: true, waiting: 0 });
  expect(journal.verify()).toMatchObject({ declared: 3, findings: [] });
});

test("a region back from a backup asks for what was taken off since: that is declared once, and all else arrives", async () => {
  const { timers, region, journal, start, db, clock, events } = build();
  writeEvents(journal, 100);
  const push = start();
  await timers.advance(1000);
  await push.stop();
  expect(journal.prune(80)).toBe(80);
  region.restore(30, new Uint8Array(32), 4);
  // The hash there is known to nobody but the region; the journal is opened anew, so that nothing of it is remembered.
  const again = openJournal(db, { clock, epoch: 4, checkpointEvery: 8 });
  const declare = (event: PushEvent): void => {
    if (event.is === "forgotten") again.declareForgotten(event.from, event.to);
  };
  const second = start(region.transport, again, declare);
  writeEvents(again, 1);
  await timers.advance(60_000);
  expect(events.filter(({ is }) => is === "forgotten")).toEqual([{ is: "forgotten", from: 31, to: 80 }]);
  expect(region.stored.map(({ seq }) => seq)).toEqual([
    ...Array.from({ length: 30 }, (_, index) => index + 1),
    ...Array.from({ length: again.lastSeq - 80 }, (_, index) => index + 81),
  ]);
  const losses = region.stored.flatMap(({ body }) => (body.kind === "loss" ? [body] : []));
  expect(losses).toMatchObject([{ reason: "forgotten", counts: { entry: 50 }, range: { from: 31, to: 80 } }]);
  expect(again.declareForgotten(31, 80)).toBe(0);
  expect(second.status()).toMatchObject({ connected: true, waiting: 0 });
  expect(again.verify().findings).toEqual([]);
});

test("a mistake of the program ends it loudly", async () => {
  const { journal, start } = build({ gatherMs: 0 });
  writeEvents(journal, 1);
  const push = start(() => Promise.reject(new TypeError("mistake")));
  undo.pop();
  await expect(push.done).rejects.toThrow("mistake");
});
