/** The push where box and region do not agree on what was: epochs, old images, backups, holes. */
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import type { BatchReply } from "../../cloud-sync/protocol/entry.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import type { PushEvent } from "../../cloud-sync/push-words.ts";
import type { TransportReply } from "../../cloud-sync/transport.ts";
import { build, entriesOf, undo, writeEvents } from "./push-ground.ts";

test("410 stops it until it is told to go on", async () => {
  const { timers, region, journal, start, events } = build();
  region.force({ status: 410, epoch: 9 });
  writeEvents(journal, 1);
  const push = start();
  await timers.advance(590_000);
  expect(region.requests.length).toBe(1);
  expect(push.status()).toMatchObject({ stoppedForEpoch: 9, waiting: 1 });
  // It only asks, six times an hour: the region may have come back from a time before that was decided.
  await timers.advance(3_000_000);
  expect(region.requests.length).toBe(6);
  expect(events.filter(({ is }) => is === "stopped")).toEqual([{ is: "stopped", epoch: 9 }]);
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
  const { timers, journal, start } = build({ entriesMax: 4, inFlightMax: 3 });
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

/** A disk whose image was taken at entry 5 went on to 10, all of which the region has; then the image was put back and went on. */
const restoredImage = async () => {
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
  return { timers, region, journal, start, restored };
};

test("an older disk image that was restored and went on is found at its first word, its new entries are kept", async () => {
  const { timers, region, journal, start, restored } = await restoredImage();
  const again = start(region.transport, restored);
  await timers.advance(120_000);
  expect(again.status().incident?.code).toMatch(/another-history|locked/);
  expect(region.stored).toEqual(entriesOf(journal));
  expect(restored.cursor("region").seq).toBeLessThanOrEqual(5);
});

test("an older disk image whose full disk has shed what the region holds cannot pass for the disk that went", async () => {
  const { timers, region, journal, start, restored } = await restoredImage();
  expect(restored.drop()).toBeGreaterThan(0);
  expect(restored.hashAt(region.cursor!.seq)).toBeUndefined();
  const again = start(region.transport, restored);
  await timers.advance(120_000);
  expect(again.status().incident?.code).toMatch(/another-history|locked/);
  expect(region.batches.at(-1)).toMatchObject({ disputed: true });
  expect(region.stored).toEqual(entriesOf(journal));
  expect(restored.cursor("region").seq).toBeLessThanOrEqual(5);
});

test("a box whose answer was lost can show its history also when it has shed it since, and was started anew", async () => {
  const { timers, region, journal, start, db, clock } = build();
  writeEvents(journal, 5);
  const push = start();
  await timers.advance(1000);
  region.fail("lose-reply");
  writeEvents(journal, 5);
  await timers.advance(300);
  expect([region.cursor?.seq, journal.cursor("region").seq]).toEqual([10, 5]);
  await push.stop();
  writeEvents(journal, 20);
  expect(journal.drop()).toBeGreaterThan(0);
  const later = openJournal(db, { clock, epoch: 4, checkpointEvery: 8 });
  const again = start(region.transport, later);
  await timers.advance(120_000);
  expect(again.status()).toMatchObject({ connected: true, waiting: 0 });
  expect(again.status().incident).toBeUndefined();
  expect(later.cursor("region").seq).toBe(later.lastSeq);
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
  // It says the hash where the hole ends: the region can follow what comes behind it.
  const hashAfter = again.hashAt(80);
  expect(region.batches.flatMap(({ gone }) => gone)).toEqual([
    { from: 1, to: 80, hashAfter },
    { from: 31, to: 80, hashAfter },
  ]);
  const losses = region.stored.flatMap(({ body }) => (body.kind === "loss" ? [body] : []));
  expect(losses).toMatchObject([{ reason: "forgotten", counts: { entry: 50 }, range: { from: 31, to: 80 } }]);
  expect(again.declareForgotten(31, 80)).toBe(0);
  expect(second.status()).toMatchObject({ connected: true, waiting: 0 });
  expect(again.verify().findings).toEqual([]);
});

test("a refused box asks now and then whether the region's history is its own by now, and then goes on", async () => {
  const { timers, journal, start, events } = build({ entriesMax: 4, inFlightMax: 1 });
  writeEvents(journal, 12);
  const sent: { firstSeq: number; lastSeq: number; disputed: boolean }[] = [];
  let holds = false;
  start(async ({ body }) => {
    const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body: body! });
    if (!read.ok) throw new Error(read.fault.message);
    const { firstSeq, lastSeq, disputed } = read.value;
    sent.push({ firstSeq, lastSeq, disputed: disputed === true });
    if (disputed) return printReply({ status: 423, incident: "7" });
    const durableSeq = Math.max(10, lastSeq);
    const durableHash = holds ? Buffer.from(journal.hashAt(durableSeq)!).toString("hex") : "00".repeat(32);
    return printReply({ status: 200, durableSeq, durableHash, quarantined: [], serverTime: 1 });
  });
  await timers.advance(600_000);
  // Seen without a claim, told at once, and told again; every third time it only asks.
  const claims = sent.map(({ disputed }) => disputed);
  expect(claims.slice(0, 8)).toEqual([false, true, true, false, true, true, false, true]);
  expect(sent[3]).toEqual({ firstSeq: 1, lastSeq: 0, disputed: false });
  // The region came back from a backup, and took this box's history from another like it.
  holds = true;
  await timers.advance(600_000);
  expect(journal.cursor("region").seq).toBe(12);
  expect(events.filter(({ is }) => is === "adopted")).toEqual([]);
});

