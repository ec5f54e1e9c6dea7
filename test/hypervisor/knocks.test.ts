/** What prompts a person to look at an incident again, and what does not. */
import { expect, test } from "vitest";
import { boxView } from "../../hypervisor/api/views.ts";
import { signOf } from "../../hypervisor/store/knocks.ts";
import type { Incident } from "../../hypervisor/store/words.ts";

const HOUR = 3_600_000;
const OPENED = Date.UTC(2026, 2, 2, 8);
const DECIDED = OPENED + 5 * HOUR;

const incident: Incident = {
  id: 3,
  box: "remiremont",
  epoch: 1,
  reason: "disputed",
  openedAt: OPENED,
  lastAt: OPENED,
  attempts: 1,
  firstSeq: 0,
  durableSeq: 90,
  kept: { batches: 0, entries: 0, lastSeq: 0 },
  repeats: 0,
};
const kept = { ...incident, decision: "keep", decidedAt: DECIDED } as const;
const replaced = { ...incident, decision: "new-epoch", decidedAt: DECIDED } as const;

test("what nobody has decided for three days", () => {
  expect(signOf(incident, OPENED + 71 * HOUR)).toBeUndefined();
  expect(signOf(incident, OPENED + 72 * HOUR)).toBe("undecided");
});

test("who was kept out, or replaced, and comes an hour after the decision and later; until it is silent for a day", () => {
  const soon = DECIDED + HOUR;
  expect(signOf({ ...kept, lastAt: soon }, soon)).toBeUndefined();
  const later = DECIDED + 2 * HOUR;
  expect(signOf({ ...kept, lastAt: later }, later + 24 * HOUR)).toBe("knocking");
  expect(signOf({ ...kept, lastAt: later }, later + 25 * HOUR)).toBeUndefined();
  // The chosen one came last before it was told so, and that is no knock.
  expect(signOf({ ...replaced, lastAt: later }, later)).toBeUndefined();
  expect(signOf({ ...replaced, replacedAt: later }, later + HOUR)).toBe("knocking");
  expect(signOf({ ...kept, decision: "noted", lastAt: later }, later)).toBeUndefined();
});

test("a box's view names the incident while the one decided against is heard", () => {
  const box = { name: "remiremont", communes: [], durableSeq: 1, quarantined: 0, repeats: 0 };
  const keptOut = { incident: 3, at: DECIDED + 2 * HOUR };
  expect(boxView({ ...box, keptOut }, DECIDED + 3 * HOUR).knocking).toBe("3");
  expect(boxView({ ...box, keptOut }, DECIDED + 30 * HOUR)).not.toHaveProperty("knocking");
});
