/** What boxes and regions of the version before write and read. */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createComparer } from "../../cloud-sync/compare.ts";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { isSound } from "../../cloud-sync/protocol/admit.ts";
import { decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { BATCH_HEADERS, packBodySync, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { parseDigest, parseDigestReply, printDigest, printDigestReply } from "../../cloud-sync/protocol/digest.ts";
import { parseReply, printReply } from "../../cloud-sync/protocol/reply.ts";
import { createPush } from "../../cloud-sync/push.ts";
import type { Transport } from "../../cloud-sync/transport.ts";
import { HEALTH } from "./arbitrary.ts";
import { createDrivenTimers } from "./driven.ts";
import { PROTOCOL_1 } from "./former-batch.ts";
import { createRegion } from "./region.ts";

const decodeOld = () => {
  const read = unpackBodySync({
    contentType: BATCH_HEADERS["content-type"],
    contentEncoding: BATCH_HEADERS["content-encoding"],
    body: PROTOCOL_1,
  });
  if (!read.ok) throw new Error(`${read.fault.code}: ${read.fault.message}`);
  return read.value;
};

test("a batch of the former version is read whole, and its running hash holds", () => {
  const batch = decodeOld();
  expect(batch).toMatchObject({ box: "remiremont", epoch: 7, firstSeq: 1, lastSeq: 4, unusable: [], gone: [] });
  expect(batch.entries.map(({ body }) => body.kind)).toEqual(["reading", "alarm", "reading", "loss"]);
  expect(batch.entries[2]?.body).toMatchObject({
    device: "24e124713b492281",
    fCnt: 2,
    frame: Uint8Array.of(1, 0x75, 92),
    measurements: [
      { name: "battery.level", value: 92, unit: "%" },
      { name: "temperature", value: 25.7, unit: "Cel" },
    ],
    notes: ["counter-restart"],
  });
  expect(isSound(batch)).toBe(true);
});

test("what has no words of this version is written so that the former version reads it", () => {
  const again = decodeBatch(encodeBatch(decodeOld()));
  expect(again.ok && again.value.entries).toEqual(decodeOld().entries);
  // protocol_min is field 2: the second varint field of the message.
  expect([...encodeBatch(decodeOld()).subarray(2, 4)]).toEqual([0x10, 1]);
});

test("fields nobody knows yet are passed over, in batches and in replies", () => {
  // Field 900, four bytes; and field 901, a varint.
  const unknown = Uint8Array.of(0xa2, 0x38, 4, 1, 2, 3, 4, 0xa8, 0x38, 7);
  const read = decodeBatch(Buffer.concat([encodeBatch(decodeOld()), unknown]));
  expect(read.ok && read.value.entries).toEqual(decodeOld().entries);
  const reply = JSON.stringify({ status: 200, durableSeq: 4, quarantined: [], serverTime: 1, mood: "good" });
  expect(parseReply(200, {}, reply)).toMatchObject({ ok: true, value: { durableSeq: 4 } });
  const old = printReply({ status: 410, epoch: 9 });
  expect(parseReply(410, {}, old.body)).toEqual({ ok: true, value: { status: 410, epoch: 9 } });
});

/** Texts of the daily comparison as the first version wrote them, kept as they were. */
const FIRST_DIGEST =
  `{"epoch":7,"oldestSeq":2,"ranges":[{"from":2,"to":4096,"gone":[[5,9],[11,11]],"before":"${"00".repeat(32)}",` +
  `"after":"${"ab".repeat(32)}"},{"from":4097,"to":4100,"before":"${"ab".repeat(32)}","after":"${"cd".repeat(32)}"}]}`;
const FIRST_DIGEST_REPLY = '{"again":[{"from":2,"to":4096}]}';

test("the comparison's texts of the former version are read and written, and what nobody knows yet is passed over", () => {
  const read = parseDigest(FIRST_DIGEST);
  expect(read).toMatchObject({ ok: true, value: { epoch: 7, oldestSeq: 2, ranges: [{ from: 2 }, { to: 4_100 }] } });
  if (!read.ok) throw new Error(read.fault.message);
  expect(printDigest(read.value)).toBe(FIRST_DIGEST);
  const reply = { again: [{ from: 2, to: 4_096 }] };
  expect(parseDigestReply(200, FIRST_DIGEST_REPLY)).toEqual({ ok: true, value: reply });
  expect(printDigestReply(reply)).toBe(FIRST_DIGEST_REPLY);

  const newer = JSON.parse(FIRST_DIGEST);
  newer.algorithm = "sha-256";
  for (const range of newer.ranges) range.counted = 12;
  expect(parseDigest(JSON.stringify(newer))).toEqual(read);
  const newerReply = JSON.stringify({ ...reply, again: [{ ...reply.again[0], why: "hash" }], next: "tomorrow" });
  expect(parseDigestReply(200, newerReply)).toEqual({ ok: true, value: reply });
});

test("a region of before the comparison is left alone with it; one of before the hash in its reply is believed on its word", async () => {
  const timers = createDrivenTimers();
  const region = createRegion(timers.wall);
  const db = new Database(":memory:");
  const clock = { now: () => ({ wall: timers.wall(), mono: timers.mono(), clock: "confirmed" as const }) };
  const journal = openJournal(db, { clock, epoch: 4 });
  const write = (count: number) =>
    journal.write((append) => {
      for (let n = 0; n < count; n++) append({ kind: "event", event: "status", device: "d", at: n, detail: { n } });
    });
  const unknown: string[] = [];
  /** Knows batches and nothing else, and says of them what the first version said. */
  const former: Transport = async (request, signal) => {
    if (!request.path.endsWith("/batches")) {
      unknown.push(request.path);
      return { status: 404, headers: {}, body: '{"code":"not-found"}' };
    }
    const { durableHash: _, ...told } = JSON.parse((await region.transport(request, signal)).body);
    return { status: told.status, headers: {}, body: JSON.stringify({ ...told, digest: true }) };
  };
  const common = {
    journal,
    destination: "region",
    box: "remiremont",
    transport: former,
    health: () => HEALTH,
    timers,
    pack: packBodySync,
  };
  const failures: string[] = [];
  const comparer = createComparer({
    ...common,
    turn: async () => {},
    report: (event) => failures.push(event.is === "not-compared" ? event.message : event.is),
  });
  const push = createPush({
    ...common,
    random: () => 0.5,
    settings: { latestFrom: 20 },
    report: (event) => {
      if (event.is === "digest-wanted") comparer.wanted();
    },
  });
  write(50);
  push.start();
  await timers.advance(10 * 60_000);
  write(50);
  await timers.advance(10 * 60_000);
  expect(region.stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
  expect(push.status()).toMatchObject({ connected: true, waiting: 0, durableSeq: 100 });
  // However often it asks, it is asked back once a minute at most.
  expect(unknown.filter((path) => path.endsWith("/digest")).length).toBeLessThanOrEqual(21);
  expect(new Set(failures)).toEqual(new Set([expect.stringMatching(/status 404/)]));
  await Promise.all([push.stop(), comparer.stop()]);
  db.close();
});
