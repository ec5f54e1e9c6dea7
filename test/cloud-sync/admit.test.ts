import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { admit, type Cursor, goneOfChosen, goneOfReplaced, isSound } from "../../cloud-sync/protocol/admit.ts";
import { batchFromJson, batchToJson, type DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { GENESIS, runChain } from "../../cloud-sync/protocol/chain.ts";
import type { Entry } from "../../cloud-sync/protocol/entry.ts";
import { HEALTH } from "./arbitrary.ts";

/** A box's life: `name` tells two apart that share their first `shared` entries. */
function history(length: number, name: string, shared = 0): Entry[] {
  return Array.from({ length }, (_, index): Entry => {
    const alarm = index < shared ? "common" : name;
    const stamp = { wall: 1000 + index, mono: index, boot: 1, clock: "confirmed" as const };
    return { seq: index + 1, stamp, body: { kind: "alarm", alarm, raised: true, at: index, detail: {} } };
  });
}

const cursorAt = (entries: readonly Entry[], seq: number, epoch = 1): Cursor => ({
  epoch,
  seq,
  hash: runChain(GENESIS, entries.slice(0, seq)),
});

/** Entries first…last of a life; last = first − 1 is a heartbeat. */
function batchOf(entries: readonly Entry[], first: number, last: number, oldestSeq = 1, epoch = 1): DecodedBatch {
  return {
    box: "remiremont",
    epoch,
    firstSeq: first,
    lastSeq: last,
    entries: entries.slice(first - 1, last),
    gone: [],
    unusable: [],
    hashBefore: runChain(GENESIS, entries.slice(0, first - 1)),
    hashAfter: runChain(GENESIS, entries.slice(0, last)),
    sentAt: 1,
    health: { ...HEALTH, oldestSeq },
  };
}

const ONE = history(20, "one", 8);
const CLONE = history(20, "clone", 8);

test.each([
  ["the next entries", 5, 6, 10, { verdict: "accept", from: 6, cursor: cursorAt(ONE, 10) }],
  ["a heartbeat in step", 5, 6, 5, { verdict: "accept", from: 6, cursor: cursorAt(ONE, 5) }],
  ["an overlap", 5, 3, 10, { verdict: "accept", from: 6, cursor: cursorAt(ONE, 10) }],
  ["the same again", 5, 1, 5, { verdict: "duplicate", cursor: cursorAt(ONE, 5) }],
  ["an older part again", 5, 1, 3, { verdict: "duplicate", cursor: cursorAt(ONE, 5) }],
  ["a heartbeat behind", 5, 3, 2, { verdict: "duplicate", cursor: cursorAt(ONE, 5) }],
  ["a hole", 5, 7, 9, { verdict: "gap", expectedSeq: 6 }],
  ["a heartbeat ahead", 5, 7, 6, { verdict: "gap", expectedSeq: 6 }],
])("%s", (_, cursor, first, last, expected) => {
  expect(admit(cursorAt(ONE, cursor), batchOf(ONE, first, last))).toEqual(expected);
});

test("the epoch a person decided on begins with its first batch, but not beyond what is held", () => {
  const next = (first: number, last: number) => batchOf(CLONE, first, last, 1, 2);
  const begun = { verdict: "begin", from: 6, cursor: cursorAt(CLONE, 12, 2) };
  expect(admit(cursorAt(ONE, 10), next(6, 12), { epoch: 2, isHeld: true })).toEqual(begun);
  expect(admit(cursorAt(ONE, 10), next(12, 14), { epoch: 2, isHeld: true })).toEqual({
    verdict: "gap",
    expectedSeq: 11,
  });
  const former = batchOf(ONE, 6, 12);
  expect(admit(cursorAt(CLONE, 10, 2), former)).toEqual({ verdict: "wrong-epoch", epoch: 2 });
});

test("holes: the next numbers are taken on the box's word, what overlaps across a hole cannot be compared", () => {
  const holed = (first: number, last: number, from: number, to: number): DecodedBatch => {
    const whole = batchOf(ONE, first, last);
    return { ...whole, gone: [{ from, to }], entries: whole.entries.filter(({ seq }) => seq < from || seq > to) };
  };
  expect(isSound(holed(6, 12, 8, 9))).toBe(true);
  expect(admit(cursorAt(ONE, 5), holed(6, 12, 6, 9))).toEqual({
    verdict: "accept",
    from: 6,
    cursor: cursorAt(ONE, 12),
  });
  expect(admit(cursorAt(CLONE, 9), holed(10, 12, 11, 11))).toEqual({
    verdict: "fork",
    reason: "another-history-at-cursor",
  });
  expect(admit(cursorAt(ONE, 8), holed(3, 12, 5, 6))).toEqual({ verdict: "duplicate", cursor: cursorAt(ONE, 8) });
  // The box has compared, and was told something else.
  const disputed = { ...holed(3, 12, 5, 6), disputed: true as const };
  expect(admit(cursorAt(ONE, 8), disputed)).toEqual({ verdict: "fork", reason: "disputed" });
  expect(admit(cursorAt(ONE, 8), holed(3, 12, 10, 11))).toEqual({
    verdict: "accept",
    from: 9,
    cursor: cursorAt(ONE, 12),
  });
  expect(admit(undefined, holed(1, 12, 1, 9))).toEqual({ verdict: "accept", from: 1, cursor: cursorAt(ONE, 12) });
});

test("a hole whose hash is said: what lies behind it is compared as what has no hole before it", () => {
  const holed = (history: typeof ONE, said = history): DecodedBatch => {
    const whole = batchOf(history, 3, 14);
    const gone = [{ from: 8, to: 10, hashAfter: batchOf(said, 3, 10).hashAfter }];
    return { ...whole, gone, entries: whole.entries.filter(({ seq }) => seq < 8 || seq > 10) };
  };
  expect(isSound(holed(ONE))).toBe(true);
  expect(isSound(holed(CLONE, ONE))).toBe(false);
  expect(admit(cursorAt(ONE, 12), holed(ONE))).toEqual({ verdict: "accept", from: 13, cursor: cursorAt(ONE, 14) });
  const another = { verdict: "fork", reason: "another-history-before-cursor" };
  expect(admit(cursorAt(ONE, 12), holed(CLONE))).toEqual(another);
  expect(admit(cursorAt(ONE, 10), holed(CLONE))).toEqual(another);
  // Within the hole it says nothing.
  expect(admit(cursorAt(ONE, 9), holed(CLONE))).toEqual({ verdict: "duplicate", cursor: cursorAt(ONE, 9) });
});

test("the first word of a box: from its beginning, or from the oldest it keeps", () => {
  expect(admit(undefined, batchOf(ONE, 1, 4))).toEqual({ verdict: "accept", from: 1, cursor: cursorAt(ONE, 4) });
  expect(admit(undefined, batchOf(ONE, 1, 0))).toEqual({ verdict: "accept", from: 1, cursor: cursorAt(ONE, 0) });
  expect(admit(undefined, batchOf(ONE, 3, 4))).toEqual({ verdict: "gap", expectedSeq: 1 });
  expect(admit(undefined, batchOf(ONE, 3, 4, 3))).toEqual({ verdict: "accept", from: 3, cursor: cursorAt(ONE, 4) });
  expect(admit(undefined, batchOf(ONE, 5, 6, 3))).toEqual({ verdict: "gap", expectedSeq: 3 });
  const stray = { ...batchOf(ONE, 1, 4), hashBefore: new Uint8Array(32).fill(1) };
  expect(admit(undefined, stray)).toEqual({ verdict: "fork", reason: "not-a-beginning" });
});

test("an epoch that has ended is answered with the present one, whatever else is wrong", () => {
  expect(admit(cursorAt(ONE, 5, 3), batchOf(ONE, 9, 10, 1, 2))).toEqual({ verdict: "wrong-epoch", epoch: 3 });
});

test("an epoch nobody knows of: what a person decided was forgotten, and is decided again", () => {
  const later = { verdict: "fork", reason: "later-epoch" };
  expect(admit(cursorAt(ONE, 5, 3), batchOf(ONE, 6, 7, 1, 4))).toEqual(later);
  expect(admit(cursorAt(ONE, 5, 3), batchOf(ONE, 9, 10, 1, 5))).toEqual(later);
  // Decided on an earlier one meanwhile: it is told which.
  expect(admit(cursorAt(ONE, 5, 3), batchOf(ONE, 6, 7, 1, 5), { epoch: 4, isHeld: false })).toEqual(later);
});

test("a chosen history that starts where nothing of it is held sends again all it keeps", () => {
  const from = (first: number, oldest: number) => batchOf(CLONE, first, 14, oldest, 2);
  const forgotten = { epoch: 2, isHeld: false };
  expect(admit(cursorAt(ONE, 12), from(12, 1), forgotten)).toEqual({ verdict: "gap", expectedSeq: 1 });
  expect(admit(cursorAt(ONE, 12), from(12, 10), forgotten)).toEqual({ verdict: "gap", expectedSeq: 10 });
  const begun = { verdict: "begin", from: 10, cursor: cursorAt(CLONE, 14, 2) };
  expect(admit(cursorAt(ONE, 12), from(10, 10), forgotten)).toEqual(begun);
  // What it was confirmed and has taken off is told; nothing where it starts from what is held.
  const confirmed = (batch: DecodedBatch, confirmedSeq: number): DecodedBatch => ({
    ...batch,
    health: { ...batch.health, confirmedSeq },
  });
  expect(goneOfChosen(confirmed(from(10, 10), 13), false)).toEqual({ from: 1, to: 9 });
  expect(goneOfChosen(confirmed(from(10, 10), 5), false)).toEqual({ from: 1, to: 5 });
  expect(goneOfChosen(from(10, 1), false)).toBeUndefined();
  expect(goneOfChosen(confirmed(from(9, 13), 14), true)).toEqual({ from: 9, to: 12 });
  expect(goneOfChosen(confirmed(from(9, 13), 8), true)).toBeUndefined();
});

test("what a replaced box was confirmed of an epoch and keeps no more, and the receiver has forgotten", () => {
  const before = { epoch: 1, seq: 8 };
  const told = (confirmedSeq: number, oldestSeq: number) =>
    goneOfReplaced({ ...batchOf(ONE, 12, 12), health: { ...HEALTH, oldestSeq, confirmedSeq } }, before);
  expect(told(11, 12)).toEqual({ from: 9, to: 11 });
  expect(told(11, 10)).toEqual({ from: 9, to: 9 });
  expect(told(11, 9)).toBeUndefined();
  expect(told(8, 12)).toBeUndefined();
});

test("a clone is found wherever its batch meets the cursor", () => {
  expect(admit(cursorAt(ONE, 12), batchOf(CLONE, 13, 15))).toEqual({
    verdict: "fork",
    reason: "another-history-at-cursor",
  });
  expect(admit(cursorAt(ONE, 12), batchOf(CLONE, 13, 12))).toEqual({
    verdict: "fork",
    reason: "another-history-at-cursor",
  });
  expect(admit(cursorAt(ONE, 12), batchOf(CLONE, 9, 15))).toEqual({
    verdict: "fork",
    reason: "another-history-before-cursor",
  });
  expect(admit(cursorAt(ONE, 12), batchOf(CLONE, 9, 12))).toEqual({
    verdict: "fork",
    reason: "another-history-before-cursor",
  });
  // Both lives are the same up to 8: nothing to tell apart yet.
  expect(admit(cursorAt(ONE, 8), batchOf(CLONE, 9, 15)).verdict).toBe("accept");
});

test("whatever is sent, lost, doubled and reordered, a receiver ends with the sender's history or refuses", () => {
  const piece = fc.record({ first: fc.integer({ min: 1, max: 20 }), length: fc.nat(8), clone: fc.boolean() });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      let cursor: Cursor = cursorAt(ONE, 0);
      const stored: Entry[] = [];
      for (const { first, length, clone } of pieces) {
        const offered = batchOf(clone ? CLONE : ONE, first, Math.min(20, first + length - 1));
        const admission = admit(cursor, offered);
        if (admission.verdict !== "accept") continue;
        stored.push(...offered.entries.filter(({ seq }) => seq >= admission.from));
        cursor = admission.cursor;
      }
      const life = stored[8] !== undefined && isDeepStrictEqual(stored[8], CLONE[8]) ? CLONE : ONE;
      expect(stored).toEqual(life.slice(0, cursor.seq));
      expect(cursor).toEqual(cursorAt(life, cursor.seq));
    }),
    { numRuns: 300 },
  );
});

