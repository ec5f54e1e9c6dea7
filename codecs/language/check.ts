import { DeclarationError } from "../faults.ts";
import { quantityOf } from "../vocabulary.ts";
import { wireLimits } from "./compile/raw.ts";
import {
  type BitsSpec,
  type CasesSpec,
  isGreedy,
  isHidden,
  type NumberSpec,
  type QuantitySpec,
  type RecordSpec,
  type Spec,
} from "./spec.ts";
import { conversion, isKnownUnit } from "./units.ts";

function checkQuantity(quantity: QuantitySpec, unit: string | undefined, path: string): void {
  const known = quantityOf(quantity.name);
  if (known === undefined) throw new DeclarationError(path, `the vocabulary has no quantity ${quantity.name}`);
  if (conversion(unit ?? "1", known.unit) === undefined) {
    throw new DeclarationError(
      path,
      `${unit ?? "a value without unit"} cannot become ${quantity.name}, which is in ${known.unit}`,
    );
  }
}

function checkKind(quantity: QuantitySpec, kind: "flag" | "word", path: string): void {
  const known = quantityOf(quantity.name);
  if (known?.kind !== kind) throw new DeclarationError(path, `${quantity.name} is not a ${kind} of the vocabulary`);
}

function checkUnit(unit: string | undefined, path: string): void {
  if (unit !== undefined && !isKnownUnit(unit)) throw new DeclarationError(path, `${unit} is no unit we know`);
}

function checkNumber(spec: NumberSpec, path: string): void {
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

function checkDistinct<T>(values: readonly T[], fault: (twice: T) => DeclarationError): void {
  const seen = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) throw fault(value);
    seen.add(value);
  }
}

function checkBeginnings(spec: CasesSpec, path: string): void {
  for (const one of spec.cases) {
    if (one.begins.length === 0) throw new DeclarationError(join(path, one.name), "no code");
    const other = spec.cases.find((two) => two !== one && one.begins.every((byte, i) => two.begins[i] === byte));
    if (other !== undefined) throw new DeclarationError(path, `${one.name} and ${other.name} begin alike`);
  }
}

function checkCodes(codes: Readonly<Record<string, number>>, highest: number, path: string): void {
  const values = Object.values(codes);
  if (values.length === 0) throw new DeclarationError(path, "no codes");
  checkDistinct(values, (code) => new DeclarationError(path, `two words share the code ${code}`));
  const wrong = values.find((code) => !Number.isInteger(code) || code < 0 || code > highest);
  if (wrong !== undefined) throw new DeclarationError(path, `the code ${wrong} does not fit 0 to ${highest}`);
}

function checkBits(spec: BitsSpec, path: string): void {
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
  }
  if (taken === 0) throw new DeclarationError(path, "no bits");
}

const innerNames = (spec: Spec): readonly string[] | undefined => {
  switch (spec.kind) {
    case "record":
      return spec.entries.flatMap((entry) =>
        isHidden(entry.spec) ? [] : entry.inline ? (innerNames(entry.spec) ?? []) : [entry.name],
      );
    case "bits":
      return spec.bits.map(([name]) => name);
    case "channels":
      return spec.channels.map((channel) => channel.name);
    case "masked":
      return spec.fields.map((field) => field.name);
    case "sized":
      return innerNames(spec.of);
    case "series":
      return innerNames(spec.of);
    default:
      return undefined;
  }
};

function checkRecord(spec: RecordSpec, path: string): void {
  const names = innerNames(spec) ?? [];
  checkDistinct(names, (name) => new DeclarationError(path, `two fields are called ${name}`));
  spec.entries.forEach(({ name, spec: part, inline }, index) => {
    const at = inline ? path : join(path, name);
    if (part.kind === "count" && !isAnnounced(spec, part.of, index)) {
      throw new DeclarationError(path, `the count has no announced list ${part.of} after it`);
    }
    if (inline && innerNames(part) === undefined) throw new DeclarationError(at, "only a group can be placed inline");
    if (isGreedy(part) && index < spec.entries.length - 1) {
      throw new DeclarationError(at, "reads until the end, so that nothing can follow it");
    }
    check(part, at);
  });
}

