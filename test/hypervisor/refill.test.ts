/** A container whose depth changes: its fill follows, back to the first reading, by the box's own rule. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { EntryBody, Measurement } from "../../cloud-sync/protocol/entry.ts";
import { interpret } from "../../device-registry/interpretation.ts";
import type { Asset } from "../../device-registry/words.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { Journal, readingOf } from "./batches.ts";
import { type OwnDatabase, onEachDatabase } from "./databases.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const REF = "container:88383:001";
const DEVICE = "24e124713b492281";

const bin = (depthMm?: number): Asset => ({
  ref: REF,
  kind: "container",
  commune: "88383",
  use: "waste",
  attributes: depthMm === undefined ? {} : { depthMm },
});
const put = (depthMm?: number): EntryBody => ({
  kind: "registry",
  at: NOW,
  change: { op: "put-asset", asset: bin(depthMm) },
});
const distance = (mm: number): Measurement => ({ name: "container.distance", value: mm, unit: "mm" });
/** As the box sends it: the distance, and the fill that the depth of that moment gives. */
const read = (at: number, mm: number, depthMm?: number): EntryBody =>
  readingOf({
    asset: REF,
    device: DEVICE,
    at,
    receivedAt: at,
    fCnt: at % 60_000,
    measurements: [...interpret([distance(mm)], bin(depthMm)).measurements],
  });
const levelOf = (mm: number, depthMm?: number): unknown =>
  interpret([distance(mm)], bin(depthMm)).measurements.find(({ name }) => name === "container.level")?.value;

const suite = (open: () => Promise<OwnDatabase>): void => {
  it("computes fill anew from every distance that is kept, and leaves what a device reports itself", {
    timeout: 120_000,
  }, async () => {
    const ground = await open();
    const store = await createSqlStore(ground.sql, NOW);
    try {
      let boxes = 0;
      const depth = fc.option(fc.integer({ min: 100, max: 3_000 }), { nil: undefined });
      const mm = fc.integer({ min: 0, max: 3_500 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(mm, { minLength: 1, maxLength: 6 }),
          fc.array(depth, { minLength: 2, maxLength: 4 }),
          fc.boolean(),
          async (distances, depths, atOnce) => {
            const journal = new Journal(`box-${++boxes}`);
            await store.addBox({ name: journal.box, communes: ["88383"] }, NOW);
            const own = readingOf({
              asset: REF,
              device: DEVICE,
              at: NOW + 500,
              receivedAt: NOW + 500,
              fCnt: 9,
              measurements: [distance(100), { name: "container.level", value: 41.5, unit: "%" }],
            });
            const times = distances.map((_, index) => NOW + index * 1_000);
            const entries: EntryBody[] = [
              put(depths[0]),
              {
                kind: "registry",
                at: NOW,
                change: { op: "put-device", device: { devEui: DEVICE, model: "milesight-em400", asset: REF } },
              },
            ];
            for (const [index, each] of distances.entries()) entries.push(read(times[index]!, each, depths[0]));
            entries.push(own, ...depths.slice(1).map(put));
            journal.append(...entries);
            const cuts = atOnce ? [entries.length] : entries.map((_, index) => index + 1);
            let first = 1;
            for (const last of cuts) {
              expect(await store.acceptBatch(journal.batch(first, last), NOW + 60_000)).toMatchObject({
                status: 200,
                quarantined: [],
              });
              first = last + 1;
            }
            // Of one box after the other: each has the container by that name.
            const rows = await ground.sql.query<{ at: Date; number: number }>(
              `SELECT at, number FROM measured WHERE box = $1 AND name = 'container.level' ORDER BY at`,
              [journal.box],
            );
            const wanted = new Map(distances.map((each, index) => [times[index]!, levelOf(each, depths.at(-1))]));
            wanted.set(NOW + 500, 41.5);
            expect(new Map(rows.map(({ at, number }) => [at.getTime(), number]))).toEqual(
              new Map([...wanted].filter(([, level]) => level !== undefined).sort(([one], [other]) => one - other)),
            );
            expect(rows).toHaveLength([...wanted.values()].filter((level) => level !== undefined).length);
            // What was sent is as it was sent.
            const sent = await store.readings({ box: journal.box, afterSeq: 0, limit: 100 });
            expect(sent[0]?.measurements).toEqual(interpret([distance(distances[0]!)], bin(depths[0])).measurements);
          },
        ),
        { numRuns: Number(process.env.BEFFROI_RUNS ?? 20) },
      );
    } finally {
      await store.close();
      await ground.close();
    }
  });

  it("shows the new fill at once", { timeout: 60_000 }, async () => {
    const ground = await open();
    const store = await createSqlStore(ground.sql, NOW);
    try {
      const journal = new Journal("remiremont");
      await store.addBox({ name: "remiremont", communes: ["88383"] }, NOW);
      journal.append(put(1_000), read(NOW, 500, 1_000), put(2_000), put(undefined), put(400));
      const level = async (): Promise<unknown> =>
        (await store.assets({ refs: [REF], limit: 1 }))[0]?.latest["container.level"]?.value;
      const seen: unknown[] = [];
      for (const [first, last] of [
        [1, 2],
        [3, 3],
        [4, 4],
        [5, 5],
      ] as const) {
        await store.acceptBatch(journal.batch(first, last), NOW + 60_000);
        seen.push(await level());
      }
      // 500 mm of air in a container of 400 mm: beyond it.
      expect(seen).toEqual([50, 75, undefined, undefined]);
    } finally {
      await store.close();
      await ground.close();
    }
  });
};

onEachDatabase(suite);
