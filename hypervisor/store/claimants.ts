/**
 * Which incident a refused batch belongs to. Of one box's name more than two may be refused at the same moment: a copy of its disk, and
 * the original, which can no longer show that what is held is its own. Each is decided by itself. Pure; the caller holds the box's cursor.
 */
import { type DecodedBatch, EPOCH_MAX } from "../../cloud-sync/protocol/batch.ts";
import type { IncidentDecision } from "./words.ts";

/** An incident of two histories, as far as it says whose it is. */
export interface Claim<Id> {
  readonly id: Id;
  /** Absent: of a box of the version before, which is known by its place alone. */
  readonly claimant?: number;
  readonly place: string;
  readonly decision?: IncidentDecision;
}

/** Above so many open ones nobody reads on: whoever comes then shares the newest. */
const OPEN_MAX = 20;

/** Where a refused history leaves the accepted one; one that says itself that it does has no such entry, nor one of a later epoch. */
export const placeOf = (
  { epoch, firstSeq, hashBefore }: Pick<DecodedBatch, "epoch" | "firstSeq" | "hashBefore">,
  isSaid: boolean,
): string => (isSaid ? `${epoch}` : `${epoch}:${firstSeq}:${Buffer.from(hashBefore).toString("hex")}`);

/**
 * Undefined where the batch opens one of its own. Who says a number and who says none never share one: a box of the version before cannot
 * be told from a copy of its disk that was updated since.
 * @param claims of the box, in the order of their opening
 * @param chosen what a person has decided for, until its first batch of the new epoch came
 */
export function claimOf<Id, Of extends Claim<Id>>(
  claims: readonly Of[],
  { claimant, place }: Pick<Claim<Id>, "claimant" | "place">,
  chosen: Id | undefined,
): Of | undefined {
  const own = claims.findLast((each) => each.claimant === claimant && (claimant !== undefined || each.place === place));
  // What was decided for it has been done, or another was chosen since: it is asked again.
  const isOver = own?.decision === "new-epoch" && own.id !== chosen;
  return own === undefined || isOver ? crowded(claims) : own;
}

function crowded<Of extends { readonly decision?: IncidentDecision }>(claims: readonly Of[]): Of | undefined {
  const open = claims.filter(({ decision }) => decision === undefined);
  return open.length < OPEN_MAX ? undefined : open.at(-1);
}

/** An epoch that no history of the box is known under; its own, where it is of a later one that was forgotten here. */
export function epochFor(
  present: number,
  { epoch, others }: { readonly epoch: number; readonly others: readonly number[] },
) {
  if (epoch > present) return epoch;
  const after = (number: number): number => (number < EPOCH_MAX ? number + 1 : 1);
  let next = after(present);
  while (others.includes(next)) next = after(next);
  return next;
}
