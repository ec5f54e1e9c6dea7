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

/**
 * Means of weeks, flat, the oldest first: week since 1970, sum, how many; then the next. In half a year an array for each week would take
 * twice the room, ten thousand times.
 */
export type WeekMeans = number[];
export const WEEK_FIELDS = 3;

/** What the network server said of the last frames, flat, the oldest first: rssi, snr, gateways; then the next. */
export type Heard = number[];
const HEARD_FIELDS = 3;
export const framesHeard = (heard: Heard): number => heard.length / HEARD_FIELDS;
export const heardOf = (heard: Heard, field: "rssi" | "snr" | "gateways"): number[] => {
  const offset = ["rssi", "snr", "gateways"].indexOf(field);
  return heard.filter((_value, index) => index % HEARD_FIELDS === offset);
};

export interface HealthMemory extends Habit {
  count: FrameCount;
  heard: Heard;
  best: string[];
  dr?: number;
  snrWeeks: WeekMeans;
  batteryWeeks: WeekMeans;
  downlinkMarginDb?: number;
}

export const newMemory = (): HealthMemory => ({
  gaps: [],
  count: { days: [] },
  heard: [],
  best: [],
  snrWeeks: [],
  batteryWeeks: [],
});

/** As boxes kept it before its lists were flat. */
interface FormerMemory {
  readonly rssi: readonly number[];
  readonly snr: readonly number[];
  readonly gateways: readonly number[];
  readonly count: { readonly days: readonly (readonly number[])[] };
  readonly snrWeeks: readonly (readonly number[])[];
  readonly batteryWeeks: readonly (readonly number[])[];
}

const flattened = (former: HealthMemory & FormerMemory): HealthMemory => {
  const { rssi, snr, gateways, ...kept } = former;
  return {
    ...kept,
    count: { ...kept.count, days: kept.count.days.flat() },
    heard: rssi.flatMap((value, index) => [value, snr[index] ?? 0, gateways[index] ?? 0]),
    snrWeeks: kept.snrWeeks.flat(),
    batteryWeeks: kept.batteryWeeks.flat(),
  };
};

/** What was saved as JSON, whoever saved it. */
export const readMemory = (text: string): HealthMemory => {
  const memory = JSON.parse(text) as HealthMemory | (HealthMemory & FormerMemory);
  return "rssi" in memory ? flattened(memory) : memory;
};

const keep = <T>(list: T[], value: T): void => {
  if (list.length < LAST) {
    list.push(value);
    return;
  }
  for (let index = 1; index < LAST; index++) list[index - 1] = list[index]!;
  list[LAST - 1] = value;
};

const keepHeard = (heard: Heard, rssi: number, snr: number, gateways: number): void => {
  if (heard.length < LAST * HEARD_FIELDS) {
    heard.push(rssi, snr, gateways);
    return;
  }
  const last = heard.length - HEARD_FIELDS;
  // Not copyWithin: on arrays V8 has no fast form of it, and it alone took a thirtieth of an uplink.
  for (let index = 0; index < last; index++) heard[index] = heard[index + HEARD_FIELDS]!;
  heard[last] = rssi;
  heard[last + 1] = snr;
  heard[last + 2] = gateways;
};

const intoWeek = (weeks: WeekMeans, at: number, value: number, weeksMax: number): void => {
  const week = Math.floor(at / WEEK_MS);
  const last = weeks.length - WEEK_FIELDS;
  if (last >= 0 && weeks[last]! >= week) {
    if (weeks[last] === week) {
      weeks[last + 1]! += value;
      weeks[last + 2]! += 1;
    }
    return;
  }
  weeks.push(week, value, 1);
  if (weeks.length > weeksMax * WEEK_FIELDS) weeks.splice(0, WEEK_FIELDS);
};

export const observeFrame = (memory: HealthMemory, frame: HeardFrame): void => {
  const { receivedAt, radio, batteryPercent } = frame;
  const before = memory.lastSeenAt;
  const steps = countFrame(memory.count, memory.count.days, frame);
  if (steps === "copy") return;
  if (before === undefined || receivedAt > before) {
    // Frames that were missed lie between: the device spoke that much more often.
    if (before !== undefined && steps >= 1) keep(memory.gaps, (receivedAt - before) / 1_000 / steps);
    memory.lastSeenAt = receivedAt;
  }
  if (batteryPercent !== undefined) intoWeek(memory.batteryWeeks, receivedAt, batteryPercent, BATTERY_WEEKS);
  if (radio === undefined) return;
  keepHeard(memory.heard, radio.rssi, radio.snr, radio.gateways);
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
