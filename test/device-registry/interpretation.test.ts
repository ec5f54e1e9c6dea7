import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpret } from "../../device-registry/interpretation.ts";
import type { Asset } from "../../device-registry/words.ts";

const bin = (depthMm?: number): Asset => ({
  ref: "container:88383:007",
  kind: "container",
  commune: "88383",
  use: "waste",
  attributes: depthMm === undefined ? {} : { depthMm },
});
const air = (value: number) => [{ name: "container.distance", value, unit: "mm" }];
const level = (distance: number, depth: number) =>
  interpret(air(distance), bin(depth)).measurements.find(({ name }) => name === "container.level");

describe("interpretation by placement", () => {
  it("310 mm of free air in a 1,200 mm bin is 74 % full", () => {
    expect(level(310, 1_200)).toEqual({ name: "container.level", value: 74, unit: "%" });
  });

  it("keeps the distance beside the level", () => {
    expect(interpret(air(310), bin(1_200)).measurements[0]).toEqual(air(310)[0]);
  });

  it("notes a distance that cannot be inside", () => {
    expect(interpret(air(2_116), bin(1_200))).toEqual({ measurements: air(2_116), notes: ["distance-beyond-depth"] });
  });

  it("adds nothing without a depth, without an asset, or beside the device's own level", () => {
    expect(interpret(air(310), bin()).measurements).toHaveLength(1);
    expect(interpret(air(310), undefined).measurements).toHaveLength(1);
    const own = [...air(310), { name: "container.level", value: 20, unit: "%" }];
    expect(interpret(own, bin(1_200)).measurements).toEqual(own);
  });

  it("is a whole percentage from 0 to 100, never fuller with more air", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 20_000 }), fc.nat(22_000), fc.nat(22_000), (depth, a, b) => {
        const [near, far] = [level(Math.min(a, b), depth)?.value, level(Math.max(a, b), depth)?.value];
        for (const value of [near, far])
          if (value !== undefined) {
            expect(Number.isInteger(value)).toBe(true);
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(100);
          }
        if (near !== undefined && far !== undefined) expect(near).toBeGreaterThanOrEqual(far as number);
      }),
    );
  });
});

describe("pulses", () => {
  const meter = (attributes: Asset["attributes"]): Asset => ({
    ref: "meter:88383:007",
    kind: "meter",
    commune: "88383",
    use: "water",
    attributes,
  });
  const pulses = (name: string, value: number) => [{ name, value, unit: "1" }];

  it("are water where a pulse is worth litres, input by input", () => {
    const { measurements } = interpret(pulses("pulse.total@A", 159), meter({ litresPerPulse: 10 }));
    expect(measurements).toEqual([
      { name: "pulse.total@A", value: 159, unit: "1" },
      { name: "meter.water.total@A", value: 1.59, unit: "m3" },
    ]);
  });

  it("are energy where a pulse is worth watt-hours, totals and what was counted alike", () => {
    const kilo = meter({ wattHoursPerPulse: 0.1 });
    expect(interpret(pulses("pulse.total", 65_535), kilo).measurements[1]).toEqual({
      name: "meter.energy.total",
      value: 6_553.5,
      unit: "Wh",
    });
    expect(interpret(pulses("pulse.delta", 3), kilo).measurements[1]).toEqual({
      name: "meter.energy.delta",
      value: 0.3,
      unit: "Wh",
    });
  });

  it("mean nothing more where nobody said their worth, or where the device counts itself", () => {
    expect(interpret(pulses("pulse.total", 5), meter({})).measurements).toHaveLength(1);
    const own = [...pulses("pulse.total", 5), { name: "meter.water.total", value: 7, unit: "m3" }];
    expect(interpret(own, meter({ litresPerPulse: 1 })).measurements).toEqual(own);
  });

  it("grow with the pulses, whatever one is worth", () => {
    const count = fc.nat(4_294_967_295);
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 100_000 }), (a, b, worth) => {
        const water = (value: number) =>
          Number(interpret(pulses("pulse.total", value), meter({ litresPerPulse: worth / 10 })).measurements[1]?.value);
        if (a < b) expect(water(a)).toBeLessThan(water(b));
        if (a === b) expect(water(a)).toBe(water(b));
      }),
    );
  });
});
