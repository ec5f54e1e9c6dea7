/**
 * Asks ChirpStack what it holds, because it does not say everything: events are lost with a restart, a re-join or somebody at its
 * page empties a queue without a word. From what it holds, and from the device's session, follows what became of a command, and
 * whether it may be sent again without firing twice.
 */
import type { Fact } from "../commands/command.ts";
import { atChirpStack, type Steps } from "./command-steps.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { Append, DownlinkQueue, QueueLook } from "./words.ts";

export interface ReconcileParts {
  readonly ledger: Ledger;
  readonly steps: Steps;
  readonly queue: DownlinkQueue;
  readonly now: () => number;
  /** Since when the broker brings events; undefined while it does not. */
  readonly linkedSince: () => number | undefined;
  /** What was sent before this has been heard, ms since 1970; `-Infinity` while more may come (hearing.ts). */
  readonly heardUntil: () => number;
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly log: { warn(detail: object, message: string): void };
}

export interface Reconcile {
  /** Something may have been missed: this device, or all, are asked about as soon as their events have had time to come. */
  doubt(devEui?: string): void;
  /** About once a second. */
  tick(): void;
}

/** Events still on their way come within this. */
export const SETTLE_MS = 15_000;
const EVERY_MS = 60_000;
const AT_ONCE_MAX = 8;
/** A command that is lost again and again is lost for a reason that sending does not mend. */
const ATTEMPTS_MAX = 5;
/** Less is left of its time: it is not worth another try. */
const WORTH_MS = 3_000;

/** What follows from a queue without the item. `again`: it certainly never went on air, and may be published once more. */
export const judgeMissing = (
  row: Pick<LedgerRow, "session" | "attempts" | "trouble"> & { readonly expiresAt: number },
  session: QueueLook["session"],
  now: number,
): Fact | "again" => {
  const before = row.session;
  if (before === undefined || session === undefined || before.devAddr !== session.devAddr)
    return { is: "discarded", reason: "left-queue" };
  // Every downlink that a gateway took counts one further.
  if (session.fCntDown !== before.fCntDown) return { is: "on-air", inferred: "counter" };
  if (now + WORTH_MS >= row.expiresAt) return { is: "past-expiry", ...(row.trouble ? { reason: row.trouble } : {}) };
  return (row.attempts ?? 1) < ATTEMPTS_MAX ? "again" : { is: "discarded", reason: "left-queue" };
};

export const createReconcile = (parts: ReconcileParts): Reconcile => {
  const { ledger, steps, queue, now } = parts;
  const askedAt = new Map<string, number>();
  /** When a command was first not in the queue. */
  const missing = new Map<string, number>();
  let asking = 0;

  const forget = (id: string): void => {
    askedAt.delete(id);
    missing.delete(id);
  };

  const settleMissing = (row: LedgerRow, look: QueueLook, append: Append): void => {
    const { id, expiresAt } = row.record.command;
    const first = missing.get(id);
    if (first === undefined) {
      missing.set(id, now());
      return;
    }
    if (now() - first < SETTLE_MS) return;
    forget(id);
    // It was on air and waited for the acknowledgement; which way that ended was not heard.
    if (row.record.state === "on-air") {
      ledger.put({ ...row, gone: true, effectBy: row.effectBy ?? now() + EVERY_MS });
      return;
    }
    const verdict = judgeMissing({ ...row, expiresAt }, look.session, now());
    // A box that cannot write hears nothing of how it ended: the next may go, and this one waits for its word.
    const isDeaf = parts.heardUntil() === Number.NEGATIVE_INFINITY;
    if (verdict === "again") steps.giveBack(row, append);
    else if (verdict.is === "discarded" && isDeaf) ledger.put({ ...row, gone: true });
    else if (verdict.is === "on-air") steps.onAir(row, row.publishedAt ?? now(), append, verdict.inferred);
    else steps.apply(row, verdict, append);
  };

  const settleFound = (row: LedgerRow, item: QueueLook["items"][number], append: Append): void => {
    const { id, expiresAt } = row.record.command;
    missing.delete(id);
    if (item.isPending) steps.onAir(row, row.publishedAt ?? now(), append);
    else steps.apply(row, { is: "queued" }, append);
    if (!item.isPending && now() >= expiresAt + SETTLE_MS) {
      // ChirpStack looks at the expiry before it sends: what still stands there will not go any more.
      steps.apply(
        ledger.find(id) ?? row,
        { is: "past-expiry", ...(row.trouble ? { reason: row.trouble } : {}) },
        append,
      );
    }
  };

  const settle = (id: string, look: QueueLook, append: Append): void => {
    const row = ledger.find(id);
    const item = look.items.find((each) => each.id === id);
    if (row === undefined || !atChirpStack(row)) forget(id);
    else if (item === undefined) settleMissing(row, look, append);
    else settleFound(row, item, append);
  };

  const ask = async (row: LedgerRow): Promise<void> => {
    const { id } = row.record.command;
    const linked = parts.linkedSince();
    asking += 1;
    askedAt.set(id, now());
    try {
      const look = await queue.look(row.devEui);
      // Events that were lost meanwhile would make the answer mean something else.
      if (parts.linkedSince() !== linked) missing.delete(id);
      else parts.write((append) => settle(id, look, append));
    } catch (error) {
      parts.log.warn({ command: id, error: String(error) }, "ChirpStack's queue could not be looked at; asked again");
    } finally {
      asking -= 1;
    }
  };

  const isDue = (row: LedgerRow, time: number): boolean => {
    const { id, expiresAt } = row.record.command;
    if (!atChirpStack(row) || (row.group !== undefined && !row.straggler)) return false;
    if (time - (row.publishedAt ?? time) < SETTLE_MS) return false;
    const isPressing = missing.has(id) || time >= expiresAt;
    return time - (askedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= (isPressing ? SETTLE_MS : EVERY_MS);
  };

  return {
    doubt(devEui) {
      for (const id of [...askedAt.keys()])
        if (devEui === undefined || ledger.find(id)?.devEui === devEui) askedAt.delete(id);
      if (devEui === undefined) missing.clear();
    },
    tick() {
      const time = now();
      const since = parts.linkedSince();
      if (since === undefined || time - since < SETTLE_MS || asking >= AT_ONCE_MAX) return;
      const due = ledger.open().filter((row) => isDue(row, time));
      due.sort((one, other) => (askedAt.get(one.record.command.id) ?? 0) - (askedAt.get(other.record.command.id) ?? 0));
      for (const row of due.slice(0, AT_ONCE_MAX - asking)) void ask(row);
      for (const id of [...askedAt.keys()]) if (ledger.find(id) === undefined) forget(id);
    },
  };
};
