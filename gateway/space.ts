/** How long the disk will last. */
import { statfsSync } from "node:fs";

export interface Space {
  freeBytes(): number;
  /** Days until the disk is full at the rate of the last day; undefined until an hour was seen, or while nothing grows. */
  daysLeft(): number | undefined;
  /** Called from time to time. */
  sample(): void;
}

const SAMPLE_MS = 600_000;
const SPAN_MS = 86_400_000;
const SPAN_MS_MIN = 3_600_000;

export const createSpace = (
  folder: string,
  storeBytes: () => number,
  mono: () => number,
  freeBytes = () => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
): Space => {
  const samples: { readonly at: number; readonly bytes: number }[] = [{ at: mono(), bytes: storeBytes() }];
  return {
    freeBytes,
    daysLeft() {
      const first = samples[0];
      if (first === undefined) return undefined;
      const span = mono() - first.at;
      const grown = storeBytes() - first.bytes;
      if (span < SPAN_MS_MIN || grown <= 0) return undefined;
      return Math.floor(freeBytes() / ((grown / span) * SPAN_MS));
    },
    sample() {
      const now = mono();
      if (now - samples.at(-1)!.at < SAMPLE_MS) return;
      samples.push({ at: now, bytes: storeBytes() });
      while (samples[1] !== undefined && now - samples[1].at >= SPAN_MS) samples.shift();
    },
  };
};
