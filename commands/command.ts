/**
 * A command is a wish with an end: who wants what of which asset, until when. Its life is a ledger of facts, each moving it
 * along one transition table, and it has exactly one terminal state. Pure; used by box and hypervisor alike.
 */

/**
 * Higher wins; equal supersedes the older. `override` is the region's word for many lamps at once, `operator` a person's for what
 * they look at: a hand on the lamp outranks it.
 */
export const PRECEDENCES = ["configuration", "schedule", "override", "operator", "safety"] as const;
export type Precedence = (typeof PRECEDENCES)[number];

export const rankOf = (precedence: Precedence): number => PRECEDENCES.indexOf(precedence);

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
  /** Until when what it sets is to last, ms since 1970; then the box takes it back by itself. */
  readonly holdUntil?: number;
  /** Why it takes an asset over from whoever holds it. */
  readonly reason?: string;
  /** The wish for many assets it is part of. */
  readonly mass?: Mass;
}

/** What it wants is changed in the box's registry; it goes to no device. Its name is `registry.` and the step, its fields the form. */
export const isOfRegistry = ({ name }: Pick<Command, "name">): boolean => name.startsWith(OF_REGISTRY);
export const OF_REGISTRY = "registry.";

/** One wish for many assets: each has a command of its own, so that each has an end of its own. */
export interface Mass {
  /** UUID. */
  readonly id: string;
  /** Assets. */
  readonly size: number;
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

/** The command that takes others back: its field `of` names one, or a wish for many. The box carries it out itself, by no downlink. */
export const CANCEL = "cancel";

/** What can happen to a command. */
export type Fact =
  | { readonly is: "accepted"; readonly reason?: string }
  | { readonly is: "refused"; readonly reason: string }
  /** The box did it by itself; no device was told. */
  | { readonly is: "carried-out"; readonly reason?: string }
  | { readonly is: "queued" }
  /** `inferred`: nobody said so; what it was concluded from. */
  | { readonly is: "on-air"; readonly inferred?: string }
  | { readonly is: "acknowledged" }
  | { readonly is: "not-acknowledged"; readonly reason?: string }
  | { readonly is: "effect-observed" }
  | { readonly is: "effect-overdue"; readonly reason?: string }
  | { readonly is: "discarded"; readonly reason: string }
  | { readonly is: "past-expiry"; readonly reason?: string }
  /** `heldHere`: it was queued at ChirpStack, which lost it; it waits on the box again. */
  | { readonly is: "cancelled"; readonly reason: string; readonly heldHere?: boolean }
  | { readonly is: "superseded"; readonly by: string; readonly heldHere?: boolean };

/** The furthest state that the device's model can prove; reaching it is the good end. */
export type LastProvable = "on-air" | "acknowledged" | "effect-observed";

export interface Step {
  readonly state: CommandState;
  readonly at: number;
  readonly reason?: string;
}
