/** Seeds decide everything; sound parts lose nothing; broken ones are seen. */
import { describe, expect, test } from "vitest";
import { outOfOrder } from "./oracle.ts";
import { isSound, runSchedule } from "./schedule.ts";
import { simulate } from "./simulate.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

const SEED = 1_000;

test("a seed reproduces exactly: 20 schedules twice, event by event", { timeout: 300_000 }, async () => {
  const [once, again] = [await simulate({ seed: 1, schedules: 20 }), await simulate({ seed: 1, schedules: 20 })];
  expect(again.results.map(({ hash }) => hash)).toEqual(once.results.map(({ hash }) => hash));
  expect(again.hash).toBe(once.hash);
  expect(new Set(once.results.map(({ hash }) => hash)).size).toBe(20);
});

test("700 schedules: nothing lost, doubled or out of order, whatever befell", { timeout: 900_000 }, async () => {
  const failures: unknown[] = [];
  const { results, faults } = await simulate({
    seed: SEED,
    schedules: 700,
    onFailure: (result) => failures.push(result),
  });
  expect(failures).toEqual([]);
  expect(results.length).toBe(700);
  expect(results.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).toBeGreaterThan(10_000);
  // Faults that no schedule reaches prove nothing.
  expect([...faults].filter(([, schedules]) => schedules < 10)).toEqual([]);
  expect(faults.size).toBeGreaterThanOrEqual(30);
});

describe("it can see", () => {
  const broken = Object.keys(VARIANTS).filter((name) => name !== "sound") as VariantName[];
  test.each(broken)("%s is caught", { timeout: 300_000 }, async (name) => {
    for (let seed = SEED; seed < SEED + 100; seed++) {
      const result = await runSchedule({ seed, broken: VARIANTS[name] });
      if (isSound(result)) continue;
      const { lost, duplicated, reordered } = result;
      expect(lost + duplicated + reordered).toBeGreaterThan(0);
      // The very same schedule is clean with sound parts: it is the part that was seen, not the weather.
      expect(isSound(await runSchedule({ seed }))).toBe(true);
      return;
    }
    throw new Error(`100 schedules from ${SEED} do not see ${name}`);
  });

  test("how many stand out of order", () => {
    expect([[1, 2, 3], [2, 1, 3], [3, 1, 2], [3, 2, 1], []].map(outOfOrder)).toEqual([0, 1, 1, 2, 0]);
  });
});
