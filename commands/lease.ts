/**
 * Who holds an asset. A person's dim, or the region's, holds its lamp until its end; what has less to say waits for it, and whoever
 * takes a lamp over from somebody else says why. Pure.
 */
import { type Command, type Precedence, rankOf } from "./command.ts";

export interface Lease {
  readonly asset: string;
  /** The command that holds it. */
  readonly command: string;
  readonly name: string;
  readonly author: string;
  readonly precedence: Precedence;
  /** ms since 1970. */
  readonly since: number;
  readonly until: number;
  /** Why it was taken over. */
  readonly reason?: string;
}

/** What the calendar and configurations set holds nothing: it is what an override ends in. */
export const holds = (precedence: Precedence): boolean => rankOf(precedence) >= rankOf("override");

/** Why a command of the same matter may not have the asset now; undefined when it may. */
export const objectionTo = (
  lease: Lease | undefined,
  command: Pick<Command, "author" | "precedence" | "reason">,
  now: number,
): string | undefined => {
  if (lease === undefined || lease.until <= now || lease.author === command.author) return undefined;
  if (rankOf(command.precedence) < rankOf(lease.precedence)) return `held-by:${lease.author}`;
  return command.reason === undefined ? `takeover-needs-reason:${lease.author}` : undefined;
};

/** How long an override lasts when nobody says: long enough for a fault to be looked at, short enough to be forgotten. */
export const HOLD_SECONDS_DEFAULT = 7_200;
