/** What the memory of a device says now: on time or silent, how complete, how it is heard, how long its battery lasts. Pure. */
import { countSince } from "./counter.ts";
import { type Floors, floorOf } from "./floor.ts";
import { framesHeard, type HealthMemory, heardOf, LAST, WEEK_FIELDS, type WeekMeans } from "./memory.ts";
import { type Listening, periodOf, quantile, type Silence, silenceNow } from "./silence.ts";

export type Verdict = "good" | "fair" | "poor" | "unknown";
export type Reason = "losses" | "weak" | "one-gateway" | "getting-weaker" | "battery-low" | "battery-ends";

export interface DeviceHealth {
  readonly silence: Silence;
  readonly lastSeenAt?: number;
  /** Seconds between two uplinks. */
  readonly periodSeconds: number;
  /** Of its own frames, not its model's word. */
  readonly periodLearnt: boolean;
  /** Share of the frames it counted that arrived, of the last seven days. */
  readonly completeness?: number;
  readonly missed?: number;
  readonly radio?: {
    readonly rssi: number;
    readonly snr: number;
    readonly dr: number;
    readonly marginDb?: number;
    readonly downlinkMarginDb?: number;
    readonly gateways: number;
    readonly best: readonly string[];
    readonly trendDbPerWeek?: number;
  };
  readonly battery?: { readonly percent: number; readonly emptyAt?: number };
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** Fewer frames say nothing of losses. */
const FRAMES_MIN = 20;
const COMPLETE_GOOD = 0.9;
const COMPLETE_POOR = 0.8;
const WEAK_DB = 2;
const FALLING_DB_PER_WEEK = -1;
const BATTERY_LOW_PERCENT = 20;
const BATTERY_SOON_MS = 182 * DAY_MS;

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** Slope of the weekly means by least squares, per week; undefined with too few weeks, or where they span too little. */
const slope = (weeks: WeekMeans, weeksMin: number): number | undefined => {
  const points = Array.from({ length: weeks.length / WEEK_FIELDS }, (_, nth) => {
    const [week, sum, n] = weeks.slice(nth * WEEK_FIELDS, (nth + 1) * WEEK_FIELDS) as [number, number, number];
    return [week, sum / n] as const;
  });
  if (points.length < weeksMin) return undefined;
  const [meanX, meanY] = [0, 1].map(
    (axis) => points.reduce((sum, point) => sum + point[axis as 0 | 1], 0) / points.length,
  );
  const spread = points.reduce((sum, [x]) => sum + (x - meanX!) ** 2, 0);
  return spread === 0 ? undefined : points.reduce((sum, [x, y]) => sum + (x - meanX!) * (y - meanY!), 0) / spread;
};

const radioOf = (memory: HealthMemory, floors: Floors): DeviceHealth["radio"] => {
  const { dr } = memory;
  if (dr === undefined || memory.heard.length === 0) return undefined;
  const middle = (field: "rssi" | "snr" | "gateways"): number => quantile(heardOf(memory.heard, field), 0.5);
  const snr = round(middle("snr"), 1);
  const floor = floorOf(floors, dr);
  const counts = new Map<string, number>();
  for (const gateway of memory.best) counts.set(gateway, (counts.get(gateway) ?? 0) + 1);
  const best = [...counts].sort((a, b) => b[1] - a[1]).map(([gateway]) => gateway);
  const trend = slope(memory.snrWeeks, 3);
  return {
    rssi: Math.round(middle("rssi")),
    snr,
    dr,
    ...(floor === undefined ? {} : { marginDb: round(Math.max(0, snr - floor), 1) }),
    ...(memory.downlinkMarginDb === undefined ? {} : { downlinkMarginDb: memory.downlinkMarginDb }),
    gateways: middle("gateways"),
    best,
    ...(trend === undefined ? {} : { trendDbPerWeek: round(trend, 1) }),
  };
};

/** Four weeks that fall tell when the battery is at its end; a level that stands still tells nothing. */
const batteryOf = ({ batteryWeeks }: HealthMemory, now: number): DeviceHealth["battery"] => {
  const [sum, n] = batteryWeeks.slice(-2);
  if (sum === undefined || n === undefined) return undefined;
  const percent = round(sum / n, 0);
  const perWeek = slope(batteryWeeks, 4);
  if (perWeek === undefined || perWeek >= -0.05) return { percent };
  const weeks = percent / -perWeek;
  return { percent, emptyAt: Math.round(now + weeks * WEEK_MS) };
};

const judge = (
  completeness: number | undefined,
  radio: DeviceHealth["radio"],
  battery: DeviceHealth["battery"],
  now: number,
): Pick<DeviceHealth, "verdict" | "reasons"> => {
  const reasons: Reason[] = [];
  const loses = completeness !== undefined && completeness < COMPLETE_GOOD;
  if (loses) reasons.push("losses");
  if (loses && radio?.marginDb !== undefined && radio.marginDb <= WEAK_DB) reasons.push("weak");
  if (loses && radio?.gateways === 1) reasons.push("one-gateway");
  if ((radio?.trendDbPerWeek ?? 0) <= FALLING_DB_PER_WEEK) reasons.push("getting-weaker");
  const isFair = reasons.length > 0;
  if (battery !== undefined && battery.percent <= BATTERY_LOW_PERCENT) reasons.push("battery-low");
  if (battery?.emptyAt !== undefined && battery.emptyAt - now <= BATTERY_SOON_MS) reasons.push("battery-ends");
  if (completeness === undefined || radio === undefined) return { verdict: "unknown", reasons };
  if (completeness < COMPLETE_POOR) return { verdict: "poor", reasons };
  return { verdict: isFair ? "fair" : "good", reasons };
};

export interface Circumstances extends Listening {
  /** Of its model, until it has shown its own habit. */
  readonly expectedSeconds: number;
  readonly floors: Floors;
}

export const assess = (memory: HealthMemory, circumstances: Circumstances): DeviceHealth => {
  const { expectedSeconds, floors, now } = circumstances;
  const { periodSeconds, periodLearnt } = periodOf(memory, expectedSeconds);
  const { heard, missed } = countSince(memory.count.days, now);
  const completeness = heard + missed >= FRAMES_MIN ? round(heard / (heard + missed), 3) : undefined;
  const radio = radioOf(memory, floors);
  const battery = batteryOf(memory, now);
  const { lastSeenAt } = memory;
  return {
    silence: silenceNow(memory, expectedSeconds, circumstances),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
    periodSeconds: Math.round(periodSeconds),
    periodLearnt,
    ...(completeness === undefined ? {} : { completeness, missed }),
    ...(radio === undefined ? {} : { radio }),
    ...(battery === undefined ? {} : { battery }),
    ...judge(completeness, framesHeard(memory.heard) < LAST / 2 ? undefined : radio, battery, now),
  };
};
