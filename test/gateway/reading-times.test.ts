import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decoded } from "../../codecs/words.ts";
import { timesOf } from "../../gateway/reading-times.ts";

const T0 = Date.parse("2026-11-20T10:00:00Z");
const HOUR = 3_600_000;
const litres = (value: number) => [{ name: "meter.water.total", value, unit: "m3" }];
const decoded = (parts: Partial<Decoded>): Decoded => ({
  model: "m",
  codec: "m@1",
  fPort: 1,
  fields: {},
  measurements: [],
  history: [],
  warnings: [],
  ...parts,
});

describe("the times of a frame's values", () => {
  it("are the device's own where its clock is near ours", () => {
    const history = [{ at: T0 - 5 * HOUR, measurements: litres(1) }];
    expect(timesOf(decoded({ deviceTime: T0 - HOUR, history }), T0)).toEqual({ at: T0 - HOUR, history, notes: [] });
  });

  it("move the past with a clock that is not believed: its steps stay what they were", () => {
    const deviceTime = T0 - 400 * 24 * HOUR;
    const history = [1, 2].map((hours) => ({ at: deviceTime - hours * HOUR, measurements: litres(hours) }));
    expect(timesOf(decoded({ deviceTime, history }), T0)).toEqual({
      at: T0,
      history: [1, 2].map((hours) => ({ at: T0 - hours * HOUR, measurements: litres(hours) })),
      notes: ["device-clock-off"],
    });
  });

  it("lose nothing where it is the box that does not know the time: the past stands where its frame does", () => {
    const unset = 90_000;
    const history = [{ at: T0 - 2 * HOUR, measurements: litres(1) }];
    const times = timesOf(decoded({ deviceTime: T0, history }), unset);
    expect(times).toMatchObject({ at: unset, history: [{ at: unset - 2 * HOUR }], notes: ["device-clock-off"] });
  });

  it("count backwards from the frame where the device has no clock", () => {
    const earlier = [1800, 900, 0].map((seconds) => ({ seconds, measurements: litres(seconds) }));
    expect(timesOf(decoded({ earlier }), T0)).toEqual({
      at: T0,
      history: [1800, 900, 0].map((seconds) => ({ at: T0 - seconds * 1_000, measurements: litres(seconds) })),
      notes: [],
    });
  });

  it("leave out what cannot have been then, and say so", () => {
    const possible = { at: T0 - HOUR, measurements: litres(2) };
    const history = [{ at: 5_000, measurements: litres(1) }, possible, { at: T0 + 48 * HOUR, measurements: litres(3) }];
    expect(timesOf(decoded({ history }), T0)).toEqual({ at: T0, history: [possible], notes: ["history-undated"] });
  });

  it("never lie outside the device's possible life, whatever a frame says", () => {
    const time = fc.integer({ min: -(2 ** 45), max: 2 ** 45 });
    fc.assert(
      fc.property(fc.option(time, { nil: undefined }), fc.array(time), (deviceTime, past) => {
        const history = past.map((at) => ({ at, measurements: litres(1) }));
        const times = timesOf(decoded(deviceTime === undefined ? { history } : { deviceTime, history }), T0);
        expect(Math.abs(times.at - T0)).toBeLessThanOrEqual(24 * HOUR);
        for (const { at } of times.history) {
          expect(at).toBeGreaterThanOrEqual(T0 - 10 * 365 * 24 * HOUR);
          expect(at).toBeLessThanOrEqual(T0 + 24 * HOUR);
        }
        expect(times.notes.includes("history-undated")).toBe(times.history.length < past.length);
      }),
    );
  });
});
