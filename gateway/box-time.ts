/** The time by which a box judges certificates: what it knows for sure, even if its clock has forgotten everything. */
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { BoxTime } from "../cloud-sync/server-certificate.ts";
import type { BoxClock } from "./clock.ts";

/** When this version was made; moved with each release. No box that runs it lives earlier. */
export const RELEASED_AT = Date.UTC(2026, 10, 28);

/** The newest entries that are looked through for one whose time is sure. */
const LOOK_BACK = { entries: 2_000, bytes: 4_000_000 };

type Sources = {
  readonly clock: Pick<BoxClock, "now" | "quality">;
  readonly journal?: Pick<Journal, "read" | "knownAt" | "lastSeq" | "onTail">;
  /** This version's, unless given: a driven world may lie before it. */
  readonly releasedAt?: number;
};

/**
 * The latest of the clock, this program's release, and the newest entry written under a confirmed clock: entries of a clock that
 * nobody vouched for would keep a box in the future for ever. The newest counts, not the latest: what a wrong source once
 * confirmed ends with the next right entry.
 */
export const createBoxTime = ({ clock, journal, releasedAt = RELEASED_AT }: Sources): (() => BoxTime) => {
  let written = 0;
  const take = (entries: readonly { readonly stamp: { readonly clock: string; readonly wall: number } }[]): void => {
    const sure = entries.findLast(({ stamp }) => stamp.clock === "confirmed");
    if (sure !== undefined) written = sure.stamp.wall;
  };
  if (journal !== undefined) {
    take(journal.read(journal.knownAt(Math.max(0, journal.lastSeq - LOOK_BACK.entries)), LOOK_BACK).entries);
    journal.onTail(take);
  }
  return () => ({
    atLeast: Math.max(clock.now(), releasedAt, written),
    confirmed: clock.quality() === "confirmed",
  });
};
