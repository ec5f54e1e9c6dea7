/** A command from the wire: every field checked, nothing else kept. */
import { type Command, PRECEDENCES, type Precedence } from "./command.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const FIELDS_MAX = 32;

const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= lengthMax;

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isField = (value: unknown): value is number | string | boolean =>
  typeof value === "boolean" || (typeof value === "string" && value.length <= 1_000) || Number.isFinite(value);

const fieldsOf = (value: unknown): Command["fields"] | undefined => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > FIELDS_MAX || !entries.every(([, field]) => isField(field))) return undefined;
  return Object.fromEntries(entries) as Command["fields"];
};

/** The command, or undefined when any part of it is missing, of another type, or too long. */
export const parseCommand = (value: Readonly<Record<string, unknown>>): Command | undefined => {
  const { id, target, name, author, precedence, requestedAt, expiresAt } = value;
  const fields = fieldsOf(value.fields);
  if (typeof id !== "string" || !UUID.test(id)) return undefined;
  if (!isText(target, 64) || !isText(name, 64) || !isText(author, 200)) return undefined;
  if (!(PRECEDENCES as readonly unknown[]).includes(precedence)) return undefined;
  if (!isTime(requestedAt) || !isTime(expiresAt) || fields === undefined) return undefined;
  return { id, target, name, fields, author, precedence: precedence as Precedence, requestedAt, expiresAt };
};
