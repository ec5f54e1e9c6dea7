/**
 * Takes a run of entries apart by what they become here. What cannot be stored or understood is sorted out with a reason, entry by
 * entry: one bad entry never costs its batch.
 */
import type {
  Correction,
  Entry,
  EntryBody,
  Measurement,
  Outcome,
  Reading,
  RegistryEntry,
  Stamp,
} from "../../cloud-sync/protocol/entry.ts";
import type { RegistryChange } from "../../device-registry/words.ts";
import { KEY_LENGTH_MAX, readRegistryChange } from "./registry-change.ts";

export interface Placed<Body> {
  readonly seq: number;
  readonly stamp: Stamp;
  readonly body: Body;
}

export interface Unusable {
  readonly seq: number;
  readonly code: string;
  /** The entry as JSON text. */
  readonly entry: string;
}

export interface Sorted {
  readonly readings: readonly Placed<Reading>[];
  readonly events: readonly Placed<Exclude<EntryBody, Reading | Outcome | Correction>>[];
  readonly corrections: readonly Placed<Correction>[];
  readonly outcomes: readonly Placed<Outcome>[];
  /** `operation`: the box's number of the step it belongs to. */
  readonly changes: readonly { readonly seq: number; readonly change: RegistryChange; readonly operation?: number }[];
  readonly unusable: readonly Unusable[];
}

/** What timestamptz surely holds: years 0 to 9999. */
const TIME_MIN = Date.UTC(0, 0, 1) - 1_900 * 366 * 86_400_000;
const TIME_MAX = Date.UTC(10_000, 0, 1) - 1;
export const INT4_MAX = 2 ** 31 - 1;

export const isTime = (value: unknown): boolean => typeof value === "number" && value >= TIME_MIN && value <= TIME_MAX;
export const isCount = (value: unknown, max: number): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
/** PostgreSQL holds neither NUL nor half a surrogate pair in a text. */
export const isText = (value: unknown): value is string =>
  typeof value === "string" && !value.includes("\0") && value.isWellFormed();
const isOptionalText = (value: unknown): boolean => value === undefined || isText(value);

/** A text that rows are found by. */
export const isKey = (value: unknown): value is string => isText(value) && value.length <= KEY_LENGTH_MAX;
const isOptionalKey = (value: unknown): boolean => value === undefined || isKey(value);

export const isMeasured = ({ name, value, unit }: Measurement): boolean =>
  isKey(name) &&
  isKey(unit) &&
  (typeof value === "number" ? Number.isFinite(value) : typeof value === "boolean" || isText(value));

/** What a codec read. */
const isStorableContent = ({ measurements, history, notes, fault }: Reading | Correction): boolean =>
  measurements.every(isMeasured) &&
  history.every((past) => isTime(past.at) && past.measurements.every(isMeasured)) &&
  notes.every(isText) &&
  (fault === undefined || (isText(fault.code) && isText(fault.message)));

const isStorableCorrection = (correction: Correction): boolean =>
  isKey(correction.device) &&
  isOptionalText(correction.codec) &&
  isTime(correction.measuredAt) &&
  isCount(correction.reading, Number.MAX_SAFE_INTEGER) &&
  isCount(correction.fCnt, Number.MAX_SAFE_INTEGER) &&
  isStorableContent(correction);

const isStorableReading = (reading: Reading): boolean =>
  isKey(reading.device) &&
  isOptionalKey(reading.asset) &&
  isOptionalKey(reading.commune) &&
  isOptionalText(reading.codec) &&
  isTime(reading.at) &&
  isTime(reading.receivedAt) &&
  isCount(reading.fCnt, Number.MAX_SAFE_INTEGER) &&
  isCount(reading.fPort, INT4_MAX) &&
  isStorableRadio(reading) &&
  isStorableContent(reading);

const isStorableRadio = ({ radio }: Reading): boolean =>
  radio === undefined ||
  (Number.isFinite(radio.rssi) &&
    Number.isFinite(radio.snr) &&
    isText(radio.gateway) &&
    isCount(radio.gateways, INT4_MAX) &&
    isCount(radio.dr, INT4_MAX));

