/** Batches of one box that overtook each other wait for the one before them, and not by asking the store over and over. */
import { pino } from "pino";
import { expect, test } from "vitest";
import { packBodySync, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { createIngest } from "../../hypervisor/ingest.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";
import { createMemoryStore } from "../simulate/memory-store.ts";
import { Journal, readingOf } from "./batches.ts";

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
  const ingest = createIngest({
    store,
    now: timers.wall,
    log: pino({ level: "silent" }),
    unpack: unpackBodySync,
    timers,
  });
  const journal = new Journal("box");
  for (let seq = 1; seq <= 8; seq++) journal.append(readingOf({ fCnt: seq }));
  const send = (first: number) =>
    ingest.receive("box", {
      contentType: "application/x-protobuf",
      contentEncoding: "zstd",
      body: packBodySync(journal.batch(first, first + 1)),
    });
  const early = [send(7), send(5), send(3)];
  await timers.settle();
  expect(looks).toBe(3);
  const replies = [await send(1), ...(await Promise.all(early))];
  expect(replies.map((reply) => reply.status === 200 && reply.durableSeq)).toEqual([2, 8, 6, 4]);
  expect(looks).toBeLessThan(14);
  expect(memory.held("box").entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a batch whose predecessor never comes is told so after a while", async () => {
  const timers = createDrivenTimers();
  const store = createMemoryStore({ communes: ["88383"] });
  const ingest = createIngest({
    store,
    now: timers.wall,
    log: pino({ level: "silent" }),
    unpack: unpackBodySync,
    timers,
  });
  const journal = new Journal("box");
  for (let seq = 1; seq <= 4; seq++) journal.append(readingOf({ fCnt: seq }));
  const reply = ingest.receive("box", {
    contentType: "application/x-protobuf",
    contentEncoding: "zstd",
    body: packBodySync(journal.batch(3, 4)),
  });
  await timers.advance(10_000);
  expect(await reply).toMatchObject({ status: 409, expectedSeq: 1 });
});
