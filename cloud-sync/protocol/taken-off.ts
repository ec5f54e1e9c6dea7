/**
 * What a box no longer keeps because it was told that it had arrived. Of each number it keeps a mark, two bytes of the running hash: where
 * a receiver has forgotten some of it, the marks say from which number on, and how many entries that costs. Two histories have the same
 * mark under one number by chance once in 65,000 times: such a count is one too low.
 */
import type { Gone, TakenOff } from "./entry.ts";
import { WireError } from "./faults.ts";
import type { TakenOff as Message } from "./generated/batch_pb.ts";
import { wholeOf } from "./numbers.ts";

export const MARK_BYTES = 2;
/** Numbers: 18 hours of a thousand devices, 128 KiB. What went before them is not counted. */
export const TAKEN_OFF_MAX = 65_536;

/** No entry went under this number: it had been shed before, and the word on it is kept. */
export const NOTHING = 0;
/** One whose running hash is not known. */
export const UNMARKED = 1;
/** It had been shed before, and the word on it, which counted it, was taken off as well. */
export const SHED = 2;
const FIRST_MARK = 3;

/** @param start of a running hash, its first two bytes */
export const markOfStart = (start: number): number => (start < FIRST_MARK ? start + FIRST_MARK : start);
export const markOf = (hash: Uint8Array): number => markOfStart(hash[0]! | (hash[1]! << 8));

export const firstOf = ({ last, marks }: TakenOff): number => last - marks.length / MARK_BYTES + 1;

const markAt = ({ last, marks }: TakenOff, seq: number): number => {
  const at = marks.length - (last - seq + 1) * MARK_BYTES;
  return at < 0 || seq > last ? NOTHING : marks[at]! | (marks[at + 1]! << 8);
};

/** So many numbers in a row agree by no chance. */
const SURE = 3;

/** Numbers of a history, and how many entries are lost among them; undefined: the marks do not tell. */
export interface LostOf extends Gone {
  readonly lost: number | undefined;
}

/** What a receiver knows of a number. */
export interface Held {
  /** Of all histories whose running hash it knows there; none where nothing was ever told of the number. */
  readonly marks: readonly number[];
  /** In a history whose hash it does not know there it has an entry, or was told of one that is gone. */
  readonly isOpen: boolean;
}
export type HeldMarks = (seq: number) => Held;

const OPEN: Held = { marks: [], isOpen: true };

/**
 * What a receiver has not got of [gone.from, gone.to], which the box no longer keeps.
 * @param gone the entry before `from` is held
 * @returns undefined where the marks tell nothing
 */
export function lostAmong(taken: TakenOff, gone: Gone, heldMarks: HeldMarks): LostOf | undefined {
  const from = Math.max(gone.from, firstOf(taken));
  let held = from === gone.from ? from - 1 : undefined;
  let [inRow, hasLeft, isUnclear] = [0, false, false];
  for (let seq = from; seq <= gone.to; seq++) {
    const own = markAt(taken, seq);
    if (own === NOTHING) continue;
    const { marks, isOpen } = own === UNMARKED ? OPEN : heldMarks(seq);
    if (own === SHED) {
      // The receiver may have had it before it was shed.
      isUnclear ||= !hasLeft && (isOpen || marks.length > 0);
      continue;
    }
    if (marks.includes(own)) {
      inRow++;
      if (hasLeft && inRow < SURE) continue;
      [held, hasLeft, isUnclear] = [seq, false, false];
    } else if (isOpen) isUnclear ||= !hasLeft;
    else if (marks.length > 0) [inRow, hasLeft] = [0, true];
  }
  if (held === undefined) return undefined;
  const first = held + 1;
  const counted = { from: first, to: gone.to, lost: 0 };
  for (let seq = first; seq <= gone.to; seq++) {
    if (markAt(taken, seq) === NOTHING) continue;
    if (counted.lost++ === 0) counted.from = seq;
    counted.to = seq;
  }
  return isUnclear ? { ...counted, lost: undefined } : counted;
}

export const takenOffToMessage = ({ last, marks }: TakenOff) => ({ last: BigInt(last), marks: new Uint8Array(marks) });

export const takenOffFromMessage = ({ last: said, marks }: Message): TakenOff => {
  const last = wholeOf(said);
  const numbers = marks.length / MARK_BYTES;
  if (!Number.isInteger(numbers) || numbers > Math.min(last, TAKEN_OFF_MAX))
    throw new WireError("inconsistent", `${marks.length} bytes of marks up to ${last}`);
  return { last, marks: marks.slice() };
};
