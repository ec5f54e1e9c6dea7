/** A command from the wire: every field checked, nothing else kept. */
import { type Command, type Mass, PRECEDENCES, type Precedence } from "./command.ts";

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

const massOf = (value: unknown): Mass | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, size } = value as Record<string, unknown>;
  if (typeof id !== "string" || !UUID.test(id) || !Number.isSafeInteger(size) || (size as number) < 1) return undefined;
  return { id, size: size as number };
};

/** What only some commands have; undefined when one of them is there and wrong. */
const extrasOf = (
  value: Readonly<Record<string, unknown>>,
): Pick<Command, "holdUntil" | "reason" | "mass"> | undefined => {
  const { holdUntil, reason } = value;
  const mass = value.mass === undefined ? undefined : massOf(value.mass);
  if (holdUntil !== undefined && !isTime(holdUntil)) return undefined;
  if (reason !== undefined && !isText(reason, 500)) return undefined;
  if (value.mass !== undefined && mass === undefined) return undefined;
  return {
    ...(holdUntil === undefined ? {} : { holdUntil }),
    ...(reason === undefined ? {} : { reason }),
    ...(mass === undefined ? {} : { mass }),
  };
};

/** The command, or undefined when any part of it is missing, of another type, or too long. */
export const parseCommand = (value: Readonly<Record<string, unknown>>): Command | undefined => {
  const { id, target, name, author, precedence, requestedAt, expiresAt } = value;
  const fields = fieldsOf(value.fields);
  const extras = extrasOf(value);
  if (typeof id !== "string" || !UUID.test(id)) return undefined;
  if (!isText(target, 64) || !isText(name, 64) || !isText(author, 200)) return undefined;
  if (!(PRECEDENCES as readonly unknown[]).includes(precedence)) return undefined;
  if (!isTime(requestedAt) || !isTime(expiresAt) || fields === undefined) return undefined;
  if (extras === undefined) return undefined;
  return { id, target, name, fields, author, precedence: precedence as Precedence, requestedAt, expiresAt, ...extras };
};
