/** What a row of samples says of growth: a straight line through them, and whether it stays within its bound. */

export interface Sample {
  /** ms of any clock. */
  readonly at: number;
  readonly value: number;
}

export interface Growth {
  readonly first: number;
  readonly last: number;
  readonly median: number;
  readonly max: number;
  /** Of the line of least squares, from the first sample to the last. */
  readonly grown: number;
  readonly perHour: number;
}

const HOUR_MS = 3_600_000;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

/** At least two samples at two times. Throws RangeError. */
export const growthOf = (samples: readonly Sample[]): Growth => {
  const [begin, end] = [samples[0], samples.at(-1)];
  if (begin === undefined || end === undefined || end.at <= begin.at)
    throw new RangeError("two samples at two times expected");
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, each) => sum + pick(each), 0) / samples.length;
  const [at, value] = [mean((each) => each.at), mean((each) => each.value)];
  const above = samples.reduce((sum, each) => sum + (each.at - at) * (each.value - value), 0);
  const below = samples.reduce((sum, each) => sum + (each.at - at) ** 2, 0);
  const slope = above / below;
  const values = samples.map((each) => each.value);
  return {
    first: begin.value,
    last: end.value,
    median: median(values),
    max: Math.max(...values),
    grown: slope * (end.at - begin.at),
    perHour: slope * HOUR_MS,
  };
};

/** The first part of a run is warming up: caches fill, code is compiled, the heap finds its size. */
export const afterWarmUp = (samples: readonly Sample[], part: number): readonly Sample[] =>
  samples.slice(Math.min(Math.floor(samples.length * part), Math.max(0, samples.length - 2)));

/** The median of the last third less that of the first: blind to single spikes, which a line is not. */
export const rise = (samples: readonly Sample[]): number => {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const of = (part: readonly Sample[]) => median(part.map(({ value }) => value));
  return of(samples.slice(-third)) - of(samples.slice(0, third));
};

/** What may grow: so much at once, by chance and by warming up, and so much an hour. */
export interface Bound {
  readonly allowance: number;
  readonly perHour: number;
}

export const isWithin = (growth: Growth, bound: Bound, hours: number): boolean =>
  growth.grown <= bound.allowance + bound.perHour * hours;