test("a refused box says who it is with each batch, kept before it sends again and until something is taken", async () => {
  const { timers, region, journal, start } = build();
  const told: string[] = [];
  const claimant = { number: 4_711, keep: () => void told.push("keep"), forget: () => void told.push("forget") };
  writeEvents(journal, 3);
  region.force({ status: 423, incident: "7" });
  start(region.transport, journal, undefined, claimant);
  await timers.advance(1_000);
  expect(told.length).toBeGreaterThan(0);
  expect(new Set(told)).toEqual(new Set(["keep"]));
  await timers.advance(120_000);
  expect(region.requests.length).toBeGreaterThan(1);
  region.force(undefined);
  await timers.advance(120_000);
  expect(region.stored.length).toBe(3);
  expect(region.batches.map((batch) => batch.claimant)).toEqual(region.batches.map(() => 4_711));
  expect(told.at(-1)).toBe("forget");
});

test("a full disk that does not keep who it is does not keep a refused box from asking again", async () => {
  const { timers, region, journal, start } = build();
  const full = (): never => {
    throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
  };
  writeEvents(journal, 3);
  region.force({ status: 423, incident: "7" });
  const push = start(region.transport, journal, undefined, { number: 4_711, keep: full, forget: full });
  await timers.advance(120_000);
  expect(push.status().incident).toMatchObject({ code: "locked", number: "7" });
  region.force(undefined);
  await timers.advance(120_000);
  expect(region.stored.length).toBe(3);
});

test("what a region without hashes acknowledged by number goes back to what waits once it is known to hold another history", async () => {
  const { timers, journal, start, events } = build({ entriesMax: 4, inFlightMax: 1 });
  writeEvents(journal, 4);
  const proven = Buffer.from(journal.lastHash).toString("hex");
  writeEvents(journal, 8);
  start(async ({ body }) => {
    const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body: body! });
    if (!read.ok) throw new Error(read.fault.message);
    const { lastSeq } = read.value;
    if (lastSeq > 8) return printReply({ status: 423, incident: "7" });
    const hash = lastSeq === 4 ? { durableHash: proven } : {};
    return printReply({ status: 200, durableSeq: lastSeq, ...hash, quarantined: [], serverTime: 1 });
  });
  await timers.advance(10_000);
  expect(events.filter(({ is }) => is === "incident" || is === "rewound")).toMatchObject([
    { is: "rewound", from: 8, to: 4 },
    { is: "incident", incident: { code: "locked" } },
  ]);
  // Room is made of what it has, up to there.
  expect(journal.cursor("region").seq).toBe(4);
});

describe("a region that stands where a hole hides the box's own hash", () => {
  const answered = async (name: (own: string) => string) => {
    const { timers, journal, start, db, clock, events } = build({ entriesMax: 4, inFlightMax: 1 });
    writeEvents(journal, 40);
    const own = Buffer.from(journal.hashAt(20)!).toString("hex");
    journal.moveCursor("region", 40);
    db.exec("DELETE FROM journal_entry WHERE seq BETWEEN 18 AND 20");
    const again = openJournal(db, { clock, epoch: 4, checkpointEvery: 8 });
    expect(again.hashAt(20)).toBeUndefined();
    // It came back from a backup. What overlaps the hole it cannot compare.
    let held = 20;
    const answer = (firstSeq: number, lastSeq: number): BatchReply => {
      if (firstSeq > held + 1) return { status: 409, expectedSeq: held + 1, serverTime: 1 };
      if (firstSeq === held + 1) held = lastSeq;
      const durableHash = held === 20 ? name(own) : Buffer.from(again.hashAt(held)!).toString("hex");
      return { status: 200, durableSeq: held, durableHash, quarantined: [], serverTime: 1 };
    };
    start(async ({ body }) => {
      const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body: body! });
      if (!read.ok) throw new Error(read.fault.message);
      return printReply(answer(read.value.firstSeq, read.value.lastSeq));
    }, again);
    await timers.advance(30_000);
    const incidents = events.flatMap((event) => (event.is === "incident" ? [event.incident.code] : []));
    return { incidents, cursor: again.cursor("region").seq, again };
  };

  test("its own history goes on", async () => {
    const { incidents, cursor, again } = await answered((own) => own);
    expect([incidents, cursor]).toEqual([[], 40]);
    expect(again.verify().findings).toMatchObject([{ from: 18, to: 20 }]);
  });

  test("another one is an incident: the entries behind the hole lead elsewhere from there", async () => {
    const { incidents, cursor } = await answered(() => "ab".repeat(32));
    expect(incidents).toEqual(["another-history"]);
    expect(cursor).toBeLessThan(20);
  });
});

test("a refused box sends one batch at a time: of what the region takes after all it waits for the word", async () => {
  const { timers, journal, start } = build({ entriesMax: 4, inFlightMax: 3 });
  writeEvents(journal, 2);
  let underWay = 0;
  const most = { before: 0, refused: 0 };
  let refuses = false;
  start(async ({ body }) => {
    const read = unpackBodySync({ contentType: "application/x-protobuf", contentEncoding: "zstd", body: body! });
    if (!read.ok) throw new Error(read.fault.message);
    underWay++;
    const phase = read.value.disputed ? "refused" : "before";
    most[phase] = Math.max(most[phase], underWay);
    await new Promise<void>((resolve) => timers.after(50, resolve));
    underWay--;
    if (refuses) return printReply({ status: 423, incident: "7" });
    const { lastSeq } = read.value;
    const durableHash = Buffer.from(journal.hashAt(lastSeq)!).toString("hex");
    return printReply({ status: 200, durableSeq: lastSeq, durableHash, quarantined: [], serverTime: 1 });
  });
  await timers.advance(5_000);
  refuses = true;
  writeEvents(journal, 40);
  await timers.advance(300_000);
  expect(most).toEqual({ before: 3, refused: 1 });
});