const isAnnounced = (spec: RecordSpec, name: string, after: number): boolean =>
  spec.entries.some(
    ({ name: own, spec: part }, index) =>
      index > after && own === name && part.kind === "list" && part.count === "announced",
  );

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** Fewest bytes a part can have. */
function bytesMin(spec: Spec): number {
  switch (spec.kind) {
    case "number":
    case "choice":
    case "bits":
      return spec.bytes;
    case "formula":
      return spec.wire.bytes;
    case "text":
      return spec.length === "rest" ? 0 : spec.length;
    case "constant":
      return spec.bytes.length;
    case "crc16":
      return 2;
    case "count":
      return 1;
    case "record":
      return spec.entries.reduce((sum, entry) => sum + bytesMin(entry.spec), 0);
    case "series":
      return bytesMin(spec.of);
    case "list":
      return typeof spec.count === "number" ? spec.count * bytesMin(spec.of) : spec.count === "counted" ? 1 : 0;
    case "channels":
      return 0;
    case "masked":
      return spec.bytes;
    case "sized":
      return 1;
    case "cases":
      return Math.min(...spec.cases.map((one) => one.begins.length + bytesMin(one.of)));
  }
}

/** Refuses a declaration that contradicts itself, while the module loads. */
export function check(spec: Spec, path: string): void {
  switch (spec.kind) {
    case "number":
      checkNumber(spec, path);
      return;
    case "formula":
      checkUnit(spec.unit, path);
      if (spec.quantity) checkQuantity(spec.quantity, spec.unit, path);
      checkNumber(spec.wire, path);
      return;
    case "choice":
      checkCodes(
        spec.absent === undefined ? spec.codes : { ...spec.codes, "": spec.absent },
        wireLimits({ form: spec.form, bytes: spec.bytes, signed: false })[1],
        path,
      );
      if (spec.yes !== undefined && !Object.hasOwn(spec.codes, spec.yes))
        throw new DeclarationError(path, `no word ${spec.yes}`);
      if (spec.quantity) checkKind(spec.quantity, spec.yes === undefined ? "word" : "flag", path);
      return;
    case "bits":
      checkBits(spec, path);
      return;
    case "record":
      checkRecord(spec, path);
      return;
    case "channels":
      checkDistinct(
        spec.channels.map((one) => one.key),
        (key) => new DeclarationError(path, `channel ${key.toString(16)} is declared twice`),
      );
      for (const one of spec.channels) {
        if (isGreedy(one.spec)) throw new DeclarationError(join(path, one.name), "a channel must know its own length");
        if (one.key < 0 || one.key >= 256 ** spec.keyBytes)
          throw new DeclarationError(join(path, one.name), "the key does not fit");
        check(one.spec, join(path, one.name));
      }
      return;
    case "masked":
      checkDistinct(
        spec.fields.map((one) => one.bit),
        (bit) => new DeclarationError(path, `bit ${bit} has two fields`),
      );
      for (const one of spec.fields) {
        if (one.bit < 0 || one.bit >= spec.bytes * 8)
          throw new DeclarationError(join(path, one.name), "the bit is not in the mask");
        check(one.spec, join(path, one.name));
      }
      return;
    case "sized":
      check(spec.of, path);
      return;
    case "list":
      if (bytesMin(spec.of) === 0) throw new DeclarationError(path, "an item without bytes would repeat for ever");
      if (isGreedy(spec.of)) throw new DeclarationError(path, "an item must know its own length");
      check(spec.of, `${path}[]`);
      return;
    case "cases":
      checkBeginnings(spec, path);
      for (const one of spec.cases) check(one.of, join(path, one.name));
      return;
    case "series":
      check(spec.of, path);
      return;
    default:
      return;
  }
}
