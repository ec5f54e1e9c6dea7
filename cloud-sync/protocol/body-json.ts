/**
 * Bodies as JSON text: every kind but the ordinary reading travels and is stored so. Numbers and bytes that JSON lacks are
 * wrapped, in readings and their corrections only, where no free object could be taken for a wrapping.
 */
import type { Correction, EntryBody, Reading } from "./entry.ts";

type Json = Readonly<Record<string, unknown>>;

const wrapNumber = (value: number): unknown =>
  Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? "-0" : String(value) };

/** `this` is the object that holds the value: `toJSON` of a Buffer has already spoken when the replacer is asked. */
function wrap(this: Json, key: string, value: unknown): unknown {
  const held = this[key];
  if (held instanceof Uint8Array) return { $bytes: Buffer.from(held).toString("base64") };
  return typeof value === "number" ? wrapNumber(value) : value;
}

function unwrap(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (typeof value.$number === "string") return Number(value.$number);
  if (typeof value.$bytes === "string") return new Uint8Array(Buffer.from(value.$bytes, "base64"));
  return value;
}

export const bodyToJson = (body: EntryBody): string =>
  body.kind === "reading" || body.kind === "correction" ? JSON.stringify(body, wrap) : JSON.stringify(body);

/** Undefined when the text is no body of a kind known here: the receiver keeps it aside. */
export function bodyFromJson(text: string): EntryBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    if (value.kind !== "reading" && value.kind !== "correction") return isBody(value) ? value : undefined;
    const wrapped: unknown = JSON.parse(text, unwrap);
    return isReading(wrapped) || isCorrection(wrapped) ? wrapped : undefined;
  } catch {
    return undefined;
  }
}

export const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isNumber = (value: unknown): value is number => typeof value === "number";
const isText = (value: unknown): value is string => typeof value === "string";
const isOptionalText = (value: unknown): boolean => value === undefined || isText(value);

function isBody(value: Json): value is Json & EntryBody {
  if (!Number.isFinite(value.at)) return false;
  switch (value.kind) {
    case "event":
      return isText(value.event) && isText(value.device) && isRecord(value.detail);
    case "outcome":
      return (
        isText(value.command) &&
        isText(value.asset) &&
        isText(value.state) &&
        isOptionalText(value.reason) &&
        (value.request === undefined || isRecord(value.request))
      );
    case "alarm":
      return isText(value.alarm) && typeof value.raised === "boolean" && isRecord(value.detail);
    case "registry":
      return isRecord(value.change);
    case "loss":
      return isText(value.reason) && isCounts(value.counts) && isRange(value.range) && isDeviceCounts(value.devices);
    case "clock":
      return Number.isSafeInteger(value.boot) && Number.isFinite(value.lead) && isText(value.source);
    default:
      return false;
  }
}

const isCounts = (value: unknown): boolean => isRecord(value) && Object.values(value).every(Number.isFinite);
const isRange = (value: unknown): boolean =>
  value === undefined || (isRecord(value) && Number.isSafeInteger(value.from) && Number.isSafeInteger(value.to));
const isDeviceCounts = (value: unknown): boolean =>
  value === undefined || (isRecord(value) && Object.values(value).every(isCounts));

function isReading(value: unknown): value is Reading {
  if (!isRecord(value) || value.kind !== "reading") return false;
  const { radio, fault } = value;
  return (
    isText(value.device) &&
    isOptionalText(value.asset) &&
    isOptionalText(value.commune) &&
    isOptionalText(value.codec) &&
    isNumber(value.at) &&
    isNumber(value.receivedAt) &&
    isNumber(value.fCnt) &&
    isNumber(value.fPort) &&
    value.frame instanceof Uint8Array &&
    (radio === undefined || isRadio(radio)) &&
    isMeasurements(value.measurements) &&
    isHistory(value.history) &&
    isNotes(value.notes) &&
    (fault === undefined || isFault(fault))
  );
}

function isCorrection(value: unknown): value is Correction {
  if (!isRecord(value) || value.kind !== "correction") return false;
  return (
    Number.isFinite(value.at) &&
    Number.isSafeInteger(value.reading) &&
    isText(value.device) &&
    isNumber(value.fCnt) &&
    isOptionalText(value.codec) &&
    isNumber(value.measuredAt) &&
    isMeasurements(value.measurements) &&
    isHistory(value.history) &&
    isNotes(value.notes) &&
    (value.fault === undefined || isFault(value.fault))
  );
}

const isRadio = (value: unknown): boolean =>
  isRecord(value) &&
  isNumber(value.rssi) &&
  isNumber(value.snr) &&
  isText(value.gateway) &&
  isNumber(value.gateways) &&
  isNumber(value.dr);

export const isMeasurements = (value: unknown): value is Reading["measurements"] =>
  Array.isArray(value) &&
  value.every(
    (each) =>
      isRecord(each) &&
      isText(each.name) &&
      isText(each.unit) &&
      ["number", "boolean", "string"].includes(typeof each.value),
  );

export const isHistory = (value: unknown): value is Reading["history"] =>
  Array.isArray(value) &&
  value.every((each) => isRecord(each) && isNumber(each.at) && isMeasurements(each.measurements));

export const isNotes = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

export const isFault = (value: unknown): value is { readonly code: string; readonly message: string } =>
  isRecord(value) && isText(value.code) && isText(value.message);

/**
 * What of a reading is rare: the columns have no room for it. Empty text when there is nothing. The running hash covers this
 * text, so the order of its keys is fixed here and does not depend on who made the reading. `history` is what of it has no
 * column of its own.
 */
export function extrasToJson({ notes, history: all, fault }: Extras, history = all): string {
  if (notes.length === 0 && history.length === 0 && fault === undefined) return "";
  const extras = {
    ...(notes.length === 0 ? {} : { notes }),
    ...(history.length === 0 ? {} : { history: history.map(inOrder) }),
    ...(fault === undefined ? {} : { fault: { code: fault.code, message: fault.message } }),
  };
  // Asking for each value is slow, and seldom needed.
  return history.every(isPlain) ? JSON.stringify(extras) : JSON.stringify(extras, wrap);
}

const isPlainNumber = (value: unknown): boolean =>
  typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0));
const isPlain = ({ at, measurements }: Reading["history"][number]): boolean =>
  isPlainNumber(at) && measurements.every(({ value }) => isPlainNumber(value));

const inOrder = ({ at, measurements }: Reading["history"][number]): Reading["history"][number] => ({
  at,
  measurements: measurements.map(({ name, value, unit }) => ({ name, value, unit })),
});

export type Extras = Pick<Reading, "notes" | "history" | "fault">;

/** Undefined when the text does not hold extras. */
export function extrasFromJson(text: string): Extras | undefined {
  try {
    const value: unknown = JSON.parse(text, unwrap);
    if (!isRecord(value)) return undefined;
    const { notes = [], history = [], fault } = value;
    if (!isNotes(notes) || !isHistory(history)) return undefined;
    if (fault === undefined) return { notes, history };
    return isFault(fault) ? { notes, history, fault } : undefined;
  } catch {
    return undefined;
  }
}
