import fc from "fast-check";
import { expect, test } from "vitest";
import { correctEntry, SAME_CLOCK_MS } from "../../cloud-sync/protocol/clock.ts";
import type { Entry, Reading } from "../../cloud-sync/protocol/entry.ts";
import { createBoxClock } from "../../gateway/clock.ts";
import { reading } from "./arbitrary.ts";

const entryOf = (body: Reading, wall: number, mono: number, clock: "unknown" | "confirmed" = "unknown"): Entry => ({
  seq: 7,
  stamp: { wall, mono, boot: 3, clock },
  body,
});

test("an entry of 1970 gets the time it would have had; its order, bytes and values stay", () => {
  const mono = fc.integer({ min: 1_000, max: 10 ** 9 });
  fc.assert(
    fc.property(reading, mono, fc.integer({ min: 0, max: 5_000 }), (body, at, lateMs) => {
      const truth = Date.UTC(2026, 2, 3) + at;
      const wrong = entryOf({ ...body, at: at - lateMs, receivedAt: at - lateMs }, at, at);
      const right = correctEntry(wrong, { boot: 3, lead: truth - at });
      expect(right.seq).toBe(7);
      expect(right.stamp).toEqual({ ...wrong.stamp, wall: truth });
      expect(right.body).toMatchObject({ at: truth - lateMs, receivedAt: truth - lateMs, frame: body.frame });
      expect((right.body as Reading).notes.at(-1)).toBe("time-corrected");
    }),
    { numRuns: 60 },
  );
});

test("another boot, a confirmed clock, and times of a network server with a clock of its own stay", () => {
  const [body] = fc.sample(reading, { numRuns: 1, seed: 3 });
  const own = { ...body!, at: 5_000, receivedAt: 5_000 };
  expect(correctEntry(entryOf(own, 5_000, 5_000), { boot: 4, lead: 10 ** 12 })).toEqual(entryOf(own, 5_000, 5_000));
  const sure = entryOf(own, 5_000, 5_000, "confirmed");
  expect(correctEntry(sure, { boot: 3, lead: 10 ** 12 })).toEqual(sure);
  const elsewhere = { ...own, receivedAt: 5_000 + SAME_CLOCK_MS + 1 };
  expect(correctEntry(entryOf(elsewhere, 5_000, 5_000), { boot: 3, lead: 10 ** 12 }).body).toEqual(elsewhere);
});

test("a box that booted in 1970 takes the hypervisor's time until the machine knows it; whoever agrees confirms", () => {
  let [wall, mono, kept] = [60_000, 60_000, false];
  const clock = createBoxClock({ now: () => wall, mono: () => mono }, () => kept);
  expect([clock.quality(), clock.now()]).toEqual(["unknown", 60_000]);
  const truth = Date.UTC(2026, 2, 3);
  clock.hear(truth, 0, "hypervisor");
  expect([clock.quality(), clock.confirmedBy(), clock.now()]).toEqual(["confirmed", "hypervisor", truth]);
  mono += 20_000;
  wall = truth + 20_000;
  kept = true;
  expect([clock.quality(), clock.now()]).toEqual(["confirmed", truth + 20_000]);
  const right = createBoxClock({ now: () => truth, mono: () => 5 }, () => false);
  right.hear(truth + 2_000, 0, "hypervisor");
  expect([right.quality(), right.now()]).toEqual(["confirmed", truth]);
});
