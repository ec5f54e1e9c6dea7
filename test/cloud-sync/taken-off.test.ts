/** What a box remembers of what it took off, and what a receiver reads from it. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { batchToJson, decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { RunningHash } from "../../cloud-sync/protocol/chain.ts";
import type { Batch, TakenOff } from "../../cloud-sync/protocol/entry.ts";
import {
  firstOf,
  type HeldMarks,
  lostAmong,
  MARK_BYTES,
  markOf,
  NOTHING,
  SHED,
  TAKEN_OFF_MAX,
  UNMARKED,
} from "../../cloud-sync/protocol/taken-off.ts";
import { HEALTH } from "./arbitrary.ts";
import { prunedBox } from "./pruned-box.ts";
import { EVENT } from "./push-ground.ts";

const marksFrom = (marks: readonly number[]): Uint8Array =>
  new Uint8Array(Buffer.concat(marks.map((mark) => Uint8Array.of(mark % 256, mark >> 8))));
const listOf = ({ marks }: TakenOff): number[] =>
  Array.from({ length: marks.length / MARK_BYTES }, (_, n) => marks[2 * n]! + 256 * marks[2 * n + 1]!);

test("of each entry that is taken off a mark of its running hash stays, over several times and a restart", () => {
  const { box, speak, prune } = prunedBox();
  speak(21);
  const expected = Array.from({ length: 30 }, (_, n) => n).flatMap((n) =>
    n < 21 ? [markOf(box.journal.hashAt(n + 1)!)] : [],
  );
  expect(box.journal.takenOff()).toBeUndefined();
  box.journal.prune(5);
  expect(listOf(box.journal.takenOff()!)).toEqual(expected.slice(0, 5));
  prune();
  box.reopen();
  const taken = box.journal.takenOff()!;
  expect([taken.last, firstOf(taken)]).toEqual([21, 1]);
  expect(listOf(taken)).toEqual(expected);
  expect(box.journal.verify().findings).toEqual([]);
});

test("what was shed before is nothing while the word on it is kept, and counts once that was taken off too", () => {
  const { box, speak, prune } = prunedBox();
  const from = (seq: number) => listOf(box.journal.takenOff()!).slice(seq - 1);
  speak(12);
  box.journal.prune(2);
  // 3 to 6 go unsent; entry 13 counts them.
  expect(box.journal.drop()).toBe(4);
  box.journal.prune(10);
  expect(from(1).map((mark) => mark === NOTHING)).toEqual([3, 3, 0, 0, 0, 0, 3, 3, 3, 3].map((is) => is === 0));
  prune();
  expect(from(3).slice(0, 4)).toEqual([SHED, SHED, SHED, SHED]);
  // The region asks for it: 14 says that 5 to 13 are forgotten, 15 once more that 3 and 4 were shed.
  expect(box.journal.declareForgotten(5, 13)).toBe(9);
  expect(new Set(from(3))).toEqual(new Set([NOTHING]));
  prune();
  expect(from(3).slice(0, 4)).toEqual([SHED, SHED, SHED, SHED]);
  expect(from(7).every((mark) => mark > SHED)).toBe(true);
});

test("what was damaged when it went is no loss, and has no mark; behind a bent row of marks nothing is believed", () => {
  const { box, speak, prune } = prunedBox();
  speak(8);
  box.db.exec("UPDATE journal_entry SET row = x'0102030405060708' WHERE seq = 3");
  prune();
  const marks = listOf(box.journal.takenOff()!);
  expect(marks.map((mark, n) => (mark === UNMARKED ? n + 1 : 0)).filter((seq) => seq > 0)).toEqual([3]);
  expect(box.journal.damaged).toEqual([]);
  expect(box.journal.lost().damaged).toBe(0);
  speak(4);
  prune();
  expect(firstOf(box.journal.takenOff()!)).toBe(1);
  box.db.exec("UPDATE journal_taken_off SET marks = x'0909' || substr(marks, 3) WHERE first = 1");
  expect(firstOf(box.journal.takenOff()!)).toBe(9);
});

test("the newest 65,536 numbers are kept, whatever goes", { timeout: 60_000 }, () => {
  const { box, prune } = prunedBox(4_096);
  const count = TAKEN_OFF_MAX + 20_000;
  for (let at = 0; at < count; at += 4_096) {
    box.append(...Array.from({ length: Math.min(4_096, count - at) }, (_, n) => EVENT(n)));
    prune();
  }
  const taken = box.journal.takenOff()!;
  expect([taken.last, firstOf(taken)]).toEqual([count, count - TAKEN_OFF_MAX + 1]);
  const stored = box.db.prepare("SELECT sum(octet_length(marks)) FROM journal_taken_off").pluck().get();
  expect(stored).toBeLessThan((TAKEN_OFF_MAX + 8_193) * MARK_BYTES);
});

const BATCH: Batch = {
  box: "remiremont",
  epoch: 7,
  firstSeq: 4,
  entries: [],
  hashBefore: new Uint8Array(32),
  hashAfter: new Uint8Array(32),
  sentAt: 1,
  health: HEALTH,
};

test("marks travel with a batch, are bounded, and are left out of what is kept for people", () => {
  const takenOff = { last: 3, marks: marksFrom([7, NOTHING, 40_000]) };
  const batch = { ...BATCH, takenOff };
  expect(decodeBatch(encodeBatch(batch))).toMatchObject({ ok: true, value: { takenOff } });
  expect(decodeBatch(encodeBatch(BATCH))).not.toHaveProperty("value.takenOff");
  const none = { last: 3, marks: new Uint8Array() };
  expect(decodeBatch(encodeBatch({ ...BATCH, takenOff: none }))).toMatchObject({ value: { takenOff: none } });
  expect(batchToJson(batch)).not.toContain("takenOff");
  for (const wrong of [
    { last: 3, marks: new Uint8Array(8) },
    { last: 3, marks: new Uint8Array(3) },
    { last: 1e6, marks: new Uint8Array((TAKEN_OFF_MAX + 1) * MARK_BYTES) },
  ])
    expect(decodeBatch(encodeBatch({ ...BATCH, takenOff: wrong }))).toMatchObject({
      ok: false,
      fault: { code: "inconsistent" },
    });
});

test("a mark is never one of the three words, and tells two hashes apart", () => {
  for (const first of [0, 1, 2, 3, 255])
    for (const second of [0, 1, 255]) {
      const hash = new Uint8Array(32);
      hash.set([first, second]);
      expect(markOf(hash)).toBeGreaterThan(SHED);
      expect(markOf(hash)).toBeLessThan(65_536);
    }
});

const NONE = { marks: [], isOpen: false };

/** Marks of a history that parts after `parted`, as a journal makes them. */
const chain = (salt: number, parted: number, length: number): number[] => {
  const running = new RunningHash(new Uint8Array(32));
  return Array.from({ length }, (_, n) => {
    running.step({
      seq: n + 1,
      stamp: { wall: 1, mono: 1, boot: 1, clock: "confirmed" },
      text: n < parted ? "" : `${salt}`,
    });
    return markOf(running.hash);
  });
};

