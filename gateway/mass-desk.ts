/** A wish for many assets on the box: its cost is told first, many need a second word, and each asset gets a command of its own. */
import { randomUUID } from "node:crypto";
import type { MassPlan, MassReply, MassRequest, MassView } from "../api/mass.ts";
import { RX2 } from "../commands/airtime/duty-cycle.ts";
import type { Command } from "../commands/command.ts";
import { HOLD_SECONDS_DEFAULT } from "../commands/lease.ts";
import { planOfWish, progressOf, wordFor } from "../commands/mass.ts";
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
    const byDevice = new Map(
      trials.flatMap(({ trial }, index) =>
        typeof trial === "string" ? [] : [[trial.devEui, commands[index]!] as const],
      ),
    );
    const plans = trials.flatMap(({ trial }) => (typeof trial === "string" ? [] : [trial]));
    const isPrivate = plans.some((plan) => plan.isPrivate);
    const { reasons, ...cost } = planOfWish({
      meant: plans.map(({ devEui }) => devEui),
      bytes: Math.max(1, ...plans.map((plan) => plan.bytes.length)),
      groups: isPrivate ? [] : parts.groups(),
      gateways: parts.gatewaysOnline().length,
      wayOf: (devEui) => ledger.routes.of(devEui).way ?? RX2,
      questionBytes: (devEui) => {
        const command = byDevice.get(devEui);
        const question = command && relay.questionFor(command, devEui);
        const trial = question && relay.trial(question);
        return typeof trial === "object" ? trial.bytes.length : undefined;
      },
    });
    const { multicast, ...rest } = cost;
    const size = commands.length;
    return {
      ...rest,
      ...(multicast === undefined ? {} : { multicast: { ...multicast, groups: [...multicast.groups] } }),
      // Keys are given one by one by nature: there is no group to be missed.
      reasons: isPrivate ? [] : [...reasons],
      refused,
      ...(size >= parts.confirmFrom ? { confirm: wordFor(request) } : {}),
      consent: parts.needsConsent(size),
    };
  };

  const view = (id: string): MassView | undefined => {
    const records = ledger.ofMass(id).map(({ record }) => record);
    if (records.length === 0) return undefined;
    const { states, terminal, named } = progressOf(
      records.map(({ command, state, steps }) => ({ target: command.target, state, reason: steps.at(-1)?.reason })),
    );
    return { id, size: records.length, states: { ...states }, terminal, named: [...named] };
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
