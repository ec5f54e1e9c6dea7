/** How the push sends: when, how much, and what it does when the line or the disk is in the way. */
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Journal } from "../../cloud-sync/journal/journal.ts";
import { unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { HEALTH } from "./arbitrary.ts";
import { ALARM, build, entriesOf, undo, writeEvents } from "./push-ground.ts";
import type { LineFault } from "./region.ts";

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

test("the end of a long past does not wait for company; what is written after it does", async () => {
  const { timers, region, journal, start } = build({ gatherMs: 10_000 });
  writeEvents(journal, 3_210);
  start();
  await timers.advance(1_000);
  expect(region.stored.length).toBe(3_210);
  writeEvents(journal, 1);
  await timers.advance(1_000);
  expect(region.stored.length).toBe(3_210);
  await timers.advance(10_000);
  expect(region.stored).toEqual(entriesOf(journal));
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

test("an answer over a line still to be made is waited for longer than one over a line that was up", async () => {
  const { timers, region, journal, start } = build();
  const slow: typeof region.transport = async (request, signal) => {
    await new Promise<void>((resolve) => timers.after(30_000, resolve));
    signal?.throwIfAborted();
    return region.transport(request, signal);
  };
  writeEvents(journal, 3);
  const push = start(slow);
  await timers.advance(31_000);
  expect(push.status()).toMatchObject({ connected: true, waiting: 0 });
  writeEvents(journal, 1);
  await timers.advance(25_000);
  expect(push.status()).toMatchObject({ connected: false, waiting: 1, lastError: { message: "no reply in time" } });
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

test("after a long silence the newest value of each quantity goes first, once, whichever frame told it", async () => {
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
        // The device d0 tells of its battery in a frame of its own, and once of an older time.
        measurements: n === 48 ? [{ name: "battery", value: 90, unit: "%" }] : [{ name: "level", value: n, unit: "%" }],
        history: n === 51 ? [{ at: 20, measurements: [{ name: "flow", value: 2, unit: "m3/h" }] }] : [],
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
  expect(latest).toEqual([48, 51, 57, 58, 59]);
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

test("a mistake of the program ends it loudly", async () => {
  const { journal, start } = build({ gatherMs: 0 });
  writeEvents(journal, 1);
  const push = start(() => Promise.reject(new TypeError("mistake")));
  undo.pop();
  await expect(push.done).rejects.toThrow("mistake");
});
