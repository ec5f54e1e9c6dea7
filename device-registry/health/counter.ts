/**
 * Completeness by the frame counter: every uplink raises FCnt by one, so a hole in it is a frame that nobody heard. Rollover, a new
 * join, a restarted counter and a frame that comes late are no holes.
 */

/**
 * Flat, three numbers a day, the oldest first: day since 1970, frames heard, frames missed. An array for each day would take twice the
 * room, ten thousand times.
 */
export type DayCounts = number[];
const DAY_FIELDS = 3;
const HEARD = 1;
const MISSED = 2;

/** What a device's next frame is measured by. */
export interface CounterState {
  last?: { fCnt: number; at: number };
  /** It joined and was not heard since: its counter begins at 0. */
  joined?: true;
}

export interface FrameCount extends CounterState {
  days: DayCounts;
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

/** Where the counts of that day are; undefined for one before all that are kept. */
const placeOf = (days: DayCounts, at: number): number | undefined => {
  const day = Math.floor(at / DAY_MS);
  let end = days.length;
  while (end > 0 && days[end - DAY_FIELDS]! > day) end -= DAY_FIELDS;
  const found = end - DAY_FIELDS;
  if (end > 0 && days[found] === day) return found;
  const isFull = days.length === DAYS * DAY_FIELDS;
  if (isFull && end === 0) return undefined;
  days.splice(end, 0, day, 0, 0);
  if (!isFull) return end;
  days.splice(0, DAY_FIELDS);
  return found;
};

/** How many frames the device has counted since the last one heard; `copy`: it was counted already. */
export const countFrame = (
  count: CounterState,
  days: DayCounts,
  {
    fCnt,
    receivedAt,
    counterRestarted,
  }: { readonly fCnt: number; readonly receivedAt: number; readonly counterRestarted: boolean },
): number | "copy" => {
  const { last, joined } = count;
  if (last !== undefined && fCnt === last.fCnt && !counterRestarted && joined !== true) return "copy";
  const place = placeOf(days, receivedAt);
  const add = (field: number, frames: number): void => {
    if (place !== undefined) days[place + field]! += frames;
  };
  add(HEARD, 1);
  if (joined === true) delete count.joined;
  if (last !== undefined && receivedAt < last.at && !counterRestarted) {
    // It was late, not lost.
    if (fCnt < last.fCnt && place !== undefined && days[place + MISSED]! > 0) add(MISSED, -1);
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
    if (fCnt <= JUMP_MAX) add(MISSED, fCnt);
    return 1;
  }
  if (before === undefined || counterRestarted) return 1;
  const steps = stepsBetween(before, fCnt) ?? 1;
  add(MISSED, steps - 1);
  return steps;
};

export const forgetCounter = (count: CounterState): void => {
  count.joined = true;
};

/** Of the last days before `now`. */
export const countSince = (days: DayCounts, now: number): { readonly heard: number; readonly missed: number } => {
  const first = Math.floor(now / DAY_MS) - DAYS + 1;
  let [heard, missed] = [0, 0];
  for (let place = 0; place < days.length; place += DAY_FIELDS) {
    if (days[place]! < first) continue;
    heard += days[place + HEARD]!;
    missed += days[place + MISSED]!;
  }
  return { heard, missed };
};

/** Of a day that was counted alone. */
export const missedOf = (days: DayCounts): number => days[MISSED] ?? 0;
