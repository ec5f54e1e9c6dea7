/** Whether a device speaks as it uses to: by the period learnt from its own frames, until then by its model's. Pure. */

export const SILENCES = ["unknown", "on-time", "late", "silent", "lost"] as const;
export type Silence = (typeof SILENCES)[number];

/** What was last told of it. */
export interface Told {
  /** ms since 1970. */
  readonly at: number;
  readonly silence: Silence;
  /** Whether enough was heard for a verdict. */
  readonly judged: boolean;
}

export interface Habit {
  lastSeenAt?: number;
  /** Seconds between its frames, the missed ones counted in. */
  gaps: number[];
  told?: Told;
}

export interface Listening {
  readonly now: number;
  /** For how long the box has listened without a gap, ms; absent: always. */
  readonly listenedMs?: number;
}

/** Our own measure of patience, in periods without a frame. Lost means also three days: a night is no loss. */
const LATE_PERIODS = 2;
const SILENT_PERIODS = 4;
const LOST_PERIODS = 20;
const LOST_MS = 3 * 86_400_000;
/** Fewer gaps are no habit. */
const GAPS_MIN = 5;
const PERIOD_SECONDS_MIN = 5;

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
export const quantile = (values: readonly number[], share: number): number => {
  const order = sorted(values);
  return order[Math.min(order.length - 1, Math.floor(share * order.length))] ?? 0;
};

/** @param expectedSeconds of its model, until it has shown its own habit. */
export const periodOf = ({ gaps }: Pick<Habit, "gaps">, expectedSeconds: number) => {
  if (gaps.length < GAPS_MIN) return { periodSeconds: expectedSeconds, patience: expectedSeconds, periodLearnt: false };
  const periodSeconds = Math.max(PERIOD_SECONDS_MIN, quantile(gaps, 0.5));
  // A device that speaks when something happens is patient by its longer silences.
  return { periodSeconds, patience: Math.max(periodSeconds, quantile(gaps, 0.75)), periodLearnt: true };
};

const silenceAfter = (elapsedMs: number, patienceSeconds: number): Silence => {
  const periods = elapsedMs / 1_000 / patienceSeconds;
  if (periods > LOST_PERIODS && elapsedMs > LOST_MS) return "lost";
  if (periods > SILENT_PERIODS) return "silent";
  return periods > LATE_PERIODS ? "late" : "on-time";
};

const worse = (one: Silence, other: Silence): Silence =>
  SILENCES.indexOf(one) > SILENCES.indexOf(other) ? one : other;

/**
 * A box that was off, or had lost its broker, heard nobody: what it says gets worse only by silence it has listened to, and
 * better only by a frame.
 */
export const silenceNow = (habit: Habit, expectedSeconds: number, { now, listenedMs }: Listening): Silence => {
  const { lastSeenAt, told } = habit;
  if (lastSeenAt === undefined) return "unknown";
  const { patience } = periodOf(habit, expectedSeconds);
  const elapsed = now - lastSeenAt;
  const silence = silenceAfter(elapsed, patience);
  if (listenedMs === undefined || listenedMs >= elapsed) return silence;
  const before = told?.silence ?? "on-time";
  if (worse(silence, before) === before) return silence;
  return worse(before, silenceAfter(listenedMs, patience));
};
