/** What the passing of time does to commands: they expire, their effect is overdue, and who did not hear its group is told alone. */
import type { Fact } from "../commands/command.ts";
import { isOfClockAhead, type Steps, waitsHere } from "./command-steps.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import { SETTLE_MS } from "./reconcile.ts";
import type { Append } from "./words.ts";

export interface PassingParts {
  readonly ledger: Ledger;
  readonly steps: Steps;
  readonly now: () => number;
  /** Since when the broker brings events; undefined while it does not. */
  readonly linkedSince: () => number | undefined;
  /** ChirpStack's queue can be looked at. */
  readonly canAsk: boolean;
}

export interface Passing {
  /** About once a second, inside a transaction. */
  tick(append: Append): void;
}

/** A txack may still be on its way when the expiry passes. */
const TXACK_GRACE_MS = SETTLE_MS;
/** So long after the expiry of what was handed over is a word of ChirpStack waited for, while it cannot be asked. */
const WORD_MS = 300_000;

export const createPassing = ({ ledger, steps, now, linkedSince, canAsk }: PassingParts): Passing => {
  /** Handed over, its time is up, and nothing was heard: how long that is borne. */
  const patience = (row: LedgerRow, time: number): number => {
    if (row.publishedAt === undefined) return 0;
    const since = linkedSince();
    // Whoever can ask, asks first; whoever was cut off may still hear.
    const mayHear = since !== undefined && time - since >= TXACK_GRACE_MS;
    return !canAsk && mayHear ? TXACK_GRACE_MS : WORD_MS;
  };

  /** Told with its group, and nothing was seen of it: it is told alone, while its wish stands. */
  const isStraggler = (row: LedgerRow, time: number): boolean =>
    row.group !== undefined &&
    row.straggler !== true &&
    row.overtaken !== true &&
    row.record.state === "on-air" &&
    (row.unproven === true || time >= (row.effectBy ?? Number.POSITIVE_INFINITY)) &&
    time < row.record.command.expiresAt;

  const overdue = (row: LedgerRow, time: number): Fact | undefined => {
    if (waitsHere(row) && isOfClockAhead(row, time)) return { is: "past-expiry", reason: "asked-by-wrong-clock" };
    if (row.straggler && row.effectBy === undefined)
      return time < row.record.command.expiresAt + patience(row, time) ? undefined : { is: "effect-overdue" };
    if (row.effectBy !== undefined) {
      if (time < row.effectBy) return undefined;
      return { is: row.record.lastProvable === "acknowledged" ? "not-acknowledged" : "effect-overdue" };
    }
    if (time < row.record.command.expiresAt + patience(row, time)) return undefined;
    const reason = row.trouble ?? (row.publishedAt === undefined ? undefined : "no-word");
    return { is: "past-expiry", ...(reason === undefined ? {} : { reason }) };
  };

  return {
    tick(append) {
      const time = now();
      for (const row of ledger.open()) {
        if (isStraggler(row, time)) {
          const { effectBy: _, told: __, ...alone } = row;
          steps.giveBack({ ...alone, straggler: true }, append);
          continue;
        }
        const fact = overdue(row, time);
        if (fact !== undefined) steps.apply(row, fact, append);
      }
    },
  };
};