test("entries that could not be understood still count for the hash of an overlap", () => {
  const message = JSON.parse(batchToJson(batchOf(ONE, 1, 10)));
  message.row[2] = JSON.stringify({ kind: "dream", at: 2 });
  const got = batchFromJson(JSON.stringify(message));
  if (!got.ok) throw new Error(got.fault.message);
  const links = [...got.value.entries, ...got.value.unusable].sort((a, b) => a.seq - b.seq);
  const cursor = { epoch: 1, seq: 6, hash: runChain(GENESIS, links.slice(0, 6)) };
  expect(admit(cursor, got.value).verdict).toBe("accept");
  expect(isSound(got.value)).toBe(false);
  expect(isSound(batchOf(ONE, 4, 10))).toBe(true);
});

test("the canonical bytes are a contract: this hash never changes", () => {
  const stamp = { wall: 1_750_000_000_000, mono: 12_345, boot: 3, clock: "confirmed" as const };
  const entries: Entry[] = [
    {
      seq: 1,
      stamp,
      body: {
        kind: "reading",
        device: "24e124136b502217",
        asset: "container:88383:007",
        commune: "88383",
        codec: "milesight-em400@1",
        at: 1_749_999_999_000,
        receivedAt: 1_749_999_999_500,
        fCnt: 42,
        fPort: 85,
        frame: Buffer.from("01755C03670101048244080500 01".replaceAll(" ", ""), "hex"),
        radio: { rssi: -97, snr: 7.25, gateway: "0016c001f1500001", gateways: 2, dr: 5 },
        measurements: [
          { name: "battery.level", value: 92, unit: "%" },
          { name: "container.tilted", value: true, unit: "bool" },
          { name: "lamp.reason", value: "événement", unit: "1" },
        ],
        history: [{ at: 5, measurements: [{ name: "air.temperature", value: 25.7, unit: "Cel" }] }],
        notes: ["recovered"],
      },
    },
    { seq: 2, stamp, body: { kind: "loss", at: 5, reason: "copy", counts: { "24e124136b502217": 1 } } },
  ];
  expect(Buffer.from(runChain(GENESIS, entries)).toString("hex")).toMatchInlineSnapshot(
    `"3789b8ef18fcdc2a9fa7792f3a88f668b4e0b2f53a8e564aed5c50f173e4dc89"`,
  );
});
