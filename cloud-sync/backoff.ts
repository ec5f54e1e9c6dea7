/** Full jitter: a pause drawn evenly from nothing up to a ceiling that doubles, so that boxes do not come back in step. */
export interface BackoffSettings {
  readonly firstMs: number;
  readonly ceilingMs: number;
}

export interface Backoff {
  /** The next pause, ms. */
  next(): number;
  /** After a success. */
  reset(): void;
}

export function createBackoff({ firstMs, ceilingMs }: BackoffSettings, random: () => number): Backoff {
  let failures = 0;
  return {
    next() {
      const ceiling = Math.min(ceilingMs, firstMs * 2 ** Math.min(failures, 30));
      failures++;
      return random() * ceiling;
    },
    reset() {
      failures = 0;
    },
  };
}

/** Share by which a pause that a server asked for is lengthened at most: it asked all boxes for the same one. */
const SPREAD = 0.25;
export const spread = (ms: number, random: () => number): number => ms * (1 + SPREAD * random());
