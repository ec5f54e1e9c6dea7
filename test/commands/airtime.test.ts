import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf } from "../../commands/airtime/cost.ts";
import {
  type AirUse,
  EU868_SUB_BANDS,
  freeAt,
  HOUR_MS,
  RX2_FREQUENCY,
  subBandOf,
  usedMs,
} from "../../commands/airtime/duty-cycle.ts";
import { downlinkMs, EU868_RATES, rateOf, timeOnAirMs } from "../../commands/airtime/time-on-air.ts";
import { planOfWish } from "../../commands/mass.ts";

/** Uplinks of 12, 20 and 51 application bytes at SF7 to SF12, computed from the SX127x data sheet by others; ms. */
const PUBLISHED: Readonly<Record<number, readonly number[]>> = {
  12: [61.7, 113.2, 205.8, 411.6, 823.3, 1482.8],
  20: [71.9, 133.6, 246.8, 452.6, 987.1, 1810.4],
  51: [118.0, 215.6, 390.1, 698.4, 1560.6, 2793.5],
};

describe("the time on air", () => {
  it.each(Object.entries(PUBLISHED))("is the published one for %s bytes", (bytes, times) => {
    times.forEach((ms, index) => {
      const rate = { spreadingFactor: 7 + index, bandwidth: 125_000 };
      expect(timeOnAirMs(Number(bytes) + 13, rate, "up")).toBeCloseTo(ms, 0);
      expect(Math.abs(timeOnAirMs(Number(bytes) + 13, rate, "up") - ms)).toBeLessThan(0.06);
    });
  });

  it("is the published one for a lamp's command of 8 bytes", () => {
    expect(downlinkMs(8, 0) / 1_000).toBeCloseTo(1.32, 2);
    expect(downlinkMs(8, 3) / 1_000).toBeCloseTo(0.185, 3);
  });

  it("grows with the bytes and never with the rate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 241 }), fc.integer({ min: 1, max: 6 }), (bytes, dr) => {
        expect(downlinkMs(bytes + 1, dr)).toBeGreaterThanOrEqual(downlinkMs(bytes, dr));
        expect(downlinkMs(bytes, dr)).toBeLessThan(downlinkMs(bytes, dr - 1));
      }),
    );
  });

  it("knows its rates, and says which it does not know", () => {
    expect(EU868_RATES.map(rateOf)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(() => downlinkMs(8, 7)).toThrow(RangeError);
  });
});

describe("the duty cycle", () => {
  const band = subBandOf(RX2_FREQUENCY)!;

  it("knows the sub-band of each frequency that is sent on", () => {
    expect(band.share).toBe(0.1);
    expect([868_100_000, 868_500_000, 867_900_000].map((each) => subBandOf(each)?.share)).toEqual([0.01, 0.01, 0.01]);
    expect(subBandOf(868_650_000)).toBeUndefined();
  });

  it("is kept in every sliding hour by whoever waits for its turn, and is not left unused", () => {
    const durations = fc.array(fc.integer({ min: 50, max: 3_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, fc.constantFrom(...EU868_SUB_BANDS), (frames, sub) => {
        const uses: AirUse[] = [];
        let now = 0;
        for (const ms of frames) {
          const at = freeAt(uses, sub, ms, now);
          if (at === Number.POSITIVE_INFINITY) continue;
          // A moment earlier there was no room.
          if (at > now) expect(usedMs(uses, at - 1) + ms).toBeGreaterThan(sub.share * HOUR_MS);
          now = at;
          uses.push({ at: now, ms });
          expect(usedMs(uses, now)).toBeLessThanOrEqual(sub.share * HOUR_MS);
        }
      }),
    );
  });
});

describe("the cost of a wish", () => {
  it("is the published example: 312 lamps", () => {
    const group = { members: 312, dr: 0, gateways: 1 };
    const cost = costOf({ bytes: 8, assets: 312, groups: [group], frequency: RX2_FREQUENCY, dr: 0 });
    expect(cost.multicast).toMatchObject({ frames: 1, assets: 312 });
    expect((cost.multicast?.airtimeMs ?? 0) / 1_000).toBeCloseTo(1.3, 1);
    expect(Math.round(cost.oneByOne.sf12.spanMs / 60_000)).toBe(69);
    expect(Math.round(cost.oneByOne.sf9.spanMs / 60_000)).toBe(10);
    expect(cost.unicast.frames).toBe(0);
  });

  it("counts each lamp as it is reached, where that is known", () => {
    const slow = { frequency: RX2_FREQUENCY, dr: 0 };
    const fast = { frequency: RX2_FREQUENCY, dr: 3 };
    const groups = [{ name: "street", members: ["a", "b"], dataRate: 0 }];
    const wayOf = (lamp: string) => (lamp === "d" ? fast : slow);
    const plan = planOfWish({ meant: ["a", "b", "c", "d"], bytes: 3, groups, gateways: 1, wayOf });
    expect(plan.multicast).toMatchObject({ frames: 1, assets: 2 });
    const airtimeMs = downlinkMs(3, 0) + downlinkMs(3, 3);
    expect(plan.unicast.frames).toBe(2);
    expect(plan.unicast.airtimeMs).toBeCloseTo(airtimeMs);
    expect(plan.unicast.spanMs).toBeCloseTo(airtimeMs * 10);
    const unproven = [{ ...groups[0]!, unproven: ["c"] }];
    expect(planOfWish({ meant: ["a", "b"], bytes: 3, groups: unproven, gateways: 1 })).toMatchObject({
      unicast: { frames: 2 },
      reasons: ["not-in-group", "group-not-whole"],
    });
  });

  it("counts those that no group reaches one by one", () => {
    const cost = costOf({ bytes: 3, assets: 10, groups: [], frequency: RX2_FREQUENCY, dr: 0 });
    expect(cost.multicast).toBeUndefined();
    expect(cost.unicast).toEqual(cost.oneByOne.sf12);
  });
});
