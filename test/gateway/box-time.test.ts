/** What a box holds for the time when its clock has forgotten it. */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import type { ClockQuality } from "../../cloud-sync/protocol/entry.ts";
import { createBoxTime, RELEASED_AT } from "../../gateway/box-time.ts";

const YEAR_MS = 365 * 86_400_000;
const YEAR_2099 = Date.UTC(2099, 0, 1);

const boxWithJournal = () => {
  const state: { wall: number; quality: ClockQuality } = { wall: 0, quality: "unknown" };
  const journal = openJournal(new Database(":memory:"), {
    clock: { now: () => ({ wall: state.wall, mono: 0, clock: state.quality }) },
  });
  const clock = { now: () => state.wall, quality: () => state.quality };
  return {
    journal,
    time: createBoxTime({ clock, journal }),
    again: () => createBoxTime({ clock, journal }),
    write: () => journal.write((append) => append({ kind: "alarm", alarm: "test", raised: true, at: 0, detail: {} })),
    be: (wall: number, quality: ClockQuality) => Object.assign(state, { wall, quality }),
  };
};

test("in 1970 it is at least the day of the release, or that of the newest entry whose time was sure", () => {
  const box = boxWithJournal();
  expect(box.time()).toEqual({ atLeast: RELEASED_AT, confirmed: false });
  box.be(RELEASED_AT + YEAR_MS, "confirmed");
  box.write();
  box.be(0, "unknown");
  box.write();
  for (const time of [box.time, box.again()])
    expect(time()).toEqual({ atLeast: RELEASED_AT + YEAR_MS, confirmed: false });
});

test("a box that once lived in 2099 without anybody's word for it is not kept there by its own entries", () => {
  const box = boxWithJournal();
  box.be(YEAR_2099, "unknown");
  box.write();
  expect(box.time().atLeast).toBe(YEAR_2099);
  box.be(RELEASED_AT + 1, "unknown");
  for (const time of [box.time, box.again()]) expect(time()).toEqual({ atLeast: RELEASED_AT + 1, confirmed: false });
});

test("what a wrong source once confirmed ends with the next right entry", () => {
  const box = boxWithJournal();
  box.be(YEAR_2099, "confirmed");
  box.write();
  box.be(RELEASED_AT + YEAR_MS, "confirmed");
  expect(box.time().atLeast).toBe(YEAR_2099);
  box.write();
  for (const time of [box.time, box.again()])
    expect(time()).toEqual({ atLeast: RELEASED_AT + YEAR_MS, confirmed: true });
});
