/** Seeds decide everything; sound parts lose nothing; broken ones are seen. */
import { describe, expect, test } from "vitest";
import { FAULTS, RARE_FAULTS } from "./faults.ts";
import { outOfOrder } from "./oracle.ts";
import { isSound, runSchedule, type ScheduleOptions, type ScheduleResult } from "./schedule.ts";
import { reachedFaults, simulate } from "./simulate.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

const SEED = 1_000;

const count = (results: readonly ScheduleResult[], of: (result: ScheduleResult) => number): number =>
  results.reduce((sum, result) => sum + of(result), 0);

test("1,000 schedules: nothing lost, doubled or out of order, whatever befell", { timeout: 900_000 }, async () => {
  const failures: unknown[] = [];
  const { results, faults } = await simulate({
    seed: SEED,
    schedules: 1_000,
    onFailure: (result) => failures.push(result),
  });
  console.log(`schedules of 1,000 that reached each fault\n${reachedFaults(faults)}`);
  expect(failures).toEqual([]);
  expect(results.length).toBe(1_000);
  expect(count(results, ({ acknowledged }) => acknowledged)).toBeGreaterThan(20_000);
  // Faults that no schedule reaches prove nothing.
  expect(FAULTS.filter((fault) => (faults.get(fault) ?? 0) < 5)).toEqual([]);
  expect([...faults.keys()].filter((fault) => ![...FAULTS, ...RARE_FAULTS].includes(fault))).toEqual([]);
  // A seed reproduces exactly, event by event: so do these, drawn again.
  const again = await simulate({ seed: SEED, schedules: 20 });
  const hashes = again.results.map(({ hash }) => hash);
  expect(hashes).toEqual(results.slice(0, 20).map(({ hash }) => hash));
  expect(new Set(hashes).size).toBe(20);
});

/** Schedules that failed once, before what they found was mended. */
test.each<Pick<ScheduleOptions, "seed" | "also">>([
  { seed: 555 },
  { seed: 1_902 },
  { seed: 2_149 },
  { seed: 201_900 },
  { seed: 401_222 },
  { seed: 641_295 },
  { seed: 600_884, also: "copy-and-restored-region" },
  { seed: 680_145, also: "copy-and-restored-region" },
  { seed: 680_905, also: "copy-and-restored-region" },
  { seed: 310_178, also: "copy-and-restored-region" },
  { seed: 940_201, also: "copy-and-restored-region" },
  { seed: 670_272, also: "copy-and-region-restored-twice" },
  { seed: 670_405, also: "copy-and-region-restored-twice" },
  { seed: 310_495, also: "copy-and-region-restored-twice" },
])("schedule $seed is clean", async (options) => {
  const clean = { lost: 0, duplicated: 0, reordered: 0, invented: 0, defects: [], stuck: undefined };
  expect(await runSchedule(options)).toMatchObject(clean);
});

const COMBINED = "copy of a disk, and the region restored";

test("80 schedules made to draw a copy at a restored region: nothing lost, doubled or out of order", async () => {
  const failures: unknown[] = [];
  const { faults } = await simulate({
    seed: SEED,
    schedules: 80,
    also: "copy-and-restored-region",
    onFailure: (result) => failures.push(result),
  });
  expect(failures).toEqual([]);
  expect(faults.get(COMBINED)).toBeGreaterThan(10);
});

describe("it can see", () => {
  /** Seen where two faults meet, and nowhere else: there every schedule is made to draw both. */
  const RARE: readonly VariantName[] = ["chosen-place-believed"];
  const broken = (Object.keys(VARIANTS) as VariantName[]).filter((name) => name !== "sound" && !RARE.includes(name));
  // The rarest is met about once in 120 schedules: of 200 none may meet it.
  const SCHEDULES = 1_000;
  test.each(broken)("%s is caught", { timeout: 300_000 }, async (name) => {
    for (let seed = SEED; seed < SEED + SCHEDULES; seed++) {
      const result = await runSchedule({ seed, broken: VARIANTS[name] });
      const { lost, duplicated, reordered, invented } = result;
      // A box that stands still has told a person; messages that are lost, or of a history nobody chose, tell nobody.
      if (lost + duplicated + reordered + invented === 0) continue;
      // The very same schedule is clean with sound parts: it is the part that was seen, not the weather.
      expect(isSound(await runSchedule({ seed }))).toBe(true);
      return;
    }
    throw new Error(`${SCHEDULES} schedules from ${SEED} do not see ${name}`);
  });

  test("chosen-place-believed is caught, by a copy of a disk at a restored region", async () => {
    const also = "copy-and-restored-region";
    for (let seed = SEED; seed < SEED + 100; seed++) {
      const result = await runSchedule({ seed, also, broken: VARIANTS["chosen-place-believed"] });
      if (result.lost === 0) continue;
      expect(result.faults).toContain(COMBINED);
      expect(isSound(await runSchedule({ seed, also }))).toBe(true);
      return;
    }
    throw new Error(`100 schedules from ${SEED} do not see it`);
  });

  test("how many stand out of order", () => {
    expect([[1, 2, 3], [2, 1, 3], [3, 1, 2], [3, 2, 1], []].map(outOfOrder)).toEqual([0, 1, 1, 2, 0]);
  });
});
