/**
 * Entries of this boot may have been written before the time was known: one entry tells readers, here and upstream, how to put
 * them right.
 */
import type { BoxClock } from "./clock.ts";
import { type FlowStores, recentEntries } from "./stores.ts";
import type { Append } from "./words.ts";

export interface ClockEntryParts {
  readonly journal: FlowStores["journal"];
  readonly clock: BoxClock;
  readonly change: (work: (append: Append) => void) => void;
}

/** To be called now and then; writes at most one entry a life of the process. */
export const createClockEntry = ({ journal, clock, change }: ClockEntryParts): (() => void) => {
  let told = false;
  /** Whether the newest entries of this boot were written without knowing the time, and none told it since. */
  const isMissed = (): boolean => {
    const own = recentEntries({ journal }).filter(({ stamp }) => stamp.boot === journal.boot);
    return own.some(({ stamp }) => stamp.clock === "unknown") && !own.some(({ body }) => body.kind === "clock");
  };
  return () => {
    if (told || clock.quality() !== "confirmed") return;
    told = true;
    if (!isMissed()) return;
    const lead = Math.round(clock.now() - clock.mono());
    const source = clock.confirmedBy() ?? "ntp";
    change((append) => append({ kind: "clock", at: Math.round(clock.now()), boot: journal.boot, lead, source }));
  };
};
