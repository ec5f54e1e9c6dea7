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
import { createSteps } from "./command-steps.ts";
import { createDispatch } from "./dispatch.ts";
import type { GroupRoll } from "./group-roll.ts";
import { createGroupSend, type GroupSendParts } from "./group-send.ts";
import { createHolding } from "./holding.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import { createPace } from "./pace.ts";
import { createPassing } from "./passing.ts";
import { createReconcile } from "./reconcile.ts";
import { createTakingBack, type TakingBack } from "./taking-back.ts";
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
  /** What was sent before this has been heard, ms since 1970 (hearing.ts). */
  readonly heardUntil: () => number;
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

/** For whoever asks on the spot. */
export type CommandRelay = Relay &
  Pick<TakingBack, "cancel" | "consent"> & {
    place(command: Command, append: Append): CommandRecord;
    /** How a command would go now, or why it would be refused; nothing is written. */
    trial(command: Command): Plan | string;
    /** The question that would follow once its group was told; undefined when its device reports in time by itself. */
    questionFor(command: Command, devEui: string): Command | undefined;
    /** Nothing with an expiry runs while the clock is unknown. */
    waitsForClock(): boolean;
    /** Its time is up, and what tells of it may lie at the broker, unheard. */
    waitsForBroker(row: LedgerRow): boolean;
    /** Whether a command holds its asset until an end. */
    holdsAsset(command: Pick<Command, "target" | "name">): boolean;
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
      roll?.note(groupOf(command), row.devEui, state, command);
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
  const passing = createPassing({ ...parts, steps, now, canAsk: queue !== undefined });
  const takingBack = createTakingBack({ ledger, steps, now });
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
    if (command.name === CANCEL) return takingBack.carryOut(command, append);
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

  return {
    place,
    trial: judge,
    questionFor: asking.questionFor,
    waitsForClock: () => clock.quality() === "unknown",
    waitsForBroker: passing.waitsForBroker,
    holdsAsset: holding.holdsAsset,
    cancel: takingBack.cancel,
    consent: takingBack.consent,
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
      passing.tick(append);
    },
    afterTick(isUnheard = false) {
      if (busy.size === 0 || clock.quality() === "unknown") return;
      if (!isUnheard) reconcile?.tick();
      groupSend?.tick();
    },
  };
};
