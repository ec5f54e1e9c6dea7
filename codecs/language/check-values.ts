/** The refusals of single values: numbers, codes, bits and what they measure. */
import { DeclarationError } from "../faults.ts";
import { quantityOf } from "../vocabulary.ts";
import { wireLimits } from "./compile/raw.ts";
import type { BitsSpec, FormulaSpec, NumberSpec, QuantitySpec } from "./spec.ts";
import { conversion, isKnownUnit } from "./units.ts";

export function checkQuantity(quantity: QuantitySpec, unit: string | undefined, path: string): void {
  const known = quantityOf(quantity.name);
  if (known === undefined) throw new DeclarationError(path, `the vocabulary has no quantity ${quantity.name}`);
  if (conversion(unit ?? "1", known.unit) === undefined) {
    throw new DeclarationError(
      path,
      `${unit ?? "a value without unit"} cannot become ${quantity.name}, which is in ${known.unit}`,
    );
  }
}

export function checkKind(quantity: QuantitySpec, kind: "flag" | "word", path: string): void {
  const known = quantityOf(quantity.name);
  if (known?.kind !== kind) throw new DeclarationError(path, `${quantity.name} is not a ${kind} of the vocabulary`);
}

export function checkUnit(unit: string | undefined, path: string): void {
  if (unit !== undefined && !isKnownUnit(unit)) throw new DeclarationError(path, `${unit} is no unit we know`);
}

export function checkNumber(spec: NumberSpec, path: string): void {
  checkUnit(spec.unit, path);
  const { times, per, plus, min, max, form } = spec;
  if (times === 0 || !Number.isFinite(times) || !(per > 0) || !Number.isSafeInteger(per)) {
    throw new DeclarationError(path, "`times` must not be 0, `per` must be whole and above 0");
  }
  if (!Number.isSafeInteger(plus)) throw new DeclarationError(path, "`plus` must be whole");
  const [low, high] = wireLimits(spec);
  const inWire = (value: number) => ((value - plus) * per) / times;
  if (min !== undefined && max !== undefined) {
    if (min > max) throw new DeclarationError(path, `the range ${min} to ${max} is empty`);
    for (const limit of [min, max]) {
      const wire = inWire(limit);
      if (wire < low || wire > high) throw new DeclarationError(path, `the limit ${limit} does not fit the wire`);
      if (form !== "float" && Math.abs(wire - Math.round(wire)) > 1e-9) {
        throw new DeclarationError(path, `the limit ${limit} lies between two wire steps`);
      }
    }
  }
  const codes = [...Object.values(spec.words ?? {}), ...(spec.absent === undefined ? [] : [spec.absent])];
  checkDistinct(codes, (code) => new DeclarationError(path, `the code ${code} has two meanings`));
  for (const code of codes) {
    if (code < low || code > high) throw new DeclarationError(path, `the code ${code} does not fit the wire`);
    const value = (code * times) / per + plus;
    const hidden = min !== undefined && max !== undefined && value >= min && value <= max;
    if (hidden) throw new DeclarationError(path, `the code ${code} lies inside the range and would hide a value`);
  }
  if (spec.quantity) checkQuantity(spec.quantity, spec.unit, path);
  if (spec.truth) checkKind(spec.truth.quantity, "flag", path);
}

export function checkDistinct<T>(values: readonly T[], fault: (twice: T) => DeclarationError): void {
  const seen = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) throw fault(value);
    seen.add(value);
  }
}

export function checkCodes(codes: Readonly<Record<string, number>>, highest: number, path: string): void {
  const values = Object.values(codes);
  if (values.length === 0) throw new DeclarationError(path, "no codes");
  checkDistinct(values, (code) => new DeclarationError(path, `two words share the code ${code}`));
  const wrong = values.find((code) => !Number.isInteger(code) || code < 0 || code > highest);
  if (wrong !== undefined) throw new DeclarationError(path, `the code ${wrong} does not fit 0 to ${highest}`);
}

export function checkFormula({ unit, quantity, wire }: FormulaSpec, path: string): void {
  checkUnit(unit, path);
  if (quantity) checkQuantity(quantity, unit, path);
  checkNumber(wire, path);
}

/** Of a number in bits only scale, unit and quantity count; what has no effect there must not be said. */
function checkBitNumber(number: NumberSpec, path: string): void {
  const { min, max, absent, words, truth, clock, default: fallback } = number;
  if ([min, max, absent, words, truth, clock, fallback].some((one) => one !== undefined)) {
    throw new DeclarationError(path, "a number in bits has only a scale, a unit and a quantity");
  }
  checkNumber(number, path);
}

export function checkBits(spec: BitsSpec, path: string): void {
  let taken = 0;
  for (const [name, bit] of spec.bits) {
    const at = `${path}.${name}`;
    const top = bit.from + bit.width;
    if (bit.width < 1 || bit.from < 0 || top > spec.bytes * 8) throw new DeclarationError(at, "lies outside the bytes");
    const mask = (2 ** bit.width - 1) * 2 ** bit.from;
    if ((taken & mask) !== 0) throw new DeclarationError(at, "overlaps another field of these bits");
    taken |= mask;
    if (bit.codes) checkCodes(bit.codes, 2 ** bit.width - 1, at);
    if (bit.quantity) checkKind(bit.quantity, "flag", at);
    if (bit.number) checkBitNumber(bit.number, at);
    if (bit.formula) {
      if (bit.formula.min !== undefined)
        throw new DeclarationError(at, "a formula in bits has no range but that of its bits");
      checkFormula(bit.formula, at);
    }
  }
  if (taken === 0) throw new DeclarationError(path, "no bits");
}
