/** A wish for many assets of the region: what it costs is told first, many need a second word; then each box gets its part. */
import { randomUUID } from "node:crypto";
import type { AuditReply, MassPlan, MassReply, MassRequest, MassView, TakenBack } from "../api/mass.ts";
import { EU868_BYTES_MAX } from "../commands/airtime/time-on-air.ts";
import { type AuditLine, verifyAudit } from "../commands/audit.ts";
import { CANCEL, type Command, isTerminal } from "../commands/command.ts";
import { HOLD_SECONDS_DEFAULT } from "../commands/lease.ts";
import { addPlans, planOfWish, progressOf, type WishPlan, wordFor } from "../commands/mass.ts";
import type { CommandForms } from "./api/parts.ts";
import { checkFields } from "./command-desk.ts";
import { HypervisorFault } from "./faults.ts";
import type { Store } from "./store/store.ts";
import type { AssetState } from "./store/words.ts";

/** Application bytes of a command of a model; undefined where its codec is not known here. */
export type CommandBytes = (model: string, name: string, fields: MassRequest["fields"]) => number | undefined;

export interface WishDeskParts {
  readonly store: Pick<
    Store,
    "assets" | "addWish" | "wish" | "boxGroups" | "takeBack" | "command" | "addCommand" | "auditLines"
  >;
  readonly commandForms: CommandForms;
  readonly commandBytes?: CommandBytes;
  readonly now: () => number;
  /** From so many assets on a wish must be confirmed. */
  readonly confirmFrom: number;
}

export interface WishDesk {
  /**
   * Without the right word nothing is placed.
   * @throws HypervisorFault `command-field`, `request-invalid`
   */
  request(request: MassRequest): Promise<MassReply>;
  /** @throws HypervisorFault `command-unknown` */
  view(id: string): Promise<MassView>;
  /**
   * A command, or a wish for many: what no box has is cancelled, of the rest the boxes are asked.
   * @throws HypervisorFault `command-unknown`
   */
  cancel(id: string, who: string, why: string | undefined): Promise<TakenBack>;
  audit(): Promise<AuditReply>;
}

/** A frame of EU868 at its slowest holds no more: what is not known costs the most. */
const BYTES_UNKNOWN = EU868_BYTES_MAX[0]!;
const TARGETS_MAX = 5_000;
const AUDIT_SHOWN = 20;
const AUDIT_AT_ONCE = 1_000;
const PATTERN = /^[a-z-]+:([0-9A-Z]{5}):[^*]*\*$/;

interface Told {
  readonly asset: AssetState;
  readonly model: string;
  readonly holds: boolean;
}

