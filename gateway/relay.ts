/**
 * Carries commands to devices and finds out what became of them (D7). At most one command per device stands in ChirpStack's
 * queue; the others wait here, where they can still be superseded. A downlink is marked as published before it is: after a
 * crash in between it is not sent again, because ChirpStack would fire it twice.
 */

import type { ClockQuality, Outcome, Reading } from "../cloud-sync/protocol/entry.ts";
import type { Codec } from "../codecs/words.ts";
import { type Command, type Fact, isTerminal, PRECEDENCES } from "../commands/command.ts";
import { effectShown } from "../commands/effect.ts";
import { parseCommand } from "../commands/parse.ts";
import { advance, begin, type CommandRecord } from "../commands/transitions.ts";
import type { Registry } from "../device-registry/store.ts";
import type { LastProvable, Model, ModelCommand } from "../device-registry/words.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { Append, LogEvent, PublishDown, Relay } from "./words.ts";

export interface RelayParts {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly findModel: (id: string) => Model | undefined;
  readonly findCodec: (model: string) => Codec | undefined;
  readonly clock: { now(): number; quality(): ClockQuality };
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly publishDown: PublishDown;
  readonly log: { warn(detail: object, message: string): void };
}

/** A txack may still be on its way when the expiry passes. */
const TXACK_GRACE_MS = 15_000;

interface Plan {
  readonly devEui: string;
  readonly applicationId: string;
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly lastProvable: LastProvable;
  readonly effectWithinMs: number;
}

/** `place` also gives the record, for whoever asked on the spot. */
export type CommandRelay = Relay & { place(command: Command, append: Append): CommandRecord };

