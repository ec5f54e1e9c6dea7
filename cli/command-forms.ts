/** The forms a page shows for a model's commands: what the model promises, in the fields its codec encodes. */

import type { ProtectionOf } from "../api/outgoing.ts";
import type { CommandForm } from "../api/schemas.ts";
import { type FieldShape, findCodec } from "../codecs/index.ts";
import { protectionOf as protectionOfModel } from "../device-registry/data-protection.ts";
import { findModel } from "../device-registry/models.ts";

type FormField = CommandForm["fields"][number];

const TYPES: Readonly<Partial<Record<FieldShape["type"], FormField["type"]>>> = {
  number: "number",
  text: "text",
  choice: "choice",
  flag: "switch",
};

function formField(field: FieldShape): FormField | undefined {
  const type = TYPES[field.type];
  if (type === undefined) return undefined;
  return {
    name: field.name,
    type,
    ...(field.unit === undefined ? {} : { unit: field.unit }),
    ...(type === "number" && field.min !== undefined ? { min: field.min } : {}),
    ...(type === "number" && field.max !== undefined ? { max: field.max } : {}),
    ...(type === "choice" && field.choices !== undefined ? { choices: [...field.choices] } : {}),
  };
}

/** Seconds between two uplinks as installed, for the models that the program itself knows. */
export const expectedInterval = (model: string): number | undefined => findModel(model)?.expectedIntervalSeconds;

/** Fields with a default are left out: a person is asked only for what nobody else can know. */
export function commandForms(model: string): readonly CommandForm[] {
  const commands = Object.entries(findModel(model)?.commands ?? {}).filter(([, { setting }]) => !setting);
  const shapes = findCodec(model)?.shape.commands ?? [];
  const givesBack = (name: string): boolean => commands.some(([, { returns }]) => returns === name);
  return commands.flatMap(([name, { encodes, defaults, returns }]) => {
    const shape = shapes.find((each) => each.name === encodes);
    if (shape === undefined) return [];
    const asked = shape.fields.filter((field) => !(field.optional || field.name in defaults));
    const fields = asked.map(formField);
    // A list or a group is no form: such a command is for the command line of codecs.
    return fields.every((field) => field !== undefined)
      ? [
          {
            name,
            fields,
            ...(returns === undefined ? {} : { holds: true }),
            ...(givesBack(name) ? { releases: true } : {}),
          },
        ]
      : [];
  });
}

/** Whom the readings of a model can concern; undefined for a model not known here. */
export const protectionOf: ProtectionOf = (model) => protectionOfModel(findModel(model));

/** Application bytes of a command; undefined for a model or values not known here. */
export function commandBytes(
  model: string,
  name: string,
  fields: Readonly<Record<string, unknown>>,
): number | undefined {
  const promise = findModel(model)?.commands[name];
  const encoded = promise && findCodec(model)?.encode(promise.encodes, { ...promise.defaults, ...fields });
  return encoded?.ok ? encoded.value.bytes.length : undefined;
}
