/** Batches of one box that overtook each other wait for the one before them, and not by asking the store over and over. */
import { pino } from "pino";
import { expect, test } from "vitest";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { packBodySync, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { createIngest } from "../../hypervisor/ingest.ts";
import { createDrivenTimers, type DrivenTimers } from "../cloud-sync/driven.ts";
import { PROTOCOL_1 } from "../cloud-sync/former-batch.ts";
import { createMemoryStore } from "../simulate/memory-store.ts";
import { Journal, readingOf } from "./batches.ts";

const ingestOf = (store: Parameters<typeof createIngest>[0]["store"], timers: DrivenTimers) =>
  createIngest({ store, now: timers.wall, log: pino({ level: "silent" }), unpack: unpackBodySync, timers });

/** As a box sends it. */
const packed = (body: Uint8Array) => ({
  contentType: "application/x-protobuf",
  contentEncoding: "zstd",
  body,
});

test("three batches that came before the first look once, and again when it is there", async () => {
  const timers = createDrivenTimers();
  const memory = createMemoryStore({ communes: ["88383"] });
  let looks = 0;
  const store = {
    ...memory,
    acceptBatch: (...given: Parameters<typeof memory.acceptBatch>) => {
      looks++;
      return memory.acceptBatch(...given);
    },
  };
  const ingest = ingestOf(store, timers);
  const journal = new Journal("box");
  for (let seq = 1; seq <= 8; seq++) journal.append(readingOf({ fCnt: seq }));
  const send = (first: number) => ingest.receive("box", packed(packBodySync(journal.batch(first, first + 1))));
  const early = [send(7), send(5), send(3)];
  await timers.settle();
  expect(looks).toBe(3);
  const replies = [await send(1), ...(await Promise.all(early))];
  expect(replies.map((reply) => reply.status === 200 && reply.durableSeq)).toEqual([2, 8, 6, 4]);
  expect(looks).toBeLessThan(14);
  expect(memory.held("box").entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a batch is looked through while the one before it is stored", async () => {
  const timers = createDrivenTimers();
  const memory = createMemoryStore({ communes: ["88383"] });
  const opened = Promise.withResolvers<void>();
  const done: string[] = [];
  const store = {
    ...memory,
    lookThrough: ({ firstSeq }: DecodedBatch) => void done.push(`look ${firstSeq}`),
    acceptBatch: async (...given: Parameters<typeof memory.acceptBatch>) => {
      done.push(`begin ${given[0].firstSeq}`);
      await opened.promise;
      return memory.acceptBatch(...given);
    },
  };
  const ingest = ingestOf(store, timers);
  const journal = new Journal("box");
  for (let seq = 1; seq <= 4; seq++) journal.append(readingOf({ fCnt: seq }));
  const send = (first: number) => ingest.receive("box", packed(packBodySync(journal.batch(first, first + 1))));
  const replies = [send(1)];
  await timers.settle();
  replies.push(send(3));
  await timers.settle();
  expect(done).toEqual(["look 1", "begin 1", "look 3"]);
  opened.resolve();
  expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200]);
});

test("a batch whose predecessor never comes is told so after a while", async () => {
  const timers = createDrivenTimers();
  const store = createMemoryStore({ communes: ["88383"] });
  const ingest = ingestOf(store, timers);
  const journal = new Journal("box");
  for (let seq = 1; seq <= 4; seq++) journal.append(readingOf({ fCnt: seq }));
  const reply = ingest.receive("box", packed(packBodySync(journal.batch(3, 4))));
  await timers.advance(10_000);
  expect(await reply).toMatchObject({ status: 409, expectedSeq: 1 });
});

/** A store that stands still until `open` is called, before it the batches of a thousand boxes, and more as they come. */
const crowded = () => {
  const timers = createDrivenTimers();
  const memory = createMemoryStore({ communes: ["88383"] });
  const opened = Promise.withResolvers<void>();
  const store = {
    ...memory,
    acceptBatch: async (...given: Parameters<typeof memory.acceptBatch>) => {
      await opened.promise;
      return memory.acceptBatch(...given);
    },
  };
  const ingest = ingestOf(store, timers);
  let boxes = 0;
  const send = (count: number) =>
    Array.from({ length: count }, () => {
      const journal = new Journal(`box-${boxes++}`);
      journal.append(readingOf());
      return ingest.receive(journal.box, packed(packBodySync(journal.batch(1, 1))));
    });
  return { timers, ingest, send, open: opened.resolve };
};

