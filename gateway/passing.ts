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
  /** What was sent before this has been heard, ms since 1970 (hearing.ts). */
  readonly heardUntil: () => number;
  /** ChirpStack's queue can be looked at. */
  readonly canAsk: boolean;
}

export interface Passing {
  /** About once a second, inside a transaction. */
  tick(append: Append): void;
  /** Its time is up, and what tells of it may lie at the broker. */
  waitsForBroker(row: LedgerRow): boolean;
}

/** A txack may still be on its way when the expiry passes. */
const TXACK_GRACE_MS = SETTLE_MS;
/** Whoever can ask ChirpStack asks first. */
const ASKED_GRACE_MS = 300_000;
/** So long a broker keeps what it holds for a box (`broker.session_expiry`): after that there is nothing left to wait for. */
const HELD_MS = 7 * 86_400_000;

export const createPassing = ({ ledger, steps, now, heardUntil, canAsk }: PassingParts): Passing => {
  /** Until when something should have been heard of it. */
  const deadlineOf = ({ effectBy, publishedAt, record }: LedgerRow): number => {
    if (effectBy !== undefined) return effectBy;
    if (publishedAt === undefined) return record.command.expiresAt;
    return record.command.expiresAt + (canAsk ? ASKED_GRACE_MS : TXACK_GRACE_MS);
  };
  /** What never left the box is known to be nowhere else; of all other commands somebody may have told, unheard. */
  const isUnheard = (row: LedgerRow): boolean =>
    (row.publishedAt !== undefined || row.record.state === "on-air") && heardUntil() < deadlineOf(row);
  const isOver = (row: LedgerRow, time: number): boolean => {
    const deadline = deadlineOf(row);
    return time >= deadline && (!isUnheard(row) || time >= deadline + HELD_MS);
  };

  /** Told with its group, and nothing was seen of it: it is told alone, while its wish stands. */
  const isStraggler = (row: LedgerRow, time: number): boolean =>
    row.group !== undefined &&
    row.straggler !== true &&
    row.overtaken !== true &&
    row.record.state === "on-air" &&
    (row.unproven === true || (row.effectBy !== undefined && isOver(row, time))) &&
    time < row.record.command.expiresAt;

  const overdue = (row: LedgerRow, time: number): Fact | undefined => {
    if (waitsHere(row) && isOfClockAhead(row, time)) return { is: "past-expiry", reason: "asked-by-wrong-clock" };
    if (!isOver(row, time)) return undefined;
    if (row.effectBy !== undefined || row.straggler) {
      const isAck = row.record.lastProvable === "acknowledged" && row.effectBy !== undefined;
      return {
        is: isAck ? "not-acknowledged" : "effect-overdue",
        ...(isUnheard(row) ? { reason: "unheard" } : {}),
      };
    }
    const reason = row.trouble ?? (row.publishedAt === undefined ? undefined : "no-word");
    return { is: "past-expiry", ...(reason === undefined ? {} : { reason }) };
  };

  return {
    waitsForBroker: (row) => now() >= deadlineOf(row) && isUnheard(row),
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
