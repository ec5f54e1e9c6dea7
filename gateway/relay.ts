/**
 * Carries commands to devices and finds out what became of them (D7). At most one command per device stands in ChirpStack's
 * queue; the others wait here, where they can still be superseded.
 */
import type { ClockQuality, Reading } from "../cloud-sync/protocol/entry.ts";
import type { Codec } from "../codecs/words.ts";
import { CANCEL, type Command, type Fact, isOfRegistry, isTerminal } from "../commands/command.ts";
import { parseCommand } from "../commands/parse.ts";
import { begin, type CommandRecord } from "../commands/transitions.ts";
import type { Registry } from "../device-registry/store.ts";
import type { Model } from "../device-registry/words.ts";
import { createAsking } from "./asking.ts";
import { createPlans, groupOf, type Plan } from "./command-plan.ts";
import { createSteps, waitsHere } from "./command-steps.ts";
import { createDispatch } from "./dispatch.ts";
import type { GroupRoll } from "./group-roll.ts";
import { createGroupSend, type GroupSendParts } from "./group-send.ts";
import { createHolding } from "./holding.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import { createPace } from "./pace.ts";
import { createReconcile, SETTLE_MS } from "./reconcile.ts";
import type { Append, ChirpStackEvent, DownlinkQueue, PublishDown, Relay, TxAckEvent } from "./words.ts";

export interface RelayParts {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly findModel: (id: string) => Model | undefined;
  readonly findCodec: (model: string) => Codec | undefined;
  readonly clock: { now(): number; quality(): ClockQuality };
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly publishDown: PublishDown;
  /** ChirpStack's queues; absent where its API may not be asked. */
  readonly queue?: DownlinkQueue;
  /** Since when the broker brings events, ms since 1970; undefined while it does not. */
  readonly linkedSince: () => number | undefined;
  /** Absent where ChirpStack's API may not be asked. */
  readonly groups?: Pick<GroupSendParts, "multicast" | "groups" | "gatewaysOnline">;
  /** Groups whose keys this box gives out. */
  readonly roll?: Pick<GroupRoll, "fieldsOf" | "note">;
  /** Takes what changes the registry and goes to no device (region-changes.ts). */
  readonly takeChange?: (command: Command, append: Append) => void;
  /** Whether the commune must agree before a command runs. */
  readonly needsConsent?: (command: Command) => boolean;
  readonly log: { warn(detail: object, message: string): void };
}

/** A txack may still be on its way when the expiry passes. */
const TXACK_GRACE_MS = SETTLE_MS;
/** So long after the expiry of what was handed over is a word of ChirpStack waited for, while it cannot be asked. */
const WORD_MS = 300_000;

/** For whoever asks on the spot. */
export type CommandRelay = Relay & {
  place(command: Command, append: Append): CommandRecord;
  /** How a command would go now, or why it would be refused; nothing is written. */
  trial(command: Command): Plan | string;
  /** The question that would follow once its group was told; undefined when its device reports in time by itself. */
  questionFor(command: Command, devEui: string): Command | undefined;
  /** Nothing with an expiry runs while the clock is unknown. */
  waitsForClock(): boolean;
  /** Whether a command holds its asset until an end. */
  holdsAsset(command: Pick<Command, "target" | "name">): boolean;
  /** Takes back what was not handed over of a command, or of a wish for many. */
  cancel(id: string, who: string, append: Append): { readonly cancelled: number; readonly tooLate: number };
  /** The commune agrees to a wish for many, or does not. How many commands waited for it. */
  consent(mass: string, who: string, isGiven: boolean, append: Append): number;
};

