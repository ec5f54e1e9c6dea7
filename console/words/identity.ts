/** Until when a box may speak to its region. */
import type { BoxView } from "../../api/schemas.ts";

const DAY_MS = 86_400_000;
/** A box renews its ninety days with thirty left: with fewer than these something keeps it from doing so. */
const NEAR_DAYS = 21;

export interface IdentityWords {
  readonly key: "identity.until" | "identity.near" | "identity.ended";
  readonly bad: boolean;
}

/** Undefined for a box that has none yet. */
export const identityWords = (
  { certificateEndsAt }: Pick<BoxView, "certificateEndsAt">,
  now: number,
): IdentityWords | undefined => {
  if (certificateEndsAt === undefined) return undefined;
  const leftMs = Date.parse(certificateEndsAt) - now;
  if (leftMs <= 0) return { key: "identity.ended", bad: true };
  return leftMs < NEAR_DAYS * DAY_MS ? { key: "identity.near", bad: true } : { key: "identity.until", bad: false };
};
