/**
 * Completeness by the frame counter: every uplink raises FCnt by one, so a hole in it is a frame that nobody heard. Rollover, a new
 * join, a restarted counter and a frame that comes late are no holes.
 */

/** [day since 1970, frames heard, frames missed] */
export type DayCount = [day: number, heard: number, missed: number];

export interface FrameCount {
  last?: { fCnt: number; at: number };
  /** It joined and was not heard since: its counter begins at 0. */
  joined?: true;
  days: DayCount[];
}

const DAY_MS = 86_400_000;
/** Completeness is that of the last days. */
export const DAYS = 7;
/** A counter that jumps further did not count frames: the network server itself refuses such a gap in LoRaWAN 1.0. */
const JUMP_MAX = 16_384;
const COUNTERS = [2 ** 16, 2 ** 32] as const;

/** Frames from one counter to the next, or undefined when the second does not follow the first. */
const stepsBetween = (last: number, next: number): number | undefined => {
  if (next > last) return next - last <= JUMP_MAX ? next - last : undefined;
  // A counter of 16 or 32 bits that came round: it was near its end and is near its beginning.
  const round = COUNTERS.map((size) => next + size - last).find((steps) => steps > 0 && steps <= JUMP_MAX / 64);
  return round;
};

const dayOf = (days: DayCount[], at: number): DayCount => {
  const day = Math.floor(at / DAY_MS);
  const found = days.findLast((each) => each[0] === day);
  if (found !== undefined) return found;
  const fresh: DayCount = [day, 0, 0];
  days.push(fresh);
  days.sort((a, b) => a[0] - b[0]);
  while (days.length > DAYS) days.shift();
  return fresh;
};

/** How many frames the device has counted since the last one heard; `copy`: it was counted already. */
export const countFrame = (
  count: FrameCount,
  {
    fCnt,
    receivedAt,
    counterRestarted,
  }: { readonly fCnt: number; readonly receivedAt: number; readonly counterRestarted: boolean },
): number | "copy" => {
  const { last, joined } = count;
  if (last !== undefined && fCnt === last.fCnt && !counterRestarted && joined !== true) return "copy";
  const day = dayOf(count.days, receivedAt);
  day[1] += 1;
  if (joined === true) delete count.joined;
  if (last !== undefined && receivedAt < last.at && !counterRestarted) {
    // It was late, not lost.
    if (fCnt < last.fCnt && day[2] > 0) day[2] -= 1;
    return 0;
  }
  const before = last?.fCnt;
  // In place: for every uplink of a town, a new object each would outlive the young heap.
  if (last === undefined) count.last = { fCnt, at: receivedAt };
  else {
    last.fCnt = fCnt;
    last.at = receivedAt;
  }
  // After a join what is missing before it was sent after the join.
  if (joined === true) {
    if (fCnt <= JUMP_MAX) day[2] += fCnt;
    return 1;
  }
  if (before === undefined || counterRestarted) return 1;
  const steps = stepsBetween(before, fCnt) ?? 1;
  day[2] += steps - 1;
  return steps;
};

export const forgetCounter = (count: FrameCount): void => {
  count.joined = true;
};

/** Of the last days before `now`. */
export const countSince = (count: FrameCount, now: number): { readonly heard: number; readonly missed: number } => {
  const first = Math.floor(now / DAY_MS) - DAYS + 1;
  let [heard, missed] = [0, 0];
  for (const [day, ofDay, lost] of count.days) {
    if (day < first) continue;
    heard += ofDay;
    missed += lost;
  }
  return { heard, missed };
};