export const createRelay = (parts: RelayParts): CommandRelay => {
  const { ledger, registry, clock, queue } = parts;
  const now = (): number => clock.now();
  const write: RelayParts["write"] = (work) => {
    try {
      return parts.write(work);
    } catch (error) {
      ledger.forget();
      throw error;
    }
  };
  // Every uplink asks whether its device has open commands; most have none.
  let busy = new Set(ledger.open().map(({ devEui }) => devEui));
  const { roll } = parts;
  const plans = createPlans({ ...parts, ...(roll === undefined ? {} : { groupFields: roll.fieldsOf }) });
  const onChange = (row: LedgerRow): void => {
    busy.add(row.devEui);
    noteMembership(row);
    if (!isTerminal(row.record.state)) return;
    holding.ended(row);
    if (!row.record.steps.some((step) => step.state === "on-air") && row.group === undefined)
      pace.unsent(row.record.command.id);
    const { command, state, steps } = row.record;
    const reason = steps.at(-1)?.reason;
    const detail = { target: command.target, state, ...(reason === undefined ? {} : { reason }) };
    ledger.audit.add({ at: now(), who: command.author, what: "outcome", about: command.id, detail });
  };
  const noteMembership = (row: LedgerRow): void => {
    const { command, state } = row.record;
    const found = plans.promiseOf(command);
    if (typeof found === "string" || found.promise.joinsGroup !== true) return;
    try {
      roll?.note(groupOf(command), row.devEui, state, command.requestedAt);
    } catch (error) {
      // While the disk refuses, the lamp is no member yet: it is told alone.
      parts.log.warn({ command: command.id, error: String(error) }, "membership of a group not written");
    }
  };
  const steps = createSteps({ ledger, registry, plans, now, onChange });
  const holding = createHolding({
    ledger,
    plans,
    now,
    canAsk: queue !== undefined,
    place: (command, append) => place(command, append),
  });
  const asking = createAsking({ ledger, plans, steps, now, place: (command, append) => place(command, append) });
  const pace = createPace(ledger.airUses, ledger.routes);
  const groupSend = parts.groups && createGroupSend({ ...parts, ...parts.groups, write, plans, steps, pace, now });
  const isForGroup = (row: LedgerRow): boolean => groupSend?.claims(row) ?? false;
  const dispatch = createDispatch({ ...parts, write, plans, steps, now, queue, pace, isForGroup });
  const reconcile = queue && createReconcile({ ...parts, write, steps, queue, now });

  const countSent = (event: TxAckEvent): void => {
    const row = ledger.find(event.queueItemId);
    const plan = row === undefined ? undefined : plans.planOf(row.record.command);
    if (typeof plan === "object") pace.sent(event, plan.bytes.length);
  };

  /** Why it is not taken, or how it will go. */
  const judge = (command: Command): Plan | string => {
    if (clock.quality() === "confirmed" && now() >= command.expiresAt) return "past-expiry";
    return holding.objection(command) ?? plans.planOf(command);
  };

  const place = (command: Command, append: Append): CommandRecord => {
    const known = ledger.find(command.id);
    if (known !== undefined) return known.record;
    if (command.name === CANCEL) return takeBack(command, append);
    const way = judge(command);
    const fresh: LedgerRow = {
      record: begin(command, typeof way === "string" ? "on-air" : way.lastProvable),
      devEui: typeof way === "string" ? "" : way.devEui,
    };
    const { id, author, ...wish } = command;
    const verdict = typeof way === "string" ? { refused: way } : {};
    ledger.audit.add({ at: now(), who: author, what: "command", about: id, detail: { ...wish, ...verdict } });
    if (typeof way === "string") return steps.apply(fresh, { is: "refused", reason: way }, append).record;
    for (const older of ledger.openOf(way.devEui))
      if (steps.replaces(command, older))
        steps.apply(older, { is: "superseded", by: command.id, heldHere: true }, append);
    holding.accepted(command);
    const awaitsConsent = parts.needsConsent?.(command) === true;
    // Without a clock nothing with an expiry runs, and whoever looks at the command must see why.
    const waits = clock.quality() === "unknown" ? "waits-for-clock" : awaitsConsent ? "waits-for-consent" : undefined;
    const fact: Fact = { is: "accepted", ...(waits === undefined ? {} : { reason: waits }) };
    return steps.apply(fresh, fact, append, awaitsConsent ? { awaitsConsent } : {}).record;
  };

  /** Handed over, its time is up, and nothing was heard: how long that is borne. */
  const patience = (row: LedgerRow, time: number): number => {
    if (row.publishedAt === undefined) return 0;
    const since = parts.linkedSince();
    // Whoever can ask, asks first; whoever was cut off may still hear.
    const mayHear = since !== undefined && time - since >= TXACK_GRACE_MS;
    return queue === undefined && mayHear ? TXACK_GRACE_MS : WORD_MS;
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

  const cancel: CommandRelay["cancel"] = (id, who, append) => {
    const row = ledger.find(id);
    const rows = row === undefined ? ledger.ofMass(id) : [row];
    const waiting = rows.filter((each) => waitsHere(each) && each.record.state !== "on-air");
    if (waiting.length > 0)
      ledger.audit.add({
        at: now(),
        who,
        what: "cancel",
        about: id,
        detail: row === undefined ? { assets: waiting.length } : { target: row.record.command.target },
      });
    for (const each of waiting) steps.apply(each, { is: "cancelled", reason: `by:${who}`, heldHere: true }, append);
    return { cancelled: waiting.length, tooLate: rows.length - waiting.length };
  };

  /** Somebody away from the box takes commands back: a command of its own, so that its end is told. */
  const takeBack = (command: Command, append: Append): CommandRecord => {
    const fresh: LedgerRow = { record: begin(command, "on-air"), devEui: "" };
    const { cancelled, tooLate } = cancel(String(command.fields.of ?? ""), command.author, append);
    const late = tooLate === 0 ? {} : { reason: `too-late:${tooLate}` };
    const fact: Fact = cancelled === 0 ? { is: "refused", reason: "too-late" } : { is: "carried-out", ...late };
    return steps.apply(fresh, fact, append).record;
  };

  const consent: CommandRelay["consent"] = (mass, who, isGiven, append) => {
    const rows = ledger.open().filter((row) => row.awaitsConsent && row.record.command.mass?.id === mass);
    if (rows.length === 0) return 0;
    ledger.audit.add({
      at: now(),
      who,
      what: isGiven ? "consent" : "no-consent",
      about: mass,
      detail: { assets: rows.length },
    });
    for (const row of rows) {
      const { awaitsConsent: _, ...free } = row;
      ledger.put(free);
      if (!isGiven) steps.apply(free, { is: "cancelled", reason: `no-consent:${who}`, heldHere: true }, append);
    }
    return rows.length;
  };

  return {
    place,
    trial: judge,
    questionFor: asking.questionFor,
    waitsForClock: () => clock.quality() === "unknown",
    holdsAsset: holding.holdsAsset,
    cancel,
    consent,
    isBusy: (devEui) => busy.has(devEui),
    order(value, append) {
      const command = parseCommand(value);
      if (command === undefined)
        parts.log.warn({ command: String(value.id).slice(0, 64) }, "command refused: malformed");
      else if (parts.takeChange !== undefined && isOfRegistry(command)) parts.takeChange(command, append);
      else place(command, append);
    },
    observe(event: ChirpStackEvent, reading: Reading | undefined, append: Append) {
      if (event.kind === "log") steps.observeLog(event, append);
      else if (event.kind === "txack") {
        countSent(event);
        steps.observeTxack(event, append);
      } else if (event.kind === "ack") steps.observeAck(event, append);
      else if (event.kind === "join") reconcile?.doubt(event.devEui);
      if (event.kind === "up") asking.heard(event.devEui, event.time);
      if (event.kind === "up" && event.radio !== undefined) pace.heard(event.devEui, event.radio.gateway);
      if (event.kind === "up" && reading !== undefined && busy.has(event.devEui))
        steps.observeReading(event.devEui, event.time, { ...reading, frame: event.data }, append);
    },
    afterCommit() {
      if (busy.size === 0 || clock.quality() === "unknown") return;
      groupSend?.send();
      // Without the broker nothing can be handed over, and each try would be a commit.
      if (parts.linkedSince() !== undefined) dispatch.send(busy);
    },
    afterRollback() {
      ledger.forget();
      busy = new Set(ledger.open().map(({ devEui }) => devEui));
    },
    tick(append) {
      if (clock.quality() === "unknown") return;
      holding.tick(append);
      asking.tick(append);
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
    afterTick() {
      if (busy.size === 0 || clock.quality() === "unknown") return;
      reconcile?.tick();
      groupSend?.tick();
    },
  };
};
