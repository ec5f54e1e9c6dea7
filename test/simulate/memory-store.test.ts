/** The store in memory gives the answers of the store on a database, whatever comes in whatever order. */
import * as fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packBodySync, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { createIngest } from "../../hypervisor/ingest.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { Journal, readingOf } from "../hypervisor/batches.ts";
import { createMemoryStore } from "./memory-store.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const COMMUNES = ["88383"];

let real: Store;
let boxes = 0;
beforeAll(async () => {
  real = await createSqlStore(await openPglite(), NOW);
}, 120_000);
afterAll(() => real?.close());

/** A journal of that many entries; from `turn` on, of another history. */
const journalOf = (box: string, entries: number, turn: number, salt: number): Journal => {
  const journal = new Journal(box, 7);
  for (let seq = 1; seq <= entries; seq++) {
    const fCnt = seq >= turn ? seq + 1_000 * salt : seq;
    if (seq % 5 === 0)
      journal.append({ kind: "event", event: "join", device: "24e124713b492281", at: NOW + fCnt, detail: {} });
    // What the region cannot store goes to its quarantine.
    else if (seq % 7 === 0) journal.append({ kind: "alarm", alarm: "a\0b", raised: true, at: NOW, detail: {} });
    else journal.append(readingOf({ fCnt }));
  }
  return journal;
};

const offer = fc.record({
  first: fc.integer({ min: 1, max: 30 }),
  length: fc.integer({ min: 0, max: 12 }),
  history: fc.constantFrom(0, 0, 0, 0, 1),
  epoch: fc.constantFrom(7, 7, 7, 7, 7, 8),
});

test("the same replies and the same readings", { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(offer, { minLength: 1, maxLength: 12 }), async (offers) => {
      const box = `box-${++boxes}`;
      await real.addBox({ name: box, communes: COMMUNES }, NOW);
      const memory = createMemoryStore({ communes: COMMUNES });
      // Nobody waits here for a batch that was overtaken: each question is a minute later.
      let minutes = 0;
      const timers = {
        mono: () => ++minutes * 60_000,
        after: (_: number, then: () => void) => {
          queueMicrotask(then);
          return () => {};
        },
      };
      const parts = { now: () => NOW, log: pino({ level: "silent" }), unpack: unpackBodySync, timers };
      const [one, other] = [createIngest({ ...parts, store: real }), createIngest({ ...parts, store: memory })];
      const histories = [journalOf(box, 40, 99, 0), journalOf(box, 40, 15, 1)];
      for (const { first, length, history, epoch } of offers) {
        const batch = { ...histories[history]!.batch(first, first + length - 1), epoch };
        const body = {
          contentType: "application/x-protobuf",
          contentEncoding: "zstd",
          body: packBodySync(batch),
        };
        expect(await other.receive(box, body)).toEqual(await one.receive(box, body));
      }
      const held = memory.held(box);
      const readings = held.entries.filter(({ body }) => body.kind === "reading");
      const stored = await real.readings({
        box,
        afterSeq: 0,
        limit: 1_000,
        ...(held.cursor === undefined ? {} : { epoch: held.cursor.epoch }),
      });
      expect(stored.map(({ seq, fCnt }) => [seq, fCnt])).toEqual(
        readings.map(({ seq, body }) => [seq, body.kind === "reading" ? body.fCnt : 0]),
      );
      const state = (await real.boxes()).find(({ name }) => name === box);
      expect([state?.durableSeq, state?.incident]).toEqual([held.cursor?.seq ?? 0, held.incident]);
    }),
    { numRuns: 40 },
  );
});
