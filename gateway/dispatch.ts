/**
 * Hands waiting commands to ChirpStack, one a device. A downlink is marked as published, durably, before it is: after a crash in
 * between it is not published again on a mere suspicion (docs/decisions/published-once.md).
 */
import { rankOf } from "../commands/command.ts";
import type { Registry } from "../device-registry/store.ts";
import type { Plan, Plans } from "./command-plan.ts";
import { atChirpStack, isInTime, type Steps, waitsHere } from "./command-steps.ts";
import type { DownlinkSession, Ledger, LedgerRow } from "./ledger.ts";
import type { Pace } from "./pace.ts";
import { type Append, type DownlinkQueue, NotConnected, type PublishDown } from "./words.ts";

export interface DispatchParts {
  readonly ledger: Ledger;
  readonly registry: Pick<Registry, "device">;
  readonly plans: Plans;
  readonly steps: Steps;
  readonly now: () => number;
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly publishDown: PublishDown;
  /** ChirpStack's queues, where its API may be asked. */
  readonly queue: DownlinkQueue | undefined;
  readonly pace: Pace;
  /** It goes with its group. */
  readonly isForGroup: (row: LedgerRow) => boolean;
  readonly log: { warn(detail: object, message: string): void };
}

export interface Dispatch {
  /** Sends what may go of these devices' commands. Devices without open commands are taken out of the set. */
  send(busy: Set<string>): void;
}

/** Highest precedence first, then the oldest wish. */
export const byPrecedence = (one: LedgerRow, other: LedgerRow): number =>
  rankOf(other.record.command.precedence) - rankOf(one.record.command.precedence) ||
  one.record.command.requestedAt - other.record.command.requestedAt;

export const createDispatch = (parts: DispatchParts): Dispatch => {
  const { ledger, plans, steps, queue, now } = parts;
  /** Devices whose queue is being looked at. */
  const looking = new Set<string>();

  const mayGo = (row: LedgerRow): boolean => waitsHere(row) && row.awaitsConsent !== true && isInTime(row, now());

  const nextOf = (devEui: string): LedgerRow | undefined => {
    const rows = ledger.openOf(devEui);
    if (rows.some(atChirpStack) || (parts.registry.device(devEui)?.applicationId ?? "") === "") return undefined;
    return rows.filter(mayGo).sort(byPrecedence)[0];
  };

  /** What the broker said, written down; where the disk refuses, txack and expiry will tell later what became of it. */
  const note = (id: string, work: (append: Append) => void): void => {
    try {
      parts.write(work);
    } catch (error) {
      parts.log.warn({ command: id, error: String(error) }, "the broker's word about a downlink could not be written");
    }
  };

  const publish = (row: LedgerRow, plan: Plan): void => {
    const { command, lastProvable } = row.record;
    const item = {
      id: command.id,
      confirmed: lastProvable === "acknowledged",
      fPort: plan.fPort,
      data: plan.bytes,
      expiresAt: command.expiresAt,
    };
    parts.publishDown(plan.applicationId, plan.devEui, item).then(
      () => note(command.id, (append) => void steps.apply(ledger.find(command.id) ?? row, { is: "queued" }, append)),
      (error: unknown) => {
        parts.log.warn({ command: command.id, error: String(error) }, "downlink not handed to the broker");
        // Anything but this may have left the box: then only ChirpStack's queue or an event tells.
        if (!(error instanceof NotConnected)) return;
        note(command.id, (append) => {
          parts.pace.unsent(command.id);
          steps.giveBack(ledger.find(command.id) ?? row, append);
        });
      },
    );
  };

  /** Marks and publishes, unless something came in between. */
  const hand = (id: string, session: DownlinkSession | undefined): void => {
    const row = ledger.find(id);
    if (row === undefined || !mayGo(row) || parts.isForGroup(row) || ledger.openOf(row.devEui).some(atChirpStack)) {
      parts.pace.released(id);
      return;
    }
    const plan = plans.planOf(row.record.command);
    if (typeof plan === "string") {
      parts.pace.released(id);
      parts.write((append) => steps.apply(row, { is: "refused", reason: plan }, append));
      return;
    }
    const { session: _, gone: __, ...bare } = row;
    const attempts = (row.attempts ?? 0) + 1;
    const marked = parts.write(() => {
      parts.pace.spent(id, now());
      return steps.handOver(bare, { publishedAt: now(), attempts, ...(session === undefined ? {} : { session }) });
    });
    publish(marked, plan);
  };

  const lookAndHand = async (devEui: string, id: string): Promise<void> => {
    looking.add(devEui);
    try {
      // Without an answer it goes all the same; it only cannot be sent a second time.
      const look = await queue?.look(devEui).catch(() => undefined);
      hand(id, look?.session);
    } catch (error) {
      parts.pace.released(id);
      parts.log.warn({ command: id, error: String(error) }, "a downlink could not be prepared; tried again");
    } finally {
      looking.delete(devEui);
    }
  };

  return {
    send(busy) {
      const chosen: LedgerRow[] = [];
      for (const devEui of busy) {
        if (looking.has(devEui)) continue;
        const next = nextOf(devEui);
        if (next !== undefined) chosen.push(next);
        else if (ledger.openOf(devEui).length === 0) busy.delete(devEui);
      }
      for (const row of chosen.sort(byPrecedence)) {
        const { id } = row.record.command;
        const plan = plans.planOf(row.record.command);
        if (parts.isForGroup(row)) continue;
        if (typeof plan !== "string" && !parts.pace.admit(row, plan, now())) continue;
        if (queue === undefined) hand(id, undefined);
        else void lookAndHand(row.devEui, id);
      }
    },
  };
};
