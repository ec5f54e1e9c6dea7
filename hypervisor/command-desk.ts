/** Takes a wish of a person for a command: what is not offered or not in range never becomes one. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { CommandForm, CommandRequest } from "../api/schemas.ts";
import type { Command } from "../commands/command.ts";
import { HOLD_SECONDS_DEFAULT, objectionTo as objectionOfLease } from "../commands/lease.ts";
import type { CommandForms } from "./api/parts.ts";
import { type FaultDetail, HypervisorFault } from "./faults.ts";
import type { Store } from "./store/store.ts";
import type { StoredCommand } from "./store/words.ts";

type Field = CommandForm["fields"][number];
/** What was expected instead: a text key and its values. */
type Objection = FaultDetail & { readonly expected: string };

const objectionToNumber = (field: Field, value: unknown): Objection | undefined => {
  if (typeof value !== "number" || !Number.isFinite(value)) return { expected: "field.number" };
  if (field.min !== undefined && value < field.min) return { expected: "field.low", min: field.min };
  if (field.max !== undefined && value > field.max) return { expected: "field.high", max: field.max };
  return undefined;
};

const objectionTo = (field: Field, value: unknown): Objection | undefined => {
  if (value === undefined) return { expected: "field.missing" };
  if (field.type === "number") return objectionToNumber(field, value);
  if (field.type === "switch") return typeof value === "boolean" ? undefined : { expected: "field.switch" };
  if (typeof value !== "string") return { expected: "field.text" };
  const choices = field.choices ?? [];
  if (field.type === "choice" && !choices.includes(value))
    return { expected: "field.choice", choices: choices.join(", ") };
  return undefined;
};

/** @throws HypervisorFault `command-field` */
export const checkFields = (form: CommandForm, fields: CommandRequest["fields"]): void => {
  const refuse = (field: string, objection: Objection) => {
    throw new HypervisorFault("command-field", { command: form.name, field, ...objection });
  };
  for (const name of Object.keys(fields))
    if (!form.fields.some((field) => field.name === name)) refuse(name, { expected: "field.unknown" });
  for (const field of form.fields) {
    const objection = objectionTo(field, fields[field.name]);
    if (objection !== undefined) refuse(field.name, objection);
  }
};

type Wish = Pick<StoredCommand, "target" | "name" | "fields">;

export const isSameWish = (stored: Wish, request: Wish): boolean =>
  stored.target === request.target && stored.name === request.name && isDeepStrictEqual(stored.fields, request.fields);

export interface CommandDeskParts {
  readonly store: Pick<Store, "assets" | "addCommand" | "command" | "holder">;
  readonly commandForms: CommandForms;
  readonly now: () => number;
}

export interface CommandDesk {
  /**
   * Stores the command for the feed of its box. The same id and wish again: the stored one, `added` false.
   * @throws HypervisorFault `asset-unknown`, `asset-without-device`, `command-not-offered`, `command-field`, `command-id-taken`,
   * `asset-held`, `takeover-reason`
   */
  place(request: CommandRequest): Promise<{ readonly command: StoredCommand; readonly added: boolean }>;
}

export const createCommandDesk = ({ store, commandForms, now }: CommandDeskParts): CommandDesk => {
  /** The box decides; whoever asks here learns at once what is known of it. */
  const checkLease = async (command: Command, forms: readonly CommandForm[], form: CommandForm): Promise<void> => {
    if (form.holds !== true && form.releases !== true) return;
    const releasing = forms.filter(({ releases }) => releases === true).map(({ name }) => name);
    const lease = await store.holder(command.target, releasing, now());
    const objection = objectionOfLease(lease, command, now());
    if (lease === undefined || objection === undefined) return;
    const held = { asset: command.target, by: lease.author, until: new Date(lease.until).toISOString() };
    throw new HypervisorFault(objection.startsWith("held-by:") ? "asset-held" : "takeover-reason", held);
  };

  return {
    async place(request) {
      const id = (request.id ?? randomUUID()).toLowerCase();
      const known = request.id === undefined ? undefined : await store.command(id);
      if (known !== undefined) {
        if (!isSameWish(known, request)) throw new HypervisorFault("command-id-taken", { id });
        return { command: known, added: false };
      }
      const asset = (await store.assets({ refs: [request.target], limit: 1 }))[0];
      if (asset === undefined) throw new HypervisorFault("asset-unknown", { asset: request.target });
      if (asset.device === undefined) throw new HypervisorFault("asset-without-device", { asset: asset.ref });
      const forms = commandForms(asset.device.model);
      const form = forms.find(({ name }) => name === request.name);
      if (form === undefined) {
        const offered = forms.map(({ name }) => name).join(", ") || "-";
        throw new HypervisorFault("command-not-offered", { asset: asset.ref, command: request.name, offered });
      }
      checkFields(form, request.fields);
      const requestedAt = now();
      const command: Command = {
        id,
        target: asset.ref,
        name: request.name,
        fields: request.fields,
        author: request.author,
        precedence: request.precedence,
        requestedAt,
        expiresAt: requestedAt + request.expiresInSeconds * 1000,
        ...(form.holds ? { holdUntil: requestedAt + (request.holdSeconds ?? HOLD_SECONDS_DEFAULT) * 1000 } : {}),
        ...(request.reason === undefined ? {} : { reason: request.reason }),
      };
      await checkLease(command, forms, form);
      const placed = await store.addCommand(command, asset.box);
      // Two requests with one id at the same moment: the later one meets the earlier one's wish.
      if (!placed.added && !isSameWish(placed.command, request)) throw new HypervisorFault("command-id-taken", { id });
      return placed;
    },
  };
};
