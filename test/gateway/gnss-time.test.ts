import fc from "fast-check";
import { expect, test } from "vitest";
import { createBoxClock } from "../../gateway/clock.ts";
import { createGnssTime, fromGps } from "../../gateway/gnss-time.ts";

const TRUTH = Date.UTC(2027, 2, 3);
const BEFORE = Date.UTC(2026, 10, 28);

/** A box that booted in 1970; its machine's clock is never set. */
const build = () => {
  let mono = 0;
  const clock = createBoxClock({ now: () => mono, mono: () => mono }, () => false);
  const gnss = createGnssTime({ clock, notBefore: BEFORE });
  return {
    clock,
    /** A message that was on its way for so long. */
    hear: (lateMs: number) => gnss.heard(TRUTH + mono - lateMs),
    raw: gnss.heard,
    pass(ms: number) {
      mono += ms;
    },
    off: () => clock.now() - (TRUTH + mono),
  };
};

test("GPS time is UTC and the leap seconds since 1980", () => {
  // The start of 2017, after the newest of them: 37 years and nine days, 18 leap seconds.
  expect(fromGps(1_167_264_018_000)).toBe(Date.UTC(2017, 0, 1));
});

test("two uplinks half a minute apart tell the time of a box that has no other source", () => {
  const box = build();
  box.hear(200);
  expect(box.clock.quality()).toBe("unknown");
  box.pass(10_000);
  box.hear(400);
  expect(box.clock.quality()).toBe("unknown");
  box.pass(30_000);
  box.hear(300);
  expect([box.clock.quality(), box.clock.confirmedBy()]).toEqual(["confirmed", "gnss"]);
  expect(Math.abs(box.off())).toBeLessThan(1_000);
});

test("a backlog that a broker hands over at once sets no clock, nor does a receiver that is 1,024 weeks off", () => {
  const box = build();
  for (let n = 0; n < 500; n++) {
    box.hear(7_200_000 - n * 14_000);
    box.pass(5);
  }
  expect(box.clock.quality()).toBe("unknown");
  for (let n = 0; n < 10; n++) {
    box.raw(TRUTH - 1_024 * 7 * 86_400_000);
    box.pass(60_000);
  }
  expect(box.clock.quality()).toBe("unknown");
});

test("whatever backlog comes first, live uplinks set the clock right", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 20_000, max: 86_400_000 }), { maxLength: 30 }), (late) => {
      const box = build();
      for (const ms of late) {
        box.hear(ms);
        box.pass(7);
      }
      for (let n = 0; n < 3; n++) {
        box.hear(100);
        box.pass(31_000);
      }
      expect(box.clock.quality()).toBe("confirmed");
      expect(Math.abs(box.off())).toBeLessThan(1_000);
    }),
    { numRuns: 200 },
  );
});
