/**
 * What is remembered of each device to judge its silence and its radio: a few hundred bytes, kept up frame by frame. Pure data that
 * JSON can keep; `observe` changes it in place, because it runs for every uplink of a town.
 */
import { countFrame, type FrameCount, forgetCounter } from "./counter.ts";
import type { Habit } from "./silence.ts";

/** What of a reading counts here. */
export interface HeardFrame {
  /** Time of the network server's event, ms since 1970. */
  readonly receivedAt: number;
  readonly fCnt: number;
  readonly counterRestarted: boolean;
  readonly radio:
    | {
        readonly rssi: number;
        readonly snr: number;
        readonly dr: number;
        readonly gateway: string;
        readonly gateways: number;
      }
    | undefined;
  readonly batteryPercent: number | undefined;
}

/** The last so many frames: enough for a median, few enough for ten thousand devices. */
export const LAST = 9;
const WEEKS = 6;
const BATTERY_WEEKS = 26;
const WEEK_MS = 7 * 86_400_000;

/** A week's mean: [week since 1970, sum, how many]. */
export type WeekMean = [week: number, sum: number, n: number];

export interface HealthMemory extends Habit {
  count: FrameCount;
  rssi: number[];
  snr: number[];
  gateways: number[];
  best: string[];
  dr?: number;
  snrWeeks: WeekMean[];
  batteryWeeks: WeekMean[];
  downlinkMarginDb?: number;
}

export const newMemory = (): HealthMemory => ({
  gaps: [],
  count: { days: [] },
  rssi: [],
  snr: [],
  gateways: [],
  best: [],
  snrWeeks: [],
  batteryWeeks: [],
});

const keep = <T>(list: T[], value: T): void => {
  if (list.length < LAST) {
    list.push(value);
    return;
  }
  for (let index = 1; index < LAST; index++) list[index - 1] = list[index]!;
  list[LAST - 1] = value;
};

const intoWeek = (weeks: WeekMean[], at: number, value: number, weeksMax: number): void => {
  const week = Math.floor(at / WEEK_MS);
  const last = weeks.at(-1);
  if (last !== undefined && last[0] >= week) {
    if (last[0] === week) {
      last[1] += value;
      last[2] += 1;
    }
    return;
  }
  weeks.push([week, value, 1]);
  if (weeks.length > weeksMax) weeks.shift();
};

export const observeFrame = (memory: HealthMemory, frame: HeardFrame): void => {
  const { receivedAt, radio, batteryPercent } = frame;
  const before = memory.lastSeenAt;
  const steps = countFrame(memory.count, frame);
  if (steps === "copy") return;
  if (before === undefined || receivedAt > before) {
    // Frames that were missed lie between: the device spoke that much more often.
    if (before !== undefined && steps >= 1) keep(memory.gaps, (receivedAt - before) / 1_000 / steps);
    memory.lastSeenAt = receivedAt;
  }
  if (batteryPercent !== undefined) intoWeek(memory.batteryWeeks, receivedAt, batteryPercent, BATTERY_WEEKS);
  if (radio === undefined) return;
  keep(memory.rssi, radio.rssi);
  keep(memory.snr, radio.snr);
  keep(memory.gateways, radio.gateways);
  keep(memory.best, radio.gateway);
  memory.dr = radio.dr;
  intoWeek(memory.snrWeeks, receivedAt, radio.snr, WEEKS);
};

/** It joined: its counter begins again at 0. */
export const observeJoin = (memory: HealthMemory): void => forgetCounter(memory.count);

/** What it told of the last downlink and of its battery. */
export const observeStatus = (
  memory: HealthMemory,
  at: number,
  { marginDb, batteryPercent }: { readonly marginDb?: number; readonly batteryPercent?: number },
): void => {
  if (marginDb !== undefined) memory.downlinkMarginDb = marginDb;
  if (batteryPercent !== undefined) intoWeek(memory.batteryWeeks, at, batteryPercent, BATTERY_WEEKS);
};
