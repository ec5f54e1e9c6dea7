/** Several bits that are a number in a unit: by scale, or by formula. */
import { WireError } from "../../faults.ts";
import type { BitSpec, FormulaSpec, NumberSpec } from "../spec.ts";
import { FORMULA_DIGITS, type Meter, meterOf, significant } from "./number.ts";

export interface BitNumber {
  /** Of a code within the bits. */
  readonly value: (code: number) => number;
  /** Nearest code to a value; it may not fit the bits. */
  readonly code: (value: number) => number;
  /** The code that means "no value". */
  readonly absent: number | undefined;
  readonly meter: Meter | undefined;
  /** Only whole numbers can be written: the bits have no scale. */
  readonly whole: boolean;
}

const PLAIN: BitNumber = {
  value: (code) => code,
  code: (value) => value,
  absent: undefined,
  meter: undefined,
  whole: true,
};

const scaled = ({ times, per, plus, quantity, unit }: NumberSpec): BitNumber => ({
  value: (code) => (code * times + plus * per) / per,
  code: (value) => Math.round((value * per - plus * per) / times),
  absent: undefined,
  meter: meterOf(quantity, unit),
  whole: false,
});

const byFormula = ({ value, toWire, wire, quantity, unit }: FormulaSpec): BitNumber => ({
  value: (code) => significant(value(code), FORMULA_DIGITS),
  code: (given) => Math.round(toWire(given)),
  absent: wire.absent,
  meter: meterOf(quantity, unit),
  whole: false,
});

/** Undefined for a flag and for words. */
export function bitNumber({ flag, codes, number, formula }: BitSpec): BitNumber | undefined {
  if (flag || codes !== undefined) return undefined;
  if (formula !== undefined) return byFormula(formula);
  return number === undefined ? PLAIN : scaled(number);
}

/** The code of a value that came from outside. `highest` is that of the bits. */
export function codeOf(number: BitNumber, highest: number, value: unknown, field: string): number {
  if (typeof value !== "number" || !(number.whole ? Number.isInteger(value) : Number.isFinite(value)))
    throw new WireError("field.type", `${field} must be a ${number.whole ? "whole " : ""}number`, { field });
  const code = number.code(value);
  if (code >= 0 && code <= highest && code !== number.absent) return code;
  const [low, high] = [0, highest === number.absent ? highest - 1 : highest].map(number.value);
  throw new WireError("field.range", `${field} is ${value}, allowed is ${low} to ${high}`, { field });
}