export const createWishDesk = (parts: WishDeskParts): WishDesk => {
  const { store, commandForms, now } = parts;

  /** `lamp:88383:*` is every lamp there; what is named is kept even where it is not known: its refusal is told. */
  const targetsOf = async (typed: readonly string[]): Promise<string[]> => {
    const all = new Set<string>();
    for (const each of typed) {
      const commune = PATTERN.exec(each)?.[1];
      if (commune === undefined) all.add(each);
      else {
        const found = await store.assets({ commune, limit: TARGETS_MAX + 1 });
        for (const { ref, device } of found)
          if (device !== undefined && ref.startsWith(each.slice(0, -1))) all.add(ref);
      }
    }
    if (all.size === 0 || all.size > TARGETS_MAX)
      throw new HypervisorFault("request-invalid", { reason: `targets: ${all.size}` });
    return [...all];
  };

  const sort = async (targets: readonly string[], request: MassRequest) => {
    const known = new Map(
      (await store.assets({ refs: targets, limit: TARGETS_MAX })).map((asset) => [asset.ref, asset]),
    );
    const told: Told[] = [];
    const refused: { target: string; reason: string }[] = [];
    for (const target of targets) {
      const asset = known.get(target);
      const form = commandForms(asset?.device?.model ?? "").find(({ name }) => name === request.name);
      if (asset === undefined) refused.push({ target, reason: "unknown-asset" });
      else if (asset.device === undefined) refused.push({ target, reason: "no-device" });
      else if (form === undefined) refused.push({ target, reason: "unknown-command" });
      else {
        checkFields(form, request.fields);
        told.push({ asset, model: asset.device.model, holds: form.holds === true });
      }
    }
    return { told, refused };
  };

  const byBox = (told: readonly Told[]): Map<string, Told[]> => {
    const boxes = new Map<string, Told[]>();
    for (const each of told) boxes.set(each.asset.box, [...(boxes.get(each.asset.box) ?? []), each]);
    return boxes;
  };

  /** Each box sends by itself; of its antennas one is counted, for which the duty cycle holds as for each. */
  const planOf = async (told: readonly Told[], request: MassRequest): Promise<WishPlan> => {
    const boxes = byBox(told);
    const groups = await store.boxGroups([...boxes.keys()]);
    const models = [...new Set(told.map(({ model }) => model))];
    const sizes = models.map((model) => parts.commandBytes?.(model, request.name, request.fields) ?? BYTES_UNKNOWN);
    const bytes = Math.max(1, ...sizes);
    const plans = [...boxes].map(([box, meant]) =>
      planOfWish({
        meant: meant.map(({ asset }) => asset.ref),
        bytes,
        groups: groups.filter((group) => group.box === box).map((group) => ({ ...group, dataRate: 0 })),
        gateways: 1,
      }),
    );
    return plans.reduce(addPlans, planOfWish({ meant: [], bytes, groups: [], gateways: 1 }));
  };

  const commandsOf = (told: readonly Told[], request: MassRequest): Map<string, Command[]> => {
    const mass = { id: randomUUID(), size: told.length };
    const time = now();
    const { name, fields, author, precedence, reason } = request;
    const boxes = new Map<string, Command[]>();
    for (const [box, meant] of byBox(told))
      boxes.set(
        box,
        meant.map(({ asset, holds }) => ({
          id: randomUUID(),
          target: asset.ref,
          name,
          fields,
          author,
          precedence,
          requestedAt: time,
          expiresAt: time + request.expiresInSeconds * 1_000,
          ...(holds ? { holdUntil: time + (request.holdSeconds ?? HOLD_SECONDS_DEFAULT) * 1_000 } : {}),
          ...(reason === undefined ? {} : { reason }),
          mass,
        })),
      );
    return boxes;
  };

  const viewOf = async (id: string): Promise<MassView | undefined> => {
    const commands = await store.wish(id);
    if (commands.length === 0) return undefined;
    const { states, terminal, named } = progressOf(commands);
    return { id, size: commands.length, states: { ...states }, terminal, named: [...named] };
  };

  const planView = (plan: WishPlan, refused: MassPlan["refused"], confirm: string | undefined): MassPlan => {
    const { multicast, reasons, ...cost } = plan;
    return {
      ...cost,
      ...(multicast === undefined ? {} : { multicast: { ...multicast, groups: [...multicast.groups] } }),
      reasons: [...reasons],
      refused,
      ...(confirm === undefined ? {} : { confirm }),
    };
  };

  return {
    async request(request) {
      const targets = await targetsOf(request.targets);
      const { told, refused } = await sort(targets, request);
      const confirm = targets.length >= parts.confirmFrom ? wordFor({ ...request, targets }) : undefined;
      const plan = planView(await planOf(told, request), refused, confirm);
      if (request.dryRun || told.length === 0 || (confirm !== undefined && confirm !== request.confirm))
        return { plan };
      const boxes = commandsOf(told, request);
      const { id } = [...boxes.values()][0]![0]!.mass!;
      const { author, name, fields, reason, precedence } = request;
      const why = reason === undefined ? {} : { reason };
      const detail = { name, fields, precedence, assets: told.length, boxes: [...boxes.keys()].sort(), ...why };
      await store.addWish(boxes, { at: now(), who: author, what: "mass", about: id, detail });
      const mass = await viewOf(id);
      return { plan, ...(mass === undefined ? {} : { mass }) };
    },

    async view(id) {
      const view = await viewOf(id);
      if (view === undefined) throw new HypervisorFault("command-unknown", { id });
      return view;
    },

    async cancel(id, who, why) {
      const single = await store.command(id);
      const before = single === undefined ? await store.wish(id) : [{ ...single, target: single.target }];
      if (before.length === 0) throw new HypervisorFault("command-unknown", { id });
      const detail = why === undefined ? {} : { reason: why };
      const ids = await store.takeBack(id, { at: now(), who, what: "cancel", about: id, detail });
      const after = single === undefined ? await store.wish(id) : [(await store.command(id))!];
      const open = after.filter(({ state }) => !isTerminal(state));
      const boxes = new Map(
        open.map(({ box }) => [box, Math.max(...open.map(({ expiresAt }) => expiresAt), now() + 60_000)]),
      );
      for (const [box, expiresAt] of boxes) {
        const target = single?.target ?? `mass:${id}`;
        const wish = {
          name: CANCEL,
          fields: { of: id },
          author: who,
          precedence: "operator",
          requestedAt: now(),
        } as const;
        await store.addCommand({ id: randomUUID(), target, ...wish, expiresAt, ...detail }, box);
      }
      return { cancelled: ids.length, asked: open.length, over: before.length - ids.length - open.length };
    },

    async audit() {
      const last: AuditLine[] = [];
      const lines: AuditLine[] = [];
      for (let after = 0; ; ) {
        const some = await store.auditLines(after, AUDIT_AT_ONCE);
        lines.push(...some);
        after = some.at(-1)?.seq ?? after;
        if (some.length < AUDIT_AT_ONCE) break;
      }
      last.push(...lines.slice(-AUDIT_SHOWN));
      const verdict = verifyAudit(lines);
      return {
        ok: verdict.ok,
        lines: lines.length,
        ...(verdict.ok ? { head: verdict.head } : { brokenAt: verdict.seq }),
        last: last.map(({ seq, at, who, what, about, hash }) => ({
          seq,
          at: new Date(at).toISOString(),
          who,
          what,
          about,
          hash,
        })),
      };
    },
  };
};
