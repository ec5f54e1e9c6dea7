import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterWarmUp, growthOf, isWithin, rise, type Sample } from "./growth.ts";

const line = (count: number, start: number, perSample: number): Sample[] =>
  Array.from({ length: count }, (_, i) => ({ at: i * 5_000, value: start + i * perSample }));

describe("growth of a row of samples", () => {
  it("finds the slope of any straight line", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 500 }),
        fc.integer(),
        fc.integer({ min: -1_000, max: 1_000 }),
        (n, start, step) => {
          const { grown, perHour } = growthOf(line(n, start, step));
          expect(grown).toBeCloseTo(step * (n - 1), 3);
          expect(perHour).toBeCloseTo(step * 720, 3);
        },
      ),
    );
  });

  it("takes a saw tooth for what it is, and sees the line beneath it", () => {
    const tooth = line(400, 100, 0).map(({ at, value }, i) => ({ at, value: value + (i % 20) }));
    expect(Math.abs(growthOf(tooth).grown)).toBeLessThan(1);
    const leak = tooth.map(({ at, value }, i) => ({ at, value: value + i * 0.1 }));
    expect(growthOf(leak).grown).toBeGreaterThan(35);
  });

  it("lets warming up pass and a leak not", () => {
    const samples = [...line(30, 50, 2), ...line(60, 110, 0).map(({ at, value }) => ({ at: at + 150_000, value }))];
    const bound = { allowance: 5, perHour: 10 };
    expect(isWithin(growthOf(samples), bound, 0.1)).toBe(false);
    expect(isWithin(growthOf(afterWarmUp(samples, 1 / 3)), bound, 0.1)).toBe(true);
  });

  it("rises with what lasts, not with a spike", () => {
    const calm = line(60, 2, 0);
    expect(rise(calm.map((each, i) => (i > 55 ? { ...each, value: 40 } : each)))).toBe(0);
    expect(rise(calm.map((each, i) => (i > 40 ? { ...each, value: 40 } : each)))).toBe(38);
  });

  it("refuses a row that says nothing", () => {
    expect(() => growthOf([])).toThrow(RangeError);
    expect(() => growthOf(line(1, 0, 0))).toThrow(RangeError);
  });
});
