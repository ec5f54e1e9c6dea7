/** What prompts a person to look at an incident again. Pure. */
import type { Incident } from "./words.ts";

const DAY_MS = 86_400_000;

/** Who was decided against may come for so long after the decision: somebody is on the way to stop it. */
export const STOPPING_MS = 3_600_000;
/** Not heard for so long, it is taken for stopped. A box that is refused comes every minute, a replaced one every ten. */
const GONE_MS = DAY_MS;
/** So long an incident may wait: a weekend. */
const UNDECIDED_MS = 3 * DAY_MS;

/** Heard lately enough to be taken for running. Times are ms since 1970. */
export const stillKnocks = (at: number, now: number): boolean => now - at <= GONE_MS;

/** When the one decided against was last heard. */
const heardAgainst = ({ decision, lastAt, replacedAt }: Incident): number | undefined =>
  decision === "keep" ? lastAt : decision === "new-epoch" ? replacedAt : undefined;

/** `undecided`: it waits for days. `knocking`: the one decided against goes on coming. */
export type IncidentSign = "undecided" | "knocking";

export function signOf(incident: Incident, now: number): IncidentSign | undefined {
  const { decision, decidedAt = 0, openedAt } = incident;
  if (decision === undefined) return now - openedAt >= UNDECIDED_MS ? "undecided" : undefined;
  const at = heardAgainst(incident);
  return at !== undefined && at - decidedAt > STOPPING_MS && stillKnocks(at, now) ? "knocking" : undefined;
}
