/** Frames by day against a device whose every transmission is known. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CounterState, createDayCounter, dayOf } from "../../device-registry/health/day-count.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 2);

/** One transmission: whether anybody heard it; before it the device may have joined anew. */
const sent = fc.array(fc.record({ heard: fc.boolean(), joins: fc.integer({ min: 0, max: 19 }).map((n) => n === 0) }), {
  minLength: 1,
  maxLength: 200,
});

test("whatever is heard or not, received and missed are those of the truth, over rollovers and joins", () => {
  fc.assert(
    fc.property(sent, fc.constantFrom(0, 65_500, 2 ** 32 - 50), fc.boolean(), (frames, first, wide) => {
      const size = wide || first > 65_535 ? 2 ** 32 : 65_536;
      const counter = createDayCounter(new Map<string, CounterState>());
      let fCnt = first;
      let [received, missed, pending] = [0, 0, 0];
      let begun = false;
      frames.forEach(({ heard, joins }, n) => {
        if (joins && n > 0) {
          // What was not heard before a join is known to nobody.
          pending = 0;
          fCnt = 0;
          begun = true;
          counter.joined("d");
        }
        if (heard) {
          counter.frame({ device: "d", fCnt, receivedAt: START + n * HOUR, counterRestarted: false });
          received += 1;
          if (begun) missed += pending;
          pending = 0;
          begun = true;
        } else pending += 1;
        fCnt = (fCnt + 1) % size;
      });
      const days = counter.take();
      expect(days.reduce((sum, day) => sum + day.received, 0)).toBe(received);
      expect(days.reduce((sum, day) => sum + day.missed, 0)).toBe(missed);
    }),
    { numRuns: 500 },
  );
});

test("what was missed counts on the days it was sent, and a frame that comes late takes its place again", () => {
  const counter = createDayCounter(new Map());
  const at = (hours: number) => START + hours * HOUR;
  const frame = (fCnt: number, hours: number) =>
    counter.frame({ device: "d", fCnt, receivedAt: at(hours), counterRestarted: false });
  frame(10, 12);
  frame(58, 60);
  const missedOn = (days: ReturnType<typeof counter.take>) =>
    Object.fromEntries(days.map(({ day, missed }) => [day - dayOf(START), missed]));
  expect(missedOn(counter.take())).toEqual({ 0: 11, 1: 24, 2: 12 });
  expect(frame(30, 32)).toBe(dayOf(at(32)));
  expect(missedOn(counter.take())).toEqual({ 1: -1 });
  // A copy counts for nothing.
  expect(frame(58, 60)).toBeUndefined();
});