/** jsonb refuses the same characters as text, but finds them as escapes. */
const isStorableJson = (value: unknown): boolean => {
  if (typeof value === "string") return isText(value);
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, item]) => isText(key) && isStorableJson(item));
};

const isStorableStamp = ({ wall, mono, boot }: Stamp): boolean =>
  isTime(wall) && Number.isFinite(mono) && Math.abs(mono) <= Number.MAX_SAFE_INTEGER && isCount(boot, INT4_MAX);

const hexBytes = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;

/** JSON text that a `text` column takes: NUL stays an escape, and `isWellFormed` is mended by JSON's own escapes. */
export const entryText = (entry: unknown): string => JSON.stringify(entry, hexBytes).toWellFormed();

const areKeysStorable = (body: EntryBody): boolean => {
  if (body.kind === "event") return isKey(body.event) && isKey(body.device);
  if (body.kind === "outcome") return isKey(body.command) && isKey(body.asset);
  if (body.kind === "alarm") return isKey(body.alarm);
  return body.kind !== "loss" || isKey(body.reason);
};

/** Why an entry cannot be used, or undefined. */
const faultOf = ({ stamp, body }: Entry): string | undefined => {
  if (!isStorableStamp(stamp) || !isTime(body.at)) return "shape";
  if (body.kind === "reading") return isStorableReading(body) ? undefined : "shape";
  if (body.kind === "correction") return isStorableCorrection(body) ? undefined : "shape";
  if (body.kind === "clock" && !isCount(body.boot, INT4_MAX)) return "shape";
  return areKeysStorable(body) && isStorableJson(body) ? undefined : "shape";
};

const operationOf = ({ change: { operation } }: RegistryEntry): { readonly operation?: number } =>
  Number.isSafeInteger(operation) ? { operation: operation as number } : {};

/** `KIND:COMMUNE:NAME`; others name no commune. */
const COMMUNE_OF_ASSET = /^[^:]+:(\d[0-9AB]\d{3}):/;

/** Whether a reading is of a commune that the box does not serve: it would show at somebody else's asset. */
export const isElsewhere = (
  { commune, asset }: Pick<Reading, "commune" | "asset">,
  communes: readonly string[],
): boolean => {
  const named = asset === undefined ? undefined : COMMUNE_OF_ASSET.exec(asset)?.[1];
  return [commune, named].some((each) => each !== undefined && !communes.includes(each));
};

/** @param communes those the box serves: it may neither place an asset elsewhere nor speak of one there. */
export const sortEntries = (entries: readonly Entry[], communes: readonly string[]): Sorted => {
  const readings: Placed<Reading>[] = [];
  const events: Placed<Exclude<EntryBody, Reading | Outcome | Correction>>[] = [];
  const corrections: Placed<Correction>[] = [];
  const outcomes: Placed<Outcome>[] = [];
  const changes: { seq: number; change: RegistryChange; operation?: number }[] = [];
  const unusable: Unusable[] = [];
  for (const entry of entries) {
    const { seq, stamp, body } = entry;
    const setAside = (code: string) => unusable.push({ seq, code, entry: entryText(entry) });
    const fault = faultOf(entry);
    if (fault !== undefined) setAside(fault);
    else if (body.kind === "reading" && isElsewhere(body, communes)) setAside("commune-not-served");
    else if (body.kind === "reading") readings.push({ seq, stamp, body });
    else if (body.kind === "correction") corrections.push({ seq, stamp, body });
    else if (body.kind === "outcome") outcomes.push({ seq, stamp, body });
    else if (body.kind === "registry") {
      const change = readRegistryChange(body.change);
      if (change === undefined) setAside("registry-shape");
      else if (change.op === "put-asset" && !communes.includes(change.asset.commune)) setAside("commune-not-served");
      else changes.push({ seq, change, ...operationOf(body) });
    } else events.push({ seq, stamp, body });
  }
  return { readings, events, corrections, outcomes, changes, unusable };
};
