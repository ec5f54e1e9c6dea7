/**
 * Overrides that end by themselves: a command that holds its asset makes a lease, and when it is over the box gives the asset back
 * to its calendar with the command its model names for that, until one such return comes to a good end.
 */
import { type Command, isTerminal, type Precedence } from "../commands/command.ts";
import { holds, objectionTo } from "../commands/lease.ts";
import type { CommandRecord } from "../commands/transitions.ts";
import type { Plans } from "./command-plan.ts";
import { type HeldLease, returnId } from "./leases.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { Append } from "./words.ts";

export interface Holding {
  /** Whether it holds its asset until an end. */
  holdsAsset(command: Pick<Command, "target" | "name">): boolean;
  /** Why a command may not have its asset now. */
  objection(command: Command): string | undefined;
  /** It was accepted: from now on it holds its asset, or gives it back. */
  accepted(command: Command): void;
  /** A command came to its end; what never went on air holds nothing. */
  ended(row: LedgerRow): void;
  /** Gives back what is over. */
  tick(append: Append): void;
}

export interface HoldingParts {
  readonly ledger: Ledger;
  readonly plans: Plans;
  readonly now: () => number;
  readonly place: (command: Command, append: Append) => CommandRecord;
  /** ChirpStack's queue can be looked at: what got lost on its way is found out. */
  readonly canAsk: boolean;
}

/** The author of returns. */
export const RETURNS = "beffroi:return";
/** A lamp that cannot be reached now is tried for so long, and then again. */
const RETURN_WITHIN_MS = 24 * 3_600_000;
/** Where nobody can tell whether it was lost on its way, it is tried sooner anew. */
const RETURN_UNASKED_MS = 600_000;
/** A lamp that never shows it is not told for ever; its outcomes say so. */
const TRIES_MAX = 20;
const GOOD: readonly string[] = ["effect-observed", "done"];

export const createHolding = ({ ledger, plans, now, place, canAsk }: HoldingParts): Holding => {
  const withinMs = canAsk ? RETURN_WITHIN_MS : RETURN_UNASKED_MS;
  const triesMax = (TRIES_MAX * RETURN_WITHIN_MS) / withinMs;
  const { leases } = ledger;

  /** The command that takes it back, for commands that hold; and whether it is that command itself. */
  const kindOf = (command: Pick<Command, "target" | "name">): { returns?: string; isReturn: boolean } => {
    const found = plans.promiseOf(command);
    if (typeof found === "string") return { isReturn: false };
    const isReturn = Object.values(found.model.commands).some(({ returns }) => returns === command.name);
    return { ...(found.promise.returns === undefined ? {} : { returns: found.promise.returns }), isReturn };
  };

  const untilOf = ({ holdUntil, expiresAt }: Command): number => holdUntil ?? expiresAt;

  /** How the last try to give it back stands. */
  const stateOf = (lease: HeldLease): "none" | "open" | "good" | "bad" => {
    const id = lease.tries > 0 ? returnId(lease.command, lease.tries) : lease.givenBackBy;
    const state = id === undefined ? undefined : ledger.find(id)?.record.state;
    if (state === undefined) return "none";
    if (!isTerminal(state)) return "open";
    return GOOD.includes(state) ? "good" : "bad";
  };

  const giveBack = (lease: HeldLease, append: Append): void => {
    const state = stateOf(lease);
    if (state === "open") return;
    if (state === "good" || lease.tries >= triesMax) {
      leases.end(lease.asset);
      return;
    }
    const tries = lease.tries + 1;
    leases.put({ ...lease, tries });
    const command: Command = {
      id: returnId(lease.command, tries),
      target: lease.asset,
      name: lease.returns,
      fields: {},
      author: RETURNS,
      precedence: lease.precedence,
      requestedAt: now(),
      expiresAt: now() + withinMs,
      reason: `return:${lease.command}`,
    };
    // The device is gone, or its model knows no way back: nothing is held any more.
    if (place(command, append).state === "refused") leases.end(lease.asset);
  };

  /** What is still true of the lamp should the next command never reach it. */
  const standing = (lease: HeldLease | undefined): HeldLease | undefined => {
    if (lease === undefined || ledger.find(lease.command)?.onAirAt === undefined) return lease?.before;
    const { before: _, ...bare } = lease;
    return bare;
  };

  return {
    holdsAsset: (command) => kindOf(command).returns !== undefined,
    objection(command) {
      const { returns, isReturn } = kindOf(command);
      if (command.author === RETURNS || (returns === undefined && !isReturn)) return undefined;
      return objectionTo(leases.of(command.target), command, now());
    },
    accepted(command) {
      if (command.author === RETURNS) return;
      const { returns, isReturn } = kindOf(command);
      const held = leases.of(command.target);
      if (isReturn && held !== undefined) leases.put({ ...held, until: now(), givenBackBy: command.id });
      if (returns === undefined || !holds(command.precedence)) return;
      const { id, target, name, author, precedence, reason } = command;
      const until = untilOf(command);
      const base = {
        asset: target,
        command: id,
        name,
        author,
        precedence: precedence as Precedence,
        since: now(),
        until,
      };
      const before = standing(held);
      const more = { ...(reason === undefined ? {} : { reason }), ...(before === undefined ? {} : { before }) };
      leases.put({ ...base, returns, tries: 0, ...more });
    },
    ended({ record, onAirAt }) {
      const lease = leases.of(record.command.target);
      if (lease?.command !== record.command.id || onAirAt !== undefined) return;
      if (lease.before === undefined) leases.end(lease.asset);
      else leases.put(lease.before);
    },
    tick(append) {
      for (const lease of leases.all()) if (lease.until <= now()) giveBack(lease, append);
    },
  };
};
