/** The box's line to a region that came back from a backup, while the box's disk is full. */
import SQLite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { packBodySync } from "../../cloud-sync/protocol/body.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import { connectRegion } from "../../gateway/region.ts";
import { HEALTH } from "../cloud-sync/arbitrary.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";
import { writeEvents } from "../cloud-sync/push-ground.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** `expected`: what the region asks for; undefined once it holds all. */
function build(expected: () => number | undefined) {
  const timers = createDrivenTimers();
  const clock = { now: () => ({ wall: timers.wall(), mono: timers.mono(), clock: "confirmed" as const }) };
  const db = new SQLite(":memory:");
  onTestFinished(() => void db.close());
  const journal = openJournal(db, { clock, epoch: 4 });
  writeEvents(journal, 36);
  journal.moveCursor("region", 36);
  journal.prune(36);
  const declared: (readonly [number, number])[] = [];
  let isFull = true;
  const region = connectRegion({
    journal,
    health: () => HEALTH,
    claimant: { number: 1, keep: () => {}, forget: () => {} },
    cursor: () => 0,
    deliver: () => {},
    onRewound: () => {},
    onForgotten(from, to) {
      if (isFull) throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      declared.push([from, to]);
    },
    box: "remiremont",
    transport: {
      async send() {
        const expectedSeq = expected();
        if (expectedSeq !== undefined) return printReply({ status: 409, expectedSeq, serverTime: 1 });
        const durableHash = Buffer.from(journal.lastHash).toString("hex");
        return printReply({ status: 200, durableSeq: journal.lastSeq, durableHash, quarantined: [], serverTime: 1 });
      },
      open: () => new Promise(() => {}),
      close: () => {},
    },
    clock: { now: timers.wall, mono: timers.mono },
    after: timers.after,
    random: () => 0.5,
    pack: packBodySync,
    log: silent,
  });
  onTestFinished(() => region.stop());
  return {
    declared,
    advance: timers.advance,
    fill: (is: boolean): void => {
      isFull = is;
    },
  };
}

test("what a full disk kept from being declared is declared with all that the region asked for, though a copy has filled some of it since", async () => {
  let expected: number | undefined = 10;
  const { declared, advance, fill } = build(() => expected);
  await advance(60_000);
  expect(declared).toEqual([]);
  expected = 14;
  fill(false);
  await advance(30_000);
  expect(declared[0]).toEqual([10, 36]);
});

test("what was declared is no part of what is asked for later", async () => {
  let expected: number | undefined = 10;
  const { declared, advance, fill } = build(() => expected);
  await advance(60_000);
  fill(false);
  await advance(30_000);
  expected = undefined;
  await advance(60_000);
  expected = 14;
  await advance(60_000);
  expect(declared).toEqual([
    [10, 36],
    [14, 36],
  ]);
});
