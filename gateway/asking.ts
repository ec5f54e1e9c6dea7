/**
 * Lamps that were told with their group and will not report by themselves before what they were told is over are asked, one by one.
 * A question is a command of its own, of the lowest precedence: it waits for its turn in the air behind everything else, and is taken
 * back when the lamp reports first.
 */
import { createHash } from "node:crypto";
import { type Command, isTerminal } from "../commands/command.ts";
import type { CommandRecord } from "../commands/transitions.ts";
import type { Plans } from "./command-plan.ts";
import { type Steps, waitsHere } from "./command-steps.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { Append } from "./words.ts";

export interface AskingParts {
  readonly ledger: Ledger;
  readonly plans: Plans;
  readonly steps: Steps;
  readonly now: () => number;
  readonly place: (command: Command, append: Append) => CommandRecord;
}

export interface Asking {
  /** An uplink of the device came. */
  heard(devEui: string, at: number): void;
  /** The question that would follow such a command once its group was told; undefined when its device reports in time by itself. */
  questionFor(command: Command, devEui: string): Command | undefined;
  /** Asks, and takes back what needs no answer any more. */
  tick(append: Append): void;
}

/** The author of questions. */
export const ASKS = "beffroi:ask";
/** Many lamps report a change by themselves; whoever did is not asked. */
const ASK_AFTER_MS = 60_000;

const questionId = (command: string): string => {
  const bytes = createHash("sha256").update(`question about ${command}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

export const createAsking = ({ ledger, plans, steps, now, place }: AskingParts): Asking => {
  const heardAt = new Map<string, number>();

  const questionFor: Asking["questionFor"] = (command, devEui) => {
    const found = plans.promiseOf(command);
    if (typeof found === "string" || found.promise.asks === undefined) return undefined;
    const interval = found.model.expectedIntervalSeconds * 1_000;
    const until = Math.min(
      command.holdUntil ?? Number.POSITIVE_INFINITY,
      now() + found.promise.effectWithinSeconds * 1_000,
    );
    const reportsAt = (heardAt.get(devEui) ?? now()) + interval;
    if (reportsAt < until) return undefined;
    const { id, target } = command;
    const wish = { target, name: found.promise.asks, fields: {}, author: ASKS, precedence: "configuration" } as const;
    return { id: questionId(id), ...wish, requestedAt: now(), expiresAt: until, reason: `ask:${id}` };
  };

  const isDue = (row: LedgerRow): boolean =>
    row.group !== undefined &&
    row.straggler !== true &&
    row.asked !== true &&
    row.record.state === "on-air" &&
    now() - (row.onAirAt ?? now()) >= ASK_AFTER_MS;

  const isPointless = (row: LedgerRow): boolean => {
    const { author, reason = "" } = row.record.command;
    if (author !== ASKS || !waitsHere(row)) return false;
    const about = ledger.find(reason.slice("ask:".length));
    return about !== undefined && isTerminal(about.record.state);
  };

  return {
    heard: (devEui, at) => void heardAt.set(devEui, at),
    questionFor,
    tick(append) {
      for (const row of ledger.open()) {
        if (isPointless(row)) steps.apply(row, { is: "cancelled", reason: "answered", heldHere: true }, append);
        if (!isDue(row)) continue;
        ledger.put({ ...row, asked: true });
        const question = questionFor(row.record.command, row.devEui);
        if (question !== undefined) place(question, append);
      }
    },
  };
};
