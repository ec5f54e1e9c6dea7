import { quantityOf } from "../vocabulary.ts";
import type { Note } from "../words.ts";
import { measurementName } from "./compile/number.ts";
import { wireLimits } from "./compile/raw.ts";
import { type FormulaSpec, isHidden, type NumberSpec, type QuantitySpec, type Spec } from "./spec.ts";

/** One field as data: tables, forms and data sheets are made from it. */
export interface FieldShape {
  readonly name: string;
  readonly type: "number" | "choice" | "flag" | "text" | "group" | "list" | "variants";
  /** UCUM. */
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  /** Distance between two values the wire can tell apart. */
  readonly step?: number;
  /** `choice`: all values; `number`: words that may stand instead of a number. */
  readonly choices?: readonly string[];
  /** The field may be missing. */
  readonly optional: boolean;
  readonly default?: number | string | boolean;
  /** `text`: characters, where fixed. */
  readonly length?: number;
  /** Measurements that the field gives, with their units. */
  readonly measures: readonly { readonly name: string; readonly unit: string }[];
  /** `group` and `list`: what is inside; `variants`: the groups, by name. */
  readonly fields?: readonly FieldShape[];
  /** `list`: fixed number of items. */
  readonly count?: number;
  /** `list`: fewest items. */
  readonly least?: number;
}

export interface PortShape {
  readonly port: number;
  /** No source gives the port: the frame is read on every one that has no layout of its own, and written on this one. */
  readonly anyPort?: boolean;
  /** A frame of this port with published values is among our vectors. */
  readonly verified: boolean;
  readonly fields: readonly FieldShape[];
}

export interface CommandShape {
  readonly name: string;
  readonly port: number;
  /** Bytes of a published encoder are among our vectors. */
  readonly verified: boolean;
  readonly fields: readonly FieldShape[];
}

export interface CodecShape {
  readonly id: string;
  readonly version: number;
  readonly maker: string;
  readonly name: string;
  readonly what: Note;
  /** The model this is a variant of. */
  readonly family?: string;
  /** Beginning of the firmware versions the codec is for, where the same model has several: `1.1`. */
  readonly firmware?: string;
  readonly uplinks: readonly PortShape[];
  readonly commands: readonly CommandShape[];
  /** What the device can do and the codec cannot. */
  readonly notCovered: readonly Note[];
  /** Where a published decoder or example is wrong. */
  readonly differs: readonly Note[];
}

const measures = (...quantities: readonly (QuantitySpec | undefined)[]): FieldShape["measures"] =>
  quantities.flatMap((one) =>
    one === undefined ? [] : [{ name: measurementName(one), unit: quantityOf(one.name)?.unit ?? "1" }],
  );

/** A limit that the wire gives, in the unit, without the noise of a decimal scale. */
const inUnit = (spec: NumberSpec, wire: number): number => (wire * spec.times + spec.plus * spec.per) / spec.per;

function numberShape(name: string, spec: NumberSpec): FieldShape {
  const ends = wireLimits(spec).map((wire) => inUnit(spec, wire));
  return {
    name,
    type: "number",
    ...(spec.unit === undefined ? {} : { unit: spec.unit }),
    min: spec.min ?? Math.min(...ends),
    max: spec.max ?? Math.max(...ends),
    ...(spec.form === "float" ? {} : { step: Math.abs(spec.times) / spec.per }),
    ...(spec.words === undefined ? {} : { choices: Object.keys(spec.words) }),
    optional: spec.absent !== undefined || spec.default !== undefined,
    ...(spec.default === undefined ? {} : { default: spec.default }),
    measures: measures(spec.quantity, spec.truth?.quantity),
  };
}

function bitNumberShape(name: string, number: NumberSpec, width: number): FieldShape {
  const ends = [0, 2 ** width - 1].map((code) => inUnit(number, code));
  return { ...numberShape(name, number), min: Math.min(...ends), max: Math.max(...ends) };
}