test("where two histories parted is found, and what is missing counted, whatever was shed on either side", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      (parted, ends, shedHere, shedThere, untold, to, start) => {
        const [own, other] = [chain(1, parted, 60), chain(2, parted, 60)];
        const markOfOwn = (mark: number, n: number): number => {
          if (shedHere.includes(n + 1)) return NOTHING;
          return untold.includes(n + 1) ? SHED : mark;
        };
        const marks = own.map(markOfOwn).slice(start - 1);
        // What was shed there is told or not, as it happens.
        const isOpen = (seq: number): boolean => seq <= ends && shedThere.includes(seq) && seq % 2 === 0;
        const heldMarks: HeldMarks = (seq) => ({
          marks: seq > ends || shedThere.includes(seq) ? [] : [other[seq - 1]!],
          isOpen: isOpen(seq),
        });
        const counted = lostAmong({ last: 60, marks: marksFrom(marks) }, { from: 1, to }, heldMarks);
        const isHeld = (seq: number): boolean => seq <= Math.min(parted, ends);
        // Numbers that were shed there and lie before a number that is held: they were told there.
        const known = Array.from({ length: to }, (_, n) => n + 1).filter(
          (seq) => seq >= start && isHeld(seq) && ![shedHere, shedThere, untold].some((shed) => shed.includes(seq)),
        );
        const from = known.at(-1) ?? (start === 1 ? 0 : undefined);
        if (from === undefined) {
          expect(counted).toBeUndefined();
          return;
        }
        const missing = Array.from({ length: to }, (_, n) => n + 1).filter(
          (seq) => seq > from && !shedHere.includes(seq),
        );
        // What was shed and is told by nothing may be among what is held, and what was told there one's own, until the two are seen to differ.
        const isThere = (seq: number): boolean => seq <= ends && !shedThere.includes(seq);
        const differs = missing.find((seq) => isThere(seq) && !untold.includes(seq)) ?? to + 1;
        const isUnclear = missing.some(
          (seq) => seq < differs && (isOpen(seq) || (untold.includes(seq) && isThere(seq))),
        );
        expect(counted?.lost).toBe(isUnclear ? undefined : missing.length);
        if (missing.length > 0) expect(counted).toMatchObject({ from: missing[0], to: missing.at(-1) });
      },
    ),
    { numRuns: 300 },
  );
});

test("behind a hole of theirs that hides the hash the numbers are told and not counted, unless the histories are one again further on", () => {
  const own = chain(1, 60, 20);
  const taken = { last: 20, marks: marksFrom(own) };
  const heldMarks: (to: number) => HeldMarks = (to) => (seq) =>
    seq > to ? NONE : seq > 5 && seq < 10 ? { ...NONE, isOpen: true } : { ...NONE, marks: [own[seq - 1]!] };
  expect(lostAmong(taken, { from: 1, to: 20 }, heldMarks(8))).toEqual({ from: 6, to: 20, lost: undefined });
  expect(lostAmong(taken, { from: 1, to: 20 }, heldMarks(14))).toEqual({ from: 15, to: 20, lost: 6 });
  // What another epoch left out is looked for in the one before, and reads as another history: three in a row are no chance.
  const strange: HeldMarks = (seq) => (seq > 14 ? NONE : { ...NONE, marks: [seq > 5 && seq < 10 ? 3 : own[seq - 1]!] });
  expect(lostAmong(taken, { from: 1, to: 20 }, strange)).toEqual({ from: 15, to: 20, lost: 6 });
});
