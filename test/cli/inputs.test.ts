import { expect, test } from "vitest";
import { parsePulse } from "../../cli/inputs.ts";

test.each([
  ["10L", { litresPerPulse: 10 }],
  ["0,5 l", { litresPerPulse: 0.5 }],
  ["1m3", { litresPerPulse: 1_000 }],
  ["0.1 m³", { litresPerPulse: 100 }],
  ["1Wh", { wattHoursPerPulse: 1 }],
  ["0.5 kWh", { wattHoursPerPulse: 500 }],
])("a pulse of %s", (typed, worth) => expect(parsePulse(typed)).toEqual(worth));

test.each(["10", "L", "0L", "-1L", "10 kW", "1e3L", "999999999m3"])("%s is no worth of a pulse", (typed) => {
  expect(() => parsePulse(typed)).toThrow(expect.objectContaining({ code: "wrong-pulse" }));
});
