/**
 * What is known to have happened to a command, written down: each fact moves its row along the one transition table, and each step
 * is an entry of the journal. Everything here runs inside a transaction.
 */
import type { Outcome, Reading } from "../cloud-sync/protocol/entry.ts";
import { type Command, type Fact, isTerminal, rankOf } from "../commands/command.ts";
import { effectShown } from "../commands/effect.ts";
import { advance, type CommandRecord } from "../commands/transitions.ts";
import type { Registry } from "../device-registry/store.ts";
import type { Plans } from "./command-plan.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { AckEvent, Append, LogEvent, TxAckEvent } from "./words.ts";

export interface StepParts {
  readonly ledger: Ledger;
  readonly registry: Pick<Registry, "asset">;
  readonly plans: Plans;
  readonly now: () => number;
  /** A row changed. */
  readonly onChange: (row: LedgerRow) => void;
}

export interface Steps {
  /** Keeps the row and tells the journal of each new step; the very same row when the fact changes nothing. */
  apply(row: LedgerRow, fact: Fact, append: Append, more?: Partial<LedgerRow>): LedgerRow;
  /** It is about to be handed to ChirpStack. */
  handOver(row: LedgerRow, more: Pick<LedgerRow, "publishedAt"> & Partial<LedgerRow>): LedgerRow;
  /** ChirpStack certainly has not got it: it waits here again, unless its device was promised something newer meanwhile. */
  giveBack(row: LedgerRow, append: Append): void;
  /** Whether a command takes the place of an older one that waits. */
  replaces(command: Command, older: LedgerRow): boolean;
  /** It went on air at `at` by ChirpStack's clock. */
  onAir(row: LedgerRow, at: number, append: Append, inferred?: string): LedgerRow;
  observeTxack(event: TxAckEvent, append: Append): void;
  observeAck(event: AckEvent, append: Append): void;
  observeLog(event: LogEvent, append: Append): void;
  /** Whether an uplink shows the effect of one of its device's commands. `at` is the network server's time of it. */
  observeReading(devEui: string, at: number, reading: Reading, append: Append): void;
}

/** Handed to the broker and not yet known to have left ChirpStack's queue: it blocks the device's next command. */
export const atChirpStack = ({ record, publishedAt, gone, straggler }: LedgerRow): boolean =>
  publishedAt !== undefined &&
  gone !== true &&
  (record.state === "accepted" ||
    record.state === "queued" ||
    (record.state === "on-air" && (record.lastProvable === "acknowledged" || straggler === true)));

/** Not handed over, or certainly not taken. */
export const waitsHere = ({ record, publishedAt, straggler }: LedgerRow): boolean =>
  publishedAt === undefined &&
  (record.state === "requested" ||
    record.state === "accepted" ||
    record.state === "queued" ||
    (record.state === "on-air" && straggler === true));

/** Apart by less, two clocks agree. */
const AGREE_MS = 30_000;

/**
 * It was asked on this box and taken while the box's clock was ahead: by the clock that is known now, both lie in the future. How long ago
 * it was, nobody knows, so its time is taken to be up. What the region asks carries the region's time.
 */
export const isOfClockAhead = ({ record }: LedgerRow, now: number): boolean => {
  const taken = record.steps.find(({ state }) => state === "accepted")?.at ?? 0;
  return Math.min(record.command.requestedAt, taken) > now + AGREE_MS;
};

/** Whether it may still go out. */
export const isInTime = (row: LedgerRow, now: number): boolean =>
  row.record.command.expiresAt > now && !isOfClockAhead(row, now);

/** What the journal tells of a step. */
export const outcomeOf = (record: CommandRecord, step: CommandRecord["steps"][number]): Outcome => ({
  kind: "outcome",
  command: record.command.id,
  asset: record.command.target,
  state: step.state,
  at: step.at,
  ...(step.reason === undefined ? {} : { reason: step.reason }),
  ...(step === record.steps[1] ? { request: { ...record.command } } : {}),
});

