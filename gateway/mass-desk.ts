/** A wish for many assets: its cost is told first, many need a second word, and each asset gets a command of its own. */
import { createHash, randomUUID } from "node:crypto";
import type { MassPlan, MassReply, MassRequest, MassView } from "../api/mass.ts";
import { costOf } from "../commands/airtime/cost.ts";
import { RX2_DR, RX2_FREQUENCY } from "../commands/airtime/duty-cycle.ts";
import { type Command, isTerminal } from "../commands/command.ts";
import { HOLD_SECONDS_DEFAULT } from "../commands/lease.ts";
import type { SendGroup } from "./group-send.ts";
import type { Ledger } from "./ledger.ts";
import type { CommandRelay } from "./relay.ts";
import type { Append } from "./words.ts";

export interface MassDeskParts {
  readonly relay: CommandRelay;
  readonly ledger: Ledger;
  readonly groups: () => readonly SendGroup[];
  readonly gatewaysOnline: () => readonly string[];
  readonly now: () => number;
  /** From so many assets on a wish must be confirmed. */
  readonly confirmFrom: number;
  readonly needsConsent: (size: number) => boolean;
}

export interface MassDesk {
  /** Inside a transaction. Without the right word nothing is placed. */
  request(request: MassRequest, append: Append): MassReply;
  view(id: string): MassView | undefined;
}

const GOOD = ["effect-observed", "done"];

/** Names exactly this wish, so that what is confirmed is what was shown. */
const wordFor = ({ targets, name, fields, precedence }: MassRequest): string =>
  createHash("sha256")
    .update(JSON.stringify([[...targets].sort(), name, Object.entries(fields).sort(), precedence]))
    .digest("hex")
    .slice(0, 8);

export const createMassDesk = (parts: MassDeskParts): MassDesk => {
  const { relay, ledger, now } = parts;

  const commandsOf = (request: MassRequest): Command[] => {
    const mass = { id: randomUUID(), size: new Set(request.targets).size };
    const time = now();
    const { name, fields, author, precedence, reason } = request;
    return [...new Set(request.targets)].map((target) => {
      const holds = relay.holdsAsset({ target, name });
      const hold = holds ? { holdUntil: time + (request.holdSeconds ?? HOLD_SECONDS_DEFAULT) * 1_000 } : {};
      const why = reason === undefined ? {} : { reason };
      const expiresAt = time + request.expiresInSeconds * 1_000;
      const wish = { target, name, fields, author, precedence, requestedAt: time, expiresAt };
      return { id: randomUUID(), ...wish, ...hold, ...why, mass };
    });
  };

  const planFor = (request: MassRequest, commands: readonly Command[]): MassPlan => {
    const trials = commands.map((command) => ({ target: command.target, trial: relay.trial(command) }));
    const refused = trials.flatMap(({ target, trial }) =>
      typeof trial === "string" ? [{ target, reason: trial }] : [],
    );
    const plans = trials.flatMap(({ trial }) => (typeof trial === "string" ? [] : [trial]));
    const meant = new Set(plans.map(({ devEui }) => devEui));
    const online = parts.gatewaysOnline();
    const groups = (plans.some(({ isPrivate }) => isPrivate) ? [] : parts.groups()).filter(
      ({ members }) => members.length > 1 && members.some((each) => meant.has(each)),
    );
    const whole = groups.filter(({ members, unproven = [] }) =>
      [...members, ...unproven].every((each) => meant.has(each)),
    );
    const usable = online.length === 0 ? [] : whole;
    const reached = new Set(usable.flatMap(({ members }) => members));
    const bytes = Math.max(1, ...plans.map((plan) => plan.bytes.length));
    const asGroups = usable.map(({ members, dataRate }) => ({
      members: members.length,
      dr: dataRate,
      gateways: online.length,
    }));
    const air = { frequency: RX2_FREQUENCY, dr: RX2_DR };
    const { multicast, ...cost } = costOf({ bytes, assets: plans.length, groups: asGroups, ...air });
    const reasons = [
      ...(reached.size < meant.size ? ["not-in-group"] : []),
      ...(whole.length < groups.length ? ["group-not-whole"] : []),
      ...(online.length === 0 ? ["no-gateway"] : []),
    ];
    const size = commands.length;
    return {
      ...cost,
      ...(multicast === undefined ? {} : { multicast: { ...multicast, groups: usable.map(({ name }) => name) } }),
      reasons,
      refused,
      ...(size >= parts.confirmFrom ? { confirm: wordFor(request) } : {}),
      consent: parts.needsConsent(size),
    };
  };

  const view = (id: string): MassView | undefined => {
    const records = ledger.ofMass(id).map(({ record }) => record);
    if (records.length === 0) return undefined;
    const states: Record<string, number> = {};
    for (const { state } of records) states[state] = (states[state] ?? 0) + 1;
    const named = records
      .filter(({ state }) => isTerminal(state) && !GOOD.includes(state))
      .map(({ command, state, steps }) => {
        const reason = steps.at(-1)?.reason;
        return { target: command.target, state, ...(reason === undefined ? {} : { reason }) };
      });
    const terminal = records.every(({ state }) => isTerminal(state));
    return { id, size: records.length, states, terminal, named };
  };

  return {
    request(request, append) {
      const commands = commandsOf(request);
      const plan = planFor(request, commands);
      if (request.dryRun || (plan.confirm !== undefined && plan.confirm !== request.confirm)) return { plan };
      for (const command of commands) relay.place(command, append);
      const mass = view(commands[0]!.mass!.id);
      return { plan, ...(mass === undefined ? {} : { mass }) };
    },
    view,
  };
};
