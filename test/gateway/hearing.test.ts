/** Until when the box has heard what the broker had for it, second by second. */
import { beforeEach, expect, it } from "vitest";
import { createHearing, type Hearing } from "../../gateway/hearing.ts";

const T0 = Date.parse("2027-03-02T18:00:00Z");
const NOTHING = Number.NEGATIVE_INFINITY;

let wall: number;
let mono: number;
let hearing: Hearing;
beforeEach(() => {
  [wall, mono] = [T0, 0];
  hearing = createHearing({ now: () => wall, mono: () => mono });
});

const seconds = (count: number, isAlive = true): void => {
  for (let each = 0; each < count; each += 1) {
    wall += 1_000;
    mono += 1_000;
    if (isAlive) hearing.alive();
    hearing.tick();
  }
};
/** Seconds from now; undefined: something may lie unheard. */
const heard = (): number | undefined =>
  hearing.heardUntil() === NOTHING ? undefined : (hearing.heardUntil() - wall) / 1_000;

it("hears nothing before the line has stood for a quarter of a minute, and then all but the last second", () => {
  seconds(20);
  expect(heard()).toBeUndefined();
  hearing.begins();
  seconds(14);
  expect(heard()).toBeUndefined();
  seconds(1);
  expect(heard()).toBe(-1);
  hearing.ends();
  expect(heard()).toBeUndefined();
});

it("hears no further than the broker has shown that the line stands", () => {
  hearing.begins();
  seconds(20);
  seconds(29, false);
  expect(heard()).toBe(-30);
  seconds(1);
  expect(heard()).toBe(-1);
});

it("begins anew with each cut, however long it listened before", () => {
  hearing.begins();
  seconds(3_600);
  hearing.ends();
  seconds(1);
  hearing.begins();
  seconds(14);
  expect(heard()).toBeUndefined();
  seconds(1);
  expect(heard()).toBe(-1);
});

/** Whether it ever heard, with a line that stands and is away for so many seconds in turn. */
const flaps = (stands: number, away: number, count: number): boolean => {
  let has = false;
  for (let each = 0; each < count; each += 1) {
    hearing.begins();
    for (let second = 0; second < stands; second += 1) {
      seconds(1);
      has ||= heard() !== undefined;
    }
    hearing.ends();
    seconds(away, false);
  }
  return has;
};

it.each([
  ["a line that stands for six seconds at a time is listened to in parts", 6, 10, 2, 3],
  ["one that never stands for five is listened to after ten minutes", 3, 7, 60, 61],
])("%s", (_, stands, away, tooFew, enough) => {
  expect(flaps(stands, away, tooFew)).toBe(false);
  expect(flaps(stands, away, enough - tooFew)).toBe(true);
});

it("begins anew after a longer cut, also of a line that flaps", () => {
  expect(flaps(14, 121, 5)).toBe(false);
});

it("owes as much again once a line that flaps was listened to", () => {
  expect(flaps(6, 10, 3)).toBe(true);
  expect(flaps(6, 10, 2)).toBe(false);
});

it("goes on to listen while what comes was held, for ten minutes at most", () => {
  hearing.begins();
  const before = wall - 1;
  for (let each = 0; each < 58; each += 1) {
    seconds(10);
    hearing.heard(before);
    expect(heard()).toBeUndefined();
  }
  hearing.heard(wall);
  seconds(15);
  expect(heard()).toBe(-1);
  seconds(10);
  hearing.heard(before);
  expect(heard()).toBe(-1);
});

it.each([
  ["stood still", true],
  ["slept, and its machine with it", false],
])("begins anew after the box %s", (_, counts) => {
  hearing.begins();
  seconds(100);
  wall += 3_600_000;
  if (counts) mono += 3_600_000;
  hearing.alive();
  hearing.tick();
  expect(heard()).toBeUndefined();
  seconds(14);
  expect(heard()).toBeUndefined();
  seconds(1);
  expect(heard()).toBe(-1);
});