export const createRelay = (parts: RelayParts): CommandRelay => {
  const { ledger, registry, clock } = parts;
  // Every uplink asks whether its device has open commands; most have none.
  let busy = new Set(ledger.open().map(({ devEui }) => devEui));

  const modelCommand = (command: Command): { model: Model; promise: ModelCommand; devEui: string } | string => {
    const device = registry.deviceOf(command.target);
    if (registry.asset(command.target) === undefined) return "unknown-asset";
    if (device === undefined) return "no-device";
    const model = parts.findModel(device.model);
    const promise = model?.commands[command.name];
    return model && promise ? { model, promise, devEui: device.devEui } : "unknown-command";
  };

  /** How the command goes to its device, or why it cannot. */
  const plan = (command: Command): Plan | string => {
    const found = modelCommand(command);
    if (typeof found === "string") return found;
    const codec = parts.findCodec(found.model.id);
    if (codec === undefined) return "no-codec";
    const encoded = codec.encode(found.promise.encodes, { ...found.promise.defaults, ...command.fields });
    if (!encoded.ok) return `${encoded.fault.code}: ${encoded.fault.message}`;
    return {
      devEui: found.devEui,
      applicationId: registry.device(found.devEui)?.applicationId ?? "",
      fPort: encoded.value.fPort,
      bytes: encoded.value.bytes,
      lastProvable: found.promise.lastProvable ?? found.model.lastProvable,
      effectWithinMs: found.promise.effectWithinSeconds * 1000,
    };
  };

  const outcome = (record: CommandRecord, step: CommandRecord["steps"][number]): Outcome => ({
    kind: "outcome",
    command: record.command.id,
    asset: record.command.target,
    state: step.state,
    at: step.at,
    ...(step.reason === undefined ? {} : { reason: step.reason }),
    ...(step === record.steps[1] ? { request: { ...record.command } } : {}),
  });

  /** Applies a fact, keeps the row and tells the journal of each new step; nothing when the fact changes nothing. */
  const apply = (row: LedgerRow, fact: Fact, append: Append, more: Partial<LedgerRow> = {}): LedgerRow => {
    const record = advance(row.record, fact, clock.now());
    if (record === row.record) return row;
    const next: LedgerRow = { ...row, ...more, record };
    ledger.put(next);
    if (!isTerminal(record.state)) busy.add(row.devEui);
    for (const step of record.steps.slice(row.record.steps.length)) append(outcome(record, step));
    return next;
  };

  const waits = ({ record, publishedAt }: LedgerRow): boolean =>
    publishedAt === undefined && (record.state === "requested" || record.state === "accepted");
  const atChirpStack = ({ record, publishedAt }: LedgerRow): boolean =>
    (publishedAt !== undefined && record.state === "accepted") ||
    record.state === "queued" ||
    (record.state === "on-air" && record.lastProvable === "acknowledged");
  const precedence = ({ record }: LedgerRow): number => PRECEDENCES.indexOf(record.command.precedence);

  const onAir = (row: LedgerRow, append: Append): LedgerRow => {
    const now = clock.now();
    const found = modelCommand(row.record.command);
    const withinMs = typeof found === "string" ? 0 : found.promise.effectWithinSeconds * 1000;
    const next = apply(row, { is: "on-air" }, append, { effectBy: now + withinMs });
    if (next === row) return row;
    // From here on an older command's effect cannot be told from this one's.
    for (const older of ledger.openOf(row.devEui))
      if (older.record.command.id !== row.record.command.id && older.effectBy !== undefined)
        apply(older, { is: "superseded", by: row.record.command.id }, append);
    return next;
  };

  const observeLog = (event: LogEvent, append: Append): void => {
    const row = ledger.find(event.context.queue_item_id ?? "");
    if (row === undefined) return;
    if (event.code === "EXPIRED") apply(row, { is: "past-expiry" }, append);
    else if (event.level === "ERROR") apply(row, { is: "discarded", reason: event.code }, append);
  };

  const observeEffect = (devEui: string, reading: Reading, append: Append): void => {
    for (const row of ledger.openOf(devEui)) {
      if (row.effectBy === undefined) continue;
      const { command } = row.record;
      const found = modelCommand(command);
      if (typeof found === "string") continue;
      const attributes = registry.asset(command.target)?.attributes ?? {};
      const fields = { ...found.promise.defaults, ...command.fields };
      const sign = effectShown(found.promise.effects, fields, { ...attributes }, reading.measurements);
      if (sign !== undefined) apply(row, { is: "effect-observed" }, append);
    }
  };

  /** What the broker said, written down; where the disk refuses, txack and expiry will tell later what became of it. */
  const note = (id: string, work: (append: Append) => void): void => {
    try {
      parts.write(work);
    } catch (error) {
      parts.log.warn({ command: id, error: String(error) }, "the broker's word about a downlink could not be written");
    }
  };

  const publish = (row: LedgerRow): void => {
    const { command, lastProvable } = row.record;
    const way = plan(command);
    if (typeof way === "string") {
      parts.write((append) => apply(row, { is: "refused", reason: way }, append));
      return;
    }
    const item = {
      id: command.id,
      confirmed: lastProvable === "acknowledged",
      fPort: way.fPort,
      data: way.bytes,
      expiresAt: command.expiresAt,
    };
    parts.publishDown(way.applicationId, way.devEui, item).then(
      () => note(command.id, (append) => void apply(ledger.find(command.id) ?? row, { is: "queued" }, append)),
      (error: unknown) => {
        // Rejected means: not handed to the broker. It waits again.
        parts.log.warn({ command: command.id, error: String(error) }, "downlink not handed to the broker");
        note(command.id, () => {
          const { publishedAt: _, ...again } = ledger.find(command.id) ?? row;
          if (!isTerminal(again.record.state)) ledger.put(again);
        });
      },
    );
  };

  const place = (command: Command, append: Append): CommandRecord => {
    const known = ledger.find(command.id);
    if (known !== undefined) return known.record;
    const late = clock.quality() === "confirmed" && clock.now() >= command.expiresAt;
    const way = late ? "past-expiry" : plan(command);
    const fresh: LedgerRow = {
      record: begin(command, typeof way === "string" ? "on-air" : way.lastProvable),
      devEui: typeof way === "string" ? "" : way.devEui,
    };
    if (typeof way === "string") return apply(fresh, { is: "refused", reason: way }, append).record;
    for (const older of ledger.openOf(way.devEui))
      if (waits(older) && precedence(older) <= precedence(fresh))
        apply(older, { is: "superseded", by: command.id }, append);
    return apply(fresh, { is: "accepted" }, append).record;
  };

  /** The next command of each device that has none at ChirpStack. */
  const ready = (now: number): LedgerRow[] => {
    const chosen: LedgerRow[] = [];
    for (const devEui of busy) {
      const rows = ledger.openOf(devEui);
      if (rows.length === 0) busy.delete(devEui);
      if (rows.some(atChirpStack) || (registry.device(devEui)?.applicationId ?? "") === "") continue;
      const next = rows
        .filter((row) => waits(row) && row.record.command.expiresAt > now)
        .sort((a, b) => precedence(b) - precedence(a))[0];
      if (next !== undefined) chosen.push({ ...next, publishedAt: now });
    }
    return chosen;
  };

  const overdue = (row: LedgerRow, now: number): Fact | undefined => {
    if (row.effectBy !== undefined) return now >= row.effectBy ? { is: "effect-overdue" } : undefined;
    const grace = row.publishedAt === undefined ? 0 : TXACK_GRACE_MS;
    return now >= row.record.command.expiresAt + grace ? { is: "past-expiry" } : undefined;
  };

  return {
    place,
    order(value, append) {
      const command = parseCommand(value);
      if (command === undefined)
        parts.log.warn({ command: String(value.id).slice(0, 64) }, "command refused: malformed");
      else place(command, append);
    },
    observe(event, reading, append) {
      if (event.kind === "log") return observeLog(event, append);
      if (event.kind === "up" && reading !== undefined && busy.has(event.devEui))
        return observeEffect(event.devEui, reading, append);
      if (event.kind !== "txack" && event.kind !== "ack") return;
      const row = ledger.find(event.queueItemId);
      if (row === undefined) return;
      if (event.kind === "txack") onAir(row, append);
      else if (event.acknowledged) apply(onAir(row, append), { is: "acknowledged" }, append);
      else apply(row, { is: "not-acknowledged" }, append);
    },
    afterCommit() {
      if (busy.size === 0 || clock.quality() === "unknown") return;
      const chosen = ready(clock.now());
      if (chosen.length === 0) return;
      parts.write(() => {
        for (const row of chosen) ledger.put(row);
      });
      for (const row of chosen) publish(row);
    },
    afterRollback() {
      busy = new Set(ledger.open().map(({ devEui }) => devEui));
    },
    tick(append) {
      if (busy.size === 0 || clock.quality() === "unknown") return;
      const now = clock.now();
      for (const row of ledger.open()) {
        const fact = overdue(row, now);
        if (fact !== undefined) apply(row, fact, append);
      }
    },
  };
};
