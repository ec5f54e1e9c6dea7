/** What must hold for any bytes on any port of any codec; the property tests and the fuzz runner share it. */
import { isDeepStrictEqual } from "node:util";
import {
  type Decoded,
  downlinkBytesMax,
  FAULTS,
  type FieldShape,
  type FirstPartyCodec,
  type Measurement,
  quantityOf,
  WARNINGS,
} from "../../codecs/index.ts";
import { NOT_WRITABLE } from "./judge.ts";
import { toHex } from "./vectors.ts";

/** A path for each value that JSON would change: undefined, NaN, Infinity, -0, dates. */
function notPlain(value: unknown, path: string): string[] {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? [] : [`${path} is ${value}`];
  if (typeof value === "string" || typeof value === "boolean") return [];
  if (Array.isArray(value)) return value.flatMap((one, i) => notPlain(one, `${path}[${i}]`));
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.entries(value).flatMap(([key, one]) => notPlain(one, `${path}.${key}`));
  }
  return [`${path} is ${String(value)}`];
}

/** Keys of a value that the shape does not have, and required ones that are missing. */
function notInShape(bag: object, fields: readonly FieldShape[], path: string): string[] {
  const variants = fields.find((field) => field.type === "variants");
  if (variants !== undefined) {
    const { [variants.name]: chosen, ...rest } = bag as Record<string, unknown>;
    const variant = variants.fields?.find((one) => one.name === chosen);
    const beside = fields.filter((field) => field !== variants);
    return variant
      ? notInShape(rest, [...beside, ...(variant.fields ?? [])], `${path}.${String(chosen)}`)
      : [`${path}: no variant ${String(chosen)}`];
  }
  return Object.entries(bag).flatMap(([key, value]) => {
    const field = fields.find((one) => one.name === key);
    if (field === undefined) return [`${path}.${key} is not in the shape`];
    if (field.type === "group") return notInShape(value, field.fields ?? [], `${path}.${key}`);
    const items = field.type === "list" && Array.isArray(value) ? value.filter((one) => typeof one === "object") : [];
    return items.flatMap((one) => notInShape(one, field.fields ?? [], `${path}.${key}[]`));
  });
}

const measuresOf = (fields: readonly FieldShape[]): string[] =>
  fields.flatMap((field) => [...field.measures.map((one) => one.name), ...measuresOf(field.fields ?? [])]);

const JAVASCRIPT_TYPE = { gauge: "number", total: "number", flag: "boolean", word: "string" } as const;

function wrongMeasurements(measurements: readonly Measurement[], declared: ReadonlySet<string>): string[] {
  const names = measurements.map((one) => one.name);
  return [
    ...(new Set(names).size === names.length ? [] : [`a quantity is measured twice: ${names.join(", ")}`]),
    ...measurements.flatMap(({ name, value, unit }) => {
      const quantity = quantityOf(name);
      if (quantity === undefined) return [`${name} is not in the vocabulary`];
      if (!declared.has(name) && !declared.has(name.replace(/@.*$/, ""))) return [`${name} is not in the shape`];
      const fits = quantity.unit === unit && JAVASCRIPT_TYPE[quantity.kind] === typeof value;
      return fits ? [] : [`${name} is ${String(value)} ${unit}`];
    }),
  ];
}

const byName = (measurements: readonly Measurement[]) => new Map(measurements.map((one) => [one.name, one]));

/** What was decoded is written and decoded again: it must mean the same. */
function notStable(codec: FirstPartyCodec, decoded: Decoded, length: number): string[] {
  const { fPort, fields, warnings, measurements } = decoded;
  const again = codec.encodeUplink(fPort, fields);
  if (!again.ok) {
    const { code } = again.fault;
    if (code === "frame.oversized" && length > downlinkBytesMax) return [];
    if (code === "frame.empty" && Object.keys(fields).length === 0 && warnings.length > 0) return [];
    const refused = warnings.some((one) => NOT_WRITABLE.has(one.code));
    return refused ? [] : [`cannot be written again: ${code}, ${again.fault.message}`];
  }
  const twice = codec.decode({ bytes: again.value, fPort });
  if (!twice.ok) return [`cannot be read again: ${twice.fault.message}`];
  const same =
    isDeepStrictEqual(twice.value.fields, fields) &&
    isDeepStrictEqual(byName(twice.value.measurements), byName(measurements)) &&
    isDeepStrictEqual(twice.value.history, decoded.history) &&
    isDeepStrictEqual(twice.value.earlier, decoded.earlier);
  return same ? [] : [`reads otherwise after writing: ${toHex(again.value)}`];
}

/** Every law that the frame breaks, in words; none for a codec that keeps its promises. */
export function brokenLaws(codec: FirstPartyCodec, fPort: number, bytes: Uint8Array): string[] {
  const before = toHex(bytes);
  const result = codec.decode({ bytes, fPort });
  const broken = toHex(bytes) === before ? [] : ["the input was changed"];
  if (!result.ok)
    return [...broken, ...(Object.hasOwn(FAULTS, result.fault.code) ? [] : [`no fault ${result.fault.code}`])];
  const decoded = result.value;
  const { uplinks } = codec.shape;
  const shape = uplinks.find((one) => one.port === fPort) ?? uplinks.find((one) => one.anyPort);
  const declared = new Set(measuresOf(shape?.fields ?? []));
  return [
    ...broken,
    ...notPlain(decoded, "decoded"),
    ...notInShape(decoded.fields, shape?.fields ?? [], "fields"),
    ...wrongMeasurements(decoded.measurements, declared),
    ...[...decoded.history, ...(decoded.earlier ?? [])].flatMap((one) => wrongMeasurements(one.measurements, declared)),
    ...decoded.warnings.flatMap(({ code }) => (Object.hasOwn(WARNINGS, code) ? [] : [`no warning ${code}`])),
    ...notStable(codec, decoded, bytes.length),
  ];
}

/** Ports a frame can come on: the codec's own, and three it does not know. */
export const portsOf = (codec: FirstPartyCodec): readonly number[] => [
  ...codec.shape.uplinks.map((one) => one.port),
  0,
  222,
  224,
];
