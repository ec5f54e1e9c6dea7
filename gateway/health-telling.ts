/**
 * What the region is told of how each device is heard: soon when it falls silent or speaks again, or when enough was heard for a
 * first verdict; else once a day at most. Each telling wears the flash and takes its place on the wire.
 */
import type { BoxClock } from "./clock.ts";
import type { DeviceHealthKeeper } from "./device-health.ts";
import type { Append } from "./words.ts";

const LOOK_EVERY_MS = 60_000;
/** What is told once a day waits for others, so that they share a commit. */
const DAILY_EVERY_MS = 1_800_000;
/** A whole town that falls silent at once is told of in portions. */
const AT_ONCE = 200;

export interface HealthTellingParts {
  readonly keeper: Pick<DeviceHealthKeeper, "toTell">;
  readonly write: (work: (append: Append) => void) => void;
  readonly clock: Pick<BoxClock, "now" | "mono" | "quality">;
}

export interface HealthTelling {
  /** About once a second. */
  tick(): void;
}

export const createHealthTelling = ({ keeper, write, clock }: HealthTellingParts): HealthTelling => {
  let lookedAt = clock.mono();
  let dailyAt = Number.NEGATIVE_INFINITY;
  return {
    tick() {
      const mono = clock.mono();
      // By a clock that is not known nobody can be late.
      if (mono - lookedAt < LOOK_EVERY_MS || clock.quality() !== "confirmed") return;
      const daily = mono - dailyAt >= DAILY_EVERY_MS;
      const lines = keeper.toTell({ daily, most: AT_ONCE });
      if (lines.length > 0)
        write((append) => {
          for (const { device, health } of lines)
            append({ kind: "event", event: "health", device, at: clock.now(), detail: { ...health } });
        });
      // What was left over goes with the next second.
      if (lines.length === AT_ONCE) return;
      lookedAt = mono;
      if (daily) dailyAt = mono;
    },
  };
};