export const createSteps = ({ ledger, registry, plans, now, onChange }: StepParts): Steps => {
  const keep = (row: LedgerRow): LedgerRow => {
    ledger.put(row);
    onChange(row);
    return row;
  };

  const apply: Steps["apply"] = (row, fact, append, more = {}) => {
    const record = advance(row.record, fact, now());
    if (record === row.record) return row;
    const next = keep({ ...row, ...more, record });
    for (const step of record.steps.slice(row.record.steps.length)) append(outcomeOf(record, step));
    return next;
  };

  const onAir: Steps["onAir"] = (row, at, append, inferred) => {
    const found = plans.promiseOf(row.record.command);
    const withinMs = typeof found === "string" ? 0 : found.promise.effectWithinSeconds * 1_000;
    const fact: Fact = inferred === undefined ? { is: "on-air" } : { is: "on-air", inferred };
    const next = apply(row, fact, append, { onAirAt: at, effectBy: now() + withinMs });
    if (next === row && row.straggler && row.gone !== true && row.publishedAt !== undefined)
      return keep({ ...row, gone: true, onAirAt: at, effectBy: now() + withinMs });
    if (next === row) return row;
    const matter = plans.matterOf(row.record.command);
    // From here on an older command's effect cannot be told from this one's.
    for (const older of ledger.openOf(row.devEui))
      if (
        older.record.command.id !== row.record.command.id &&
        older.effectBy !== undefined &&
        plans.matterOf(older.record.command) === matter
      )
        apply(older, { is: "superseded", by: row.record.command.id }, append);
    return next.shownAt !== undefined && next.shownAt > at ? apply(next, { is: "effect-observed" }, append) : next;
  };

  const handOver: Steps["handOver"] = (row, more) => {
    const marked = { ...row, ...more };
    ledger.put(marked);
    const matter = plans.matterOf(row.record.command);
    for (const older of ledger.openOf(row.devEui))
      if (
        older.group !== undefined &&
        older.record.state === "on-air" &&
        plans.matterOf(older.record.command) === matter
      )
        if (older.record.command.id !== row.record.command.id) ledger.put({ ...older, overtaken: true });
    return marked;
  };

  const replaces: Steps["replaces"] = (command, older) =>
    waitsHere(older) &&
    rankOf(older.record.command.precedence) <= rankOf(command.precedence) &&
    plans.matterOf(older.record.command) === plans.matterOf(command);

  const giveBack: Steps["giveBack"] = (row, append) => {
    const { publishedAt: _, ...again } = row;
    if (!waitsHere(again)) return;
    ledger.put(again);
    const { requestedAt } = row.record.command;
    const newer = ledger
      .openOf(row.devEui)
      .map(({ record }) => record.command)
      .find((command) => command.requestedAt > requestedAt && replaces(command, again));
    if (newer !== undefined) apply(again, { is: "superseded", by: newer.id, heldHere: true }, append);
  };

  const shows = (row: LedgerRow, reading: Reading): boolean => {
    const { command } = row.record;
    const found = plans.promiseOf(command);
    if (typeof found === "string" || found.promise.effects.length === 0) return false;
    const plan = found.promise.effects.some((sign) => "echo" in sign) ? plans.planOf(command) : undefined;
    const wanted = {
      fields: plans.fieldsOf(command, found.promise),
      attributes: { ...registry.asset(command.target)?.attributes },
      ...(plan === undefined || typeof plan === "string" ? {} : { bytes: plan.bytes }),
    };
    const { fPort, frame, measurements } = reading;
    return effectShown(found.promise.effects, wanted, { fPort, bytes: frame, measurements }) !== undefined;
  };

  return {
    apply,
    handOver,
    giveBack,
    replaces,
    onAir,
    observeTxack(event, append) {
      const row = ledger.find(event.queueItemId);
      if (row !== undefined) onAir(row, event.time, append);
    },
    observeAck(event, append) {
      const row = ledger.find(event.queueItemId);
      if (row === undefined) return;
      // Only what was on air is acknowledged, whether or not its txack has come; the uplink that brings it may show the effect.
      if (event.acknowledged) apply(onAir(row, event.time - 1, append), { is: "acknowledged" }, append);
      else apply(row, { is: "not-acknowledged" }, append);
    },
    observeLog(event, append) {
      const id = event.context.queue_item_id;
      if (id === undefined) {
        // The gateway's refusal names no item: it is about the head of the queue, and ChirpStack goes on trying.
        const head = event.code === "DOWNLINK_GATEWAY" ? ledger.openOf(event.devEui).find(atChirpStack) : undefined;
        if (head !== undefined) keep({ ...head, trouble: event.description.slice(0, 64) });
        return;
      }
      const row = ledger.find(id);
      if (row === undefined) return;
      if (event.code === "EXPIRED")
        apply(row, { is: "past-expiry", ...(row.trouble ? { reason: row.trouble } : {}) }, append);
      else if (event.level === "ERROR") apply(row, { is: "discarded", reason: event.code }, append);
    },
    observeReading(devEui, at, reading, append) {
      for (const row of ledger.openOf(devEui)) {
        if (row.publishedAt === undefined || isTerminal(row.record.state) || !shows(row, reading)) continue;
        if (row.onAirAt === undefined) keep({ ...row, shownAt: Math.max(at, row.shownAt ?? 0) });
        else if (at > row.onAirAt) apply(row, { is: "effect-observed" }, append);
      }
    },
  };
};
