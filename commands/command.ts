/**
 * A command is a wish with an end: who wants what of which asset, until when. Its life is a ledger of facts, each moving it
 * along one transition table, and it has exactly one terminal state. Pure; used by box and hypervisor alike.
 */

/** Higher wins; equal supersedes the older. */
export const PRECEDENCES = ["configuration", "schedule", "operator", "safety"] as const;
export type Precedence = (typeof PRECEDENCES)[number];

export interface Command {
  /** UUID; the idempotency key from the click to ChirpStack's queue item. */
  readonly id: string;
  /** Asset reference. */
  readonly target: string;
  /** Name of a command of the target's model, `dim`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, number | string | boolean>>;
  readonly author: string;
  readonly precedence: Precedence;
  readonly requestedAt: number;
  /** ms since 1970; it never goes on air after this. */
  readonly expiresAt: number;
}

/** In the order of life; a later state is never followed by an earlier one. */
export const OPEN_STATES = ["requested", "accepted", "queued", "on-air", "acknowledged"] as const;
export const TERMINAL_STATES = [
  "effect-observed",
  "done",
  "refused",
  "expired",
  "failed",
  "cancelled",
  "superseded",
] as const;
export type OpenState = (typeof OPEN_STATES)[number];
export type TerminalState = (typeof TERMINAL_STATES)[number];
export type CommandState = OpenState | TerminalState;

export const isTerminal = (state: CommandState): state is TerminalState =>
  (TERMINAL_STATES as readonly string[]).includes(state);

/** What can happen to a command. */
export type Fact =
  | { readonly is: "accepted" }
  | { readonly is: "refused"; readonly reason: string }
  | { readonly is: "queued" }
  | { readonly is: "on-air" }
  | { readonly is: "acknowledged" }
  | { readonly is: "not-acknowledged" }
  | { readonly is: "effect-observed" }
  | { readonly is: "effect-overdue" }
  | { readonly is: "discarded"; readonly reason: string }
  | { readonly is: "past-expiry" }
  | { readonly is: "cancelled"; readonly reason: string }
  | { readonly is: "superseded"; readonly by: string };

/** The furthest state that the device's model can prove; reaching it is the good end. */
export type LastProvable = "on-air" | "acknowledged" | "effect-observed";

export interface Step {
  readonly state: CommandState;
  readonly at: number;
  readonly reason?: string;
}
