import { expect, test } from "vitest";
import { createSlots } from "../../hypervisor/slots.ts";

test("four thousand boxes are told to come back one after the other, and in time the places are free again", () => {
  let now = 0;
  const slots = createSlots(() => now);
  const told = Array.from({ length: 4_000 }, () => slots.next());
  expect(told[0]).toBe(3);
  expect(told.at(-1)).toBe(42);
  for (let second = 3; second <= 42; second++)
    expect(told.filter((each) => each === second).length).toBeLessThanOrEqual(101);
  now = 60_000;
  expect(slots.next()).toBe(3);
  expect(Math.max(...Array.from({ length: 50_000 }, () => slots.next()))).toBe(120);
});
