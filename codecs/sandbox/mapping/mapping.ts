/** From a foreign codec's own fields to measurements: a table a person can read and edit. */
import { quantityOf } from "../../vocabulary.ts";
import type { Measurement, Warning } from "../../words.ts";
import type { JsonObject } from "../results.ts";
import { readPath } from "./path.ts";

export interface MappingRow {
  /** Where the value stands in the codec's `data`: `air.temperature`, `probes[0].value`, `["odd.key"]`. */
  readonly path: string;
  /** A name of the vocabulary, `name@instance` where the codec gives several of a kind. */
  readonly quantity: string;
  /** UCUM unit of the measurement: always the quantity's. */
  readonly unit: string;
  /** The codec's value times this, plus `offset`, is in `unit`. 1 for flags and words. */
  readonly scale: number;
  readonly offset?: number;
  /** For flags: the values that mean yes; every other known value means no. Without it true, 1, "true", "on" and "yes" do. */
  readonly yes?: readonly (string | number | boolean)[];
}

export type Mapping = readonly MappingRow[];

/** What is wrong with a table, a sentence a row; empty when it can be used. */
export function mappingFaults(mapping: Mapping): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { path, quantity, unit, scale, offset } of mapping) {
    const known = quantityOf(quantity);
    if (known === undefined) faults.push(`${path}: the vocabulary has no quantity "${quantity}"`);
    else if (known.unit !== unit) faults.push(`${path}: ${quantity} is in "${known.unit}", not "${unit}"`);
    if (!Number.isFinite(scale) || scale === 0) faults.push(`${path}: the scale must be a number other than 0`);
    if (offset !== undefined && !Number.isFinite(offset)) faults.push(`${path}: the offset must be a number`);
    if (readPath({}, path) === "malformed") faults.push(`${path}: not a path`);
    if (seen.has(quantity)) faults.push(`${path}: ${quantity} is given twice; name the second one ${quantity}@2`);
    seen.add(quantity);
  }
  return faults;
}

/** Twelve significant digits: 3338 times 0.001 is 3.338, and nothing a device can measure is lost. */
const tidy = (value: number): number => Number(value.toPrecision(12));

/** A number, or a text that begins with one and goes on with a unit, as some codecs have it ("21.5 °C"). */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  const found =
    typeof value === "string" ? /^\s*([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*[^\d\s.]{0,8}\s*$/i.exec(value) : null;
  return found === null ? undefined : Number(found[1]);
}

const plainYes: readonly unknown[] = [true, 1, "1", "true", "on", "yes"];

function convert(row: MappingRow, value: unknown): number | boolean | string | undefined {
  const kind = quantityOf(row.quantity)?.kind;
  if (kind === "flag") {
    if (typeof value !== "boolean" && typeof value !== "number" && typeof value !== "string") return undefined;
    const spoken = typeof value === "string" ? value.trim().toLowerCase() : value;
    return (row.yes ?? plainYes).some((yes) => (typeof yes === "string" ? yes.toLowerCase() : yes) === spoken);
  }
  if (kind === "word") return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  const number = numberIn(value);
  return number === undefined ? undefined : tidy(number * row.scale + (row.offset ?? 0));
}

/** Fields that are absent or null give nothing; a field of the wrong kind gives a warning. */
export function applyMapping(mapping: Mapping, data: JsonObject): { measurements: Measurement[]; warnings: Warning[] } {
  const measurements: Measurement[] = [];
  const warnings: Warning[] = [];
  for (const row of mapping) {
    const value = readPath(data, row.path);
    if (value === undefined || value === null) continue;
    const converted = convert(row, value);
    if (converted === undefined) {
      const message = `${row.path} is ${JSON.stringify(value).slice(0, 60)}, which is no ${row.quantity}`;
      warnings.push({ code: "foreign-value", message });
    } else measurements.push({ name: row.quantity, value: converted, unit: row.unit });
  }
  return { measurements, warnings };
}
