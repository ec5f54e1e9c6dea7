/** A region that comes back from a backup may hold a hole and have forgotten what it cost: the box tells that again. */
import { expect, test } from "vitest";
import { TOLD_MAX } from "../../cloud-sync/journal/told-losses.ts";
import type { Loss } from "../../cloud-sync/protocol/entry.ts";
import { prunedBox } from "./pruned-box.ts";

function build(stretch = 8) {
  const { box, speak, prune } = prunedBox(stretch);
  const lossesAfter = (seq: number): Loss[] =>
    box.journal
      .read(box.journal.knownAt(seq), { entries: 1e6, bytes: 1e9 })
      .entries.flatMap(({ seq: own, body }) => (own > seq && body.kind === "loss" ? [body] : []));
  return { box, speak, prune, lossesAfter };
}

test("a loss told in what the region forgot, of numbers it still holds as a hole, is told again with its counts by device, once", () => {
  const { box, speak, prune, lossesAfter } = build();
  speak(12);
  // 1 to 4 go unsent; entry 13 counts them.
  expect(box.journal.drop()).toBe(4);
  speak(3);
  const { lastSeq } = box.journal;
  prune();
  box.reopen();
  expect(box.journal.oldestSeq).toBe(lastSeq + 1);
  // The backup knows the hole and what follows it, up to 10.
  expect(box.journal.declareForgotten(11, lastSeq)).toBe(lastSeq - 10);
  const [forgotten, ...again] = lossesAfter(lastSeq);
  expect(forgotten).toMatchObject({ reason: "forgotten", range: { from: 11, to: lastSeq } });
  expect(again).toMatchObject([
    { reason: "dropped", counts: { event: 4 }, devices: { event: { d: 4 } }, range: { from: 1, to: 4 } },
  ]);
  // Asked again for the same range, the entries that tell it are there.
  expect(box.journal.declareForgotten(11, lastSeq)).toBe(0);
  expect(lossesAfter(lastSeq).length).toBe(2);
  // What the box counts of its own losses is not told twice.
  expect(box.journal.lost()).toEqual({ thinned: 0, dropped: 4, damaged: 0 });
  expect(box.journal.verify().findings).toEqual([]);
});

test("what was told again and is forgotten once more is told once more, and not twice", () => {
  const { box, speak, prune, lossesAfter } = build();
  speak(12);
  box.journal.drop();
  prune();
  box.journal.declareForgotten(11, 13);
  prune();
  const { lastSeq } = box.journal;
  box.journal.declareForgotten(11, lastSeq);
  const told = lossesAfter(lastSeq);
  expect(told.filter(({ reason }) => reason === "dropped")).toMatchObject([{ range: { from: 1, to: 4 } }]);
  // The former word on 11 to 13 lies in the range that is declared now.
  expect(told.filter(({ reason }) => reason === "forgotten")).toMatchObject([{ range: { from: 11, to: lastSeq } }]);
});

test("of numbers that the region forgot with the loss nothing is told twice", () => {
  const { box, speak, prune, lossesAfter } = build();
  speak(12);
  box.journal.drop();
  prune();
  const { lastSeq } = box.journal;
  box.journal.declareForgotten(3, lastSeq);
  expect(lossesAfter(lastSeq)).toMatchObject([
    { reason: "forgotten", range: { from: 3, to: lastSeq } },
    { reason: "dropped", range: { from: 1, to: 2 } },
  ]);
  const whole = build();
  whole.speak(12);
  whole.box.journal.drop();
  whole.prune();
  whole.box.journal.declareForgotten(1, 13);
  expect(whole.lossesAfter(13)).toMatchObject([{ reason: "forgotten", range: { from: 1, to: 13 } }]);
});

test("a loss the region has kept is not told again; the newest are kept, and a bent one is left out", () => {
  const { box, speak, prune, lossesAfter } = build();
  const droppedAt: number[] = [];
  for (let n = 0; n < TOLD_MAX + 3; n++) {
    speak(12);
    box.journal.drop();
    droppedAt.push(box.journal.lastSeq);
    prune();
  }
  const kept = box.db.prepare<[], number>("SELECT seq FROM journal_told_loss ORDER BY seq").pluck().all();
  expect(kept).toEqual(droppedAt.slice(3));
  const [second, last] = [droppedAt.at(-2)!, droppedAt.at(-1)!];
  box.db.prepare("UPDATE journal_told_loss SET loss = replace(loss, 'dropped', 'thinned') WHERE seq = ?").run(second);
  box.journal.declareForgotten(second, second);
  expect(lossesAfter(last).map(({ reason }) => reason)).toEqual(["forgotten"]);
  box.journal.declareForgotten(last, last);
  expect(lossesAfter(last).map(({ reason }) => reason)).toEqual(["forgotten", "forgotten", "dropped"]);
});
