import { WireError } from "../../faults.ts";
import { quantityOf } from "../../vocabulary.ts";
import type { Reader } from "../reader.ts";
import type { FormulaSpec, NumberSpec, QuantitySpec } from "../spec.ts";
import { conversion } from "../units.ts";
import type { Compiled } from "./compiled.ts";
import { rawReader, rawWriter, wireLimits } from "./raw.ts";

/** A device clock that stands before 2000 was never set. */
const CLOCK_SET_FROM = Date.UTC(2000, 0, 1);

export const measurementName = (quantity: QuantitySpec): string =>
  quantity.instance === undefined ? quantity.name : `${quantity.name}@${quantity.instance}`;

export interface Meter {
  readonly name: string;
  readonly unit: string;
  readonly times: number;
  readonly per: number;
  readonly digits: number | undefined;
}

/** How values in `unit` become the quantity; `check.ts` has made sure that they can. */
export function meterOf(quantity: QuantitySpec | undefined, unit: string | undefined): Meter | undefined {
  if (quantity === undefined) return undefined;
  const target = quantityOf(quantity.name)?.unit ?? "1";
  const factor = conversion(unit ?? "1", target) ?? { times: 1, per: 1 };
  return { name: measurementName(quantity), unit: target, digits: quantity.digits, ...factor };
}

/** A number to so many significant digits: a whole number divided by a power of ten, hence without binary noise. */
export function significant(value: number, digits: number): number {
  if (value === 0) return 0;
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(value)));
  if (decimals < 0 || decimals > 22) return Number(value.toPrecision(digits));
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

/** `numerator / denominator` in the quantity's unit: multiplied first and divided once, so that no float noise appears. */
function measure(reader: Reader, meter: Meter, numerator: number, denominator: number): void {
  const exact = (numerator * meter.times) / (denominator * meter.per);
  const value = meter.digits === undefined ? exact : significant(exact, meter.digits);
  reader.measurements.push({ name: meter.name, value, unit: meter.unit });
}

function setClock(reader: Reader, epoch: number, seconds: number, offset: number, path: string): void {
  const at = epoch + seconds * 1000;
  if (at < CLOCK_SET_FROM) reader.warn("clock.unset", `${path}: the device's clock is not set`, offset);
  else reader.deviceTime = at;
}

export const missingField = (path: string): WireError =>
  new WireError("field.missing", `the field ${path} is missing`, { field: path });

function notANumber(path: string, words: Readonly<Record<string, number>> | undefined): WireError {
  const alternatives = words === undefined ? "" : ` or one of: ${Object.keys(words).join(", ")}`;
  return new WireError("field.type", `${path} must be a number${alternatives}`, { field: path });
}

const outside = (path: string, value: number, min: number, max: number, unit: string | undefined): WireError =>
  new WireError("field.range", `${path} is ${value}, allowed is ${min} to ${max}${unit ? ` ${unit}` : ""}`, {
    field: path,
  });

/** Everything a value from outside must pass before it is a wire number. */
function toWire(spec: NumberSpec, path: string): (value: unknown) => number {
  const { times, per, plus, words } = spec;
  const [wireMin, wireMax] = wireLimits(spec);
  const ends = [(wireMin * times) / per + plus, (wireMax * times) / per + plus];
  const min = spec.min ?? Math.min(...ends);
  const max = spec.max ?? Math.max(...ends);
  const reserved = new Set([...Object.values(words ?? {}), ...(spec.absent === undefined ? [] : [spec.absent])]);
  return (given) => {
    const value = given ?? spec.default;
    if (value === undefined || value === null) {
      if (spec.absent !== undefined) return spec.absent;
      throw missingField(path);
    }
    if (typeof value === "string" && words !== undefined && Object.hasOwn(words, value)) return words[value]!;
    if (typeof value !== "number" || Number.isNaN(value)) throw notANumber(path, words);
    if (value < min || value > max) throw outside(path, value, min, max, spec.unit);
    const exact = ((value - plus) * per) / times;
    const wire = spec.form === "float" ? exact : Math.round(exact);
    if (reserved.has(wire)) {
      throw new WireError("field.range", `${path} cannot be ${value}: its code means something else`, { field: path });
    }
    return wire;
  };
}

export function compileNumber(spec: NumberSpec, path: string): Compiled {
  const { bytes, times, per, absent, truth, clock } = spec;
  const shift = spec.plus * per;
  const min = spec.min ?? Number.NEGATIVE_INFINITY;
  const max = spec.max ?? Number.POSITIVE_INFINITY;
  const raw = rawReader(spec);
  const put = rawWriter(spec);
  const wireOf = toWire(spec, path);
  const meter = meterOf(spec.quantity, spec.unit);
  const truthName = truth && measurementName(truth.quantity);
  const words = spec.words && new Map(Object.entries(spec.words).map(([word, code]) => [code, word]));
  return {
    read(reader) {
      const at = reader.take(bytes, path);
      const wire = raw(reader.bytes, at);
      if (wire === absent) {
        reader.warn("value.absent", `${path}: the device has no value`, at);
        return undefined;
      }
      const word = words?.get(wire);
      if (word !== undefined) {
        // What would be measured is not there; a word of a setting is a value like any other.
        if (meter !== undefined) reader.warn("value.absent", `${path}: the device says ${word}, no value`, at);
        return word;
      }
      if (Number.isNaN(wire)) {
        reader.warn("value.notFinite", `${path} is not a finite number`, at);
        return undefined;
      }
      const numerator = wire * times + shift;
      const value = numerator / per;
      if (value < min || value > max) {
        reader.warn("value.range", `${path} is ${value}, expected ${min} to ${max}`, at);
      }
      if (meter !== undefined) measure(reader, meter, numerator, per);
      if (truthName !== undefined) {
        reader.measurements.push({ name: truthName, value: value > truth!.above, unit: "bool" });
      }
      if (clock !== undefined) setClock(reader, clock.epoch, value, at, path);
      return value;
    },
    write: (writer, value) => put(writer, wireOf(value)),
  };
}

/** Digits that tell any two neighbouring wire values of the formulas at hand apart, without binary noise. */
export const FORMULA_DIGITS = 8;

export function compileFormula(spec: FormulaSpec, path: string): Compiled {
  const { wire: number, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
  const raw = rawReader(number);
  const put = rawWriter(number);
  const [wireMin, wireMax] = wireLimits(number);
  const meter = meterOf(spec.quantity, spec.unit);
  return {
    read(reader) {
      const at = reader.take(number.bytes, path);
      const wire = raw(reader.bytes, at);
      if (wire === number.absent) {
        reader.warn("value.absent", `${path}: the device has no value`, at);
        return undefined;
      }
      const value = significant(spec.value(wire), FORMULA_DIGITS);
      const inRange = value >= min && value <= max;
      if (!inRange) reader.warn("value.range", `${path} is ${value}, expected ${min} to ${max}`, at);
      if (meter !== undefined) measure(reader, meter, value, 1);
      return value;
    },
    write(writer, value) {
      if (value === undefined || value === null) {
        if (number.absent === undefined) throw missingField(path);
        return put(writer, number.absent);
      }
      if (typeof value !== "number" || Number.isNaN(value)) throw notANumber(path, undefined);
      if (value < min || value > max) throw outside(path, value, min, max, spec.unit);
      const wire = Math.round(spec.toWire(value));
      const fits = wire >= wireMin && wire <= wireMax && wire !== number.absent;
      if (!fits) throw new WireError("field.range", `${path} cannot be ${value}`, { field: path });
      put(writer, wire);
    },
  };
}
