/**
 * The one transition table of a command's life. Facts arrive in any order (an ack before its txack, a late refusal): a fact that
 * no longer changes anything returns the same record, so the ledger is monotonic and ends exactly once.
 */
import {
  type Command,
  type CommandState,
  type Fact,
  isTerminal,
  type LastProvable,
  OPEN_STATES,
  type OpenState,
  type Step,
} from "./command.ts";

export interface CommandRecord {
  readonly command: Command;
  readonly lastProvable: LastProvable;
  readonly state: CommandState;
  readonly steps: readonly Step[];
}

/** From which open states a fact counts, and where it leads. */
const TABLE: { readonly [F in Fact["is"]]: { readonly from: readonly OpenState[]; readonly to: CommandState } } = {
  accepted: { from: ["requested"], to: "accepted" },
  refused: { from: ["requested", "accepted"], to: "refused" },
  "carried-out": { from: ["requested", "accepted"], to: "done" },
  queued: { from: ["requested", "accepted"], to: "queued" },
  "on-air": { from: ["requested", "accepted", "queued"], to: "on-air" },
  acknowledged: { from: ["requested", "accepted", "queued", "on-air"], to: "acknowledged" },
  // A command that was never on air shows no effect: what looks like one is the lamp's old state.
  "effect-observed": { from: ["on-air", "acknowledged"], to: "effect-observed" },
  "not-acknowledged": { from: ["requested", "accepted", "queued", "on-air"], to: "failed" },
  "effect-overdue": { from: ["on-air", "acknowledged"], to: "failed" },
  discarded: { from: ["requested", "accepted", "queued"], to: "failed" },
  "past-expiry": { from: ["requested", "accepted", "queued"], to: "expired" },
  // What ChirpStack holds cannot be taken back one by one; from its queue only what it is known to have lost (`heldHere`).
  cancelled: { from: ["requested", "accepted", "queued"], to: "cancelled" },
  superseded: { from: ["requested", "accepted", "queued", "on-air", "acknowledged"], to: "superseded" },
};

const REASONS: { readonly [F in Fact["is"]]?: string } = {
  "not-acknowledged": "no-acknowledgement",
  "effect-overdue": "no-effect-in-time",
};

const reasonOf = (fact: Fact): string | undefined => {
  if ("reason" in fact) return fact.reason;
  if (fact.is === "on-air") return fact.inferred === undefined ? undefined : `${INFERRED}${fact.inferred}`;
  if ("by" in fact) return `superseded-by:${fact.by}`;
  return REASONS[fact.is];
};

const INFERRED = "inferred:";

const rank = (state: OpenState | LastProvable): number => (OPEN_STATES as readonly string[]).indexOf(state);

export const begin = (command: Command, lastProvable: LastProvable): CommandRecord => ({
  command,
  lastProvable,
  state: "requested",
  steps: [{ state: "requested", at: command.requestedAt }],
});

/** The record after a fact; the very same object when the fact changes nothing. */
export const advance = (record: CommandRecord, fact: Fact, at: number): CommandRecord => {
  const { state } = record;
  if (isTerminal(state)) return record;
  const rule = TABLE[fact.is];
  if (!rule.from.includes(state)) return record;
  if (state === "queued" && (fact.is === "cancelled" || fact.is === "superseded") && fact.heldHere !== true)
    return record;
  const reason = reasonOf(fact);
  const steps: Step[] = [{ state: rule.to, at, ...(reason === undefined ? {} : { reason }) }];
  if (!isTerminal(rule.to) && rank(rule.to) >= rank(record.lastProvable) && record.lastProvable !== "effect-observed") {
    const inferred = reason?.startsWith(INFERRED) ?? false;
    steps.push({ state: "done", at, reason: inferred ? `${INFERRED}${rule.to}` : `proved:${rule.to}` });
  }
  return { ...record, state: steps[steps.length - 1]!.state, steps: [...record.steps, ...steps] };
};

/** How much is known of a command's end: what the device showed, what it said, what the gateway said, what was concluded, nothing. */
export const PROOFS = ["none", "inferred", "on-air", "acknowledged", "effect-observed"] as const;
export type Proof = (typeof PROOFS)[number];

/** The strongest proof among the steps, whatever the end: a lamp that heard and did not obey proved that it was on air. */
export const proofOf = (steps: readonly Pick<Step, "state" | "reason">[]): Proof => {
  let found: Proof = "none";
  for (const { state, reason } of steps) {
    const proof = state === "on-air" && reason?.startsWith(INFERRED) ? "inferred" : (state as Proof);
    if (PROOFS.indexOf(proof) > PROOFS.indexOf(found)) found = proof;
  }
  return found;
};