const statusesOf = async (replies: readonly ReturnType<ReturnType<typeof createIngest>["receive"]>[]) =>
  (await Promise.all(replies)).map(({ status }) => status);

test("a region's boxes at once wait for their turn, and each is served", async () => {
  const { timers, send, open } = crowded();
  const replies = send(1_000);
  await timers.advance(9_000);
  open();
  expect(new Set(await statusesOf(replies))).toEqual(new Set([200]));
});

test("when the first has waited for long, who comes then is given a place to come back at, and those before are served", async () => {
  const { timers, send, open } = crowded();
  const before = send(100);
  await timers.advance(10_001);
  const late = send(1_000);
  await timers.settle();
  open();
  expect(new Set(await statusesOf(before))).toEqual(new Set([200]));
  const pauses = (await Promise.all(late)).flatMap((reply) => (reply.status === 503 ? [reply.retryAfterSeconds] : []));
  expect(pauses).toHaveLength(1_000);
  // A hundred a second, after two seconds: not all at once, and none for longer than there are before it.
  for (let second = 3; second <= 12; second++)
    expect(pauses.filter((each) => each === second).length).toBeLessThanOrEqual(101);
  expect(Math.max(...pauses)).toBe(12);
  expect(await statusesOf(send(1))).toEqual([200]);
});

test("one box has eight batches under way and no more; those of others find their places", async () => {
  const { timers, ingest, send, open } = crowded();
  const journal = new Journal("greedy");
  journal.append(readingOf());
  const body = packed(packBodySync(journal.batch(1, 1)));
  const greedy = Array.from({ length: 100 }, () => ingest.receive("greedy", body));
  const others = send(10);
  await timers.settle();
  open();
  expect(await statusesOf(greedy)).toEqual([...Array(8).fill(200), ...Array(92).fill(503)]);
  expect(await statusesOf(others)).toEqual(Array(10).fill(200));
  expect((await ingest.receive("greedy", body)).status).toBe(200);
});

test("nothing is done for a box that waits no more when its turn comes", async () => {
  const { timers, ingest, send, open } = crowded();
  const before = send(64);
  const journal = new Journal("gone");
  journal.append(readingOf());
  const body = packed(packBodySync(journal.batch(1, 1)));
  const gone = ingest.receive("gone", body, () => true);
  await timers.settle();
  open();
  expect(new Set(await statusesOf(before))).toEqual(new Set([200]));
  expect((await gone).status).toBe(503);
  // Its first entry is still the one that is wanted.
  expect(await ingest.receive("gone", body)).toMatchObject({ status: 200, durableSeq: 1 });
});

test("a stop ends what is worked on; those that wait are asked to come back", async () => {
  const { timers, ingest, send, open } = crowded();
  const replies = send(100);
  await timers.settle();
  const stopped = ingest.stop();
  open();
  await stopped;
  const statuses = await statusesOf(replies);
  expect(statuses.filter((status) => status === 200)).toHaveLength(64);
  expect(statuses.filter((status) => status === 503)).toHaveLength(36);
});

test("a box of the version before is understood as it packs: its entries are held, and a copy of them changes nothing", async () => {
  const store = createMemoryStore({ communes: ["88383"] });
  const timers = createDrivenTimers();
  const ingest = ingestOf(store, timers);
  const batch = packed(PROTOCOL_1);
  expect(await ingest.receive("remiremont", batch)).toMatchObject({ status: 200, durableSeq: 4, quarantined: [] });
  expect(await ingest.receive("remiremont", batch)).toMatchObject({ status: 200, durableSeq: 4 });
  expect(store.held("remiremont").entries.map(({ body }) => body.kind)).toEqual([
    "reading",
    "alarm",
    "reading",
    "loss",
  ]);
});