function formulaShape(name: string, { unit, min, max, wire, quantity }: FormulaSpec): FieldShape {
  return {
    name,
    type: "number",
    ...(unit === undefined ? {} : { unit }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    optional: wire.absent !== undefined,
    measures: measures(quantity),
  };
}

/** A formula over few bits has its ends at its ends. */
function formulaEnds({ value, wire }: FormulaSpec, width: number): { min: number; max: number } {
  const codes = Array.from({ length: 2 ** width }, (_, code) => code).filter((code) => code !== wire.absent);
  return { min: Math.min(...codes.map(value)), max: Math.max(...codes.map(value)) };
}

function bitsShapes(spec: Extract<Spec, { kind: "bits" }>): FieldShape[] {
  return spec.bits.map(([name, bit]) => {
    const codes = bit.codes && Object.keys(bit.codes);
    if (bit.number) return bitNumberShape(name, bit.number, bit.width);
    if (bit.formula) return { ...formulaShape(name, bit.formula), ...formulaEnds(bit.formula, bit.width) };
    return {
      name,
      type: bit.flag ? "flag" : codes ? "choice" : "number",
      ...(bit.flag || codes ? {} : { min: 0, max: 2 ** bit.width - 1, step: 1 }),
      ...(codes ? { choices: codes } : {}),
      optional: spec.omittedIsFalse && bit.flag,
      ...(spec.omittedIsFalse && bit.flag ? { default: false } : {}),
      measures: measures(bit.quantity),
    };
  });
}

/** The fields of a layout; for one that is no group, itself under `name`. */
export function fieldsOf(spec: Spec): readonly FieldShape[] {
  switch (spec.kind) {
    case "record":
      return spec.entries.flatMap(({ name, spec: part, inline }) =>
        isHidden(part) ? [] : inline ? fieldsOf(part) : [fieldShape(name, part)],
      );
    case "bits":
      return bitsShapes(spec);
    case "channels":
      return spec.channels.map((one) => ({ ...fieldShape(one.name, one.spec), optional: true }));
    case "masked":
      return spec.fields.map((one) => ({ ...fieldShape(one.name, one.spec), optional: true }));
    case "sized":
      return fieldsOf(spec.of);
    case "partOf":
      return fieldsOf(spec.of);
    case "recent":
      return fieldsOf(spec.of).map((field) =>
        field.name === spec.deltas ? { ...field, measures: measures(spec.delta) } : field,
      );
    case "series": {
      const past = measures(spec.total, spec.delta);
      return fieldsOf(spec.of).map((field) =>
        field.name === spec.start || field.name === spec.deltas ? { ...field, measures: past } : field,
      );
    }
    case "cases": {
      const variants = spec.cases.map((one) => ({
        name: one.name,
        type: "group" as const,
        optional: true,
        measures: [],
        fields: fieldsOf(one.of),
      }));
      return [
        {
          name: spec.by,
          type: "variants",
          optional: false,
          measures: [],
          choices: spec.cases.map((one) => one.name),
          fields: variants,
        },
      ];
    }
    default:
      return [fieldShape("value", spec)];
  }
}

export function fieldShape(name: string, spec: Spec): FieldShape {
  switch (spec.kind) {
    case "number":
      return numberShape(name, spec);
    case "ending":
      return { ...fieldShape(name, spec.of), optional: true };
    case "formula":
      return formulaShape(name, spec);
    case "choice":
      return {
        name,
        type: spec.boolean ? "flag" : "choice",
        ...(spec.boolean ? {} : { choices: Object.keys(spec.codes) }),
        optional: spec.absent !== undefined || spec.default !== undefined,
        ...(spec.default === undefined ? {} : { default: spec.default }),
        measures: measures(spec.quantity),
      };
    case "text": {
      const characters =
        spec.length === "rest" || spec.form === "dotted" ? undefined : spec.length * (spec.form === "hex" ? 2 : 1);
      return {
        name,
        type: "text",
        ...(characters === undefined ? {} : { length: characters }),
        optional: spec.default !== undefined,
        ...(spec.default === undefined ? {} : { default: spec.default }),
        measures: [],
      };
    }
    case "list": {
      const inner = fieldShape("item", spec.of);
      return {
        name,
        type: "list",
        optional: false,
        measures: [],
        ...(typeof spec.count === "number" ? { count: spec.count } : {}),
        ...(spec.least === undefined ? {} : { least: spec.least }),
        fields: inner.type === "group" ? (inner.fields ?? []) : [inner],
      };
    }
    default:
      return {
        name,
        type: "group",
        optional: spec.kind === "bits" && spec.absent !== undefined,
        measures: [],
        fields: fieldsOf(spec),
      };
  }
}
