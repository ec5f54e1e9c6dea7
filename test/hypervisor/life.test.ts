/** Heartbeats of many boxes in one statement are answered as each of them alone would be. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { Journal, readingOf } from "./batches.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
let store: Store;
beforeAll(async () => {
  store = await createSqlStore(await openPglite(), NOW);
}, 120_000);
afterAll(() => store?.close());

test("each gets its own cursor, another history and an unknown box their refusal, and all count as heard", async () => {
  const journals = Array.from({ length: 40 }, (_, n) => {
    const journal = new Journal(`life-${n}`, 7);
    for (let seq = 1; seq <= 3 + (n % 5); seq++) journal.append(readingOf({ fCnt: seq }));
    return journal;
  });
  for (const journal of journals) {
    await store.addBox({ name: journal.box, communes: ["88383"] }, NOW);
    await store.acceptBatch(journal.batch(1, journal.lastSeq), NOW);
  }
  const beats = journals.map((journal) => journal.batch(journal.lastSeq + 1, journal.lastSeq));
  const forked = { ...beats[3]!, hashBefore: new Uint8Array(32).fill(9), hashAfter: new Uint8Array(32).fill(9) };
  const ahead = { ...beats[4]!, firstSeq: beats[4]!.firstSeq + 1, lastSeq: beats[4]!.lastSeq + 1 };
  const asked = beats.with(3, forked).with(4, ahead);
  const unknown = store
    .acceptBatch({ ...beats[0]!, box: "nobody" }, NOW)
    .catch((error: { code: string }) => error.code);
  const replies = await Promise.all(asked.map((batch) => store.acceptBatch(batch, NOW + 60_000)));
  expect(await unknown).toBe("box-unknown");
  for (const [n, reply] of replies.entries()) {
    const { lastSeq } = journals[n]!;
    if (n === 3) expect(reply).toMatchObject({ status: 423 });
    else if (n === 4) expect(reply).toMatchObject({ status: 409, expectedSeq: lastSeq + 1 });
    else
      expect(reply).toEqual({
        status: 200,
        durableSeq: lastSeq,
        durableHash: Buffer.from(beats[n]!.hashBefore).toString("hex"),
        quarantined: [],
        serverTime: NOW + 60_000,
      });
  }
  const heard = await store.boxes();
  expect(heard.filter(({ lastProofAt }) => lastProofAt === NOW + 60_000)).toHaveLength(40);
});
