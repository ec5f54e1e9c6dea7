/** Values that a declaration allows, made from the declaration itself: the laws need no list of examples. */
import fc, { type Arbitrary } from "fast-check";
import { significant } from "../../codecs/language/compile/number.ts";
import { shortestDecimal, wireLimits } from "../../codecs/language/compile/raw.ts";
import { type FormulaSpec, isHidden, type NumberSpec, type RecordSpec, type Spec } from "../../codecs/language/spec.ts";

type Bag = Record<string, unknown>;

const wireValue =
  ({ times, per, plus }: NumberSpec) =>
  (wire: number): number =>
    (wire * times + plus * per) / per;

/** A wire number has a value of its own, and only those come back unchanged. */
function number(spec: NumberSpec): Arbitrary<unknown> {
  const [low, high] = wireLimits(spec);
  const { times, per, plus, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, words = {} } = spec;
  const value = wireValue(spec);
  const reserved = new Set([...Object.values(words), spec.absent]);
  const allowed = (wire: number) => !reserved.has(wire) && value(wire) >= min && value(wire) <= max;
  const ends = [((min - plus) * per) / times, ((max - plus) * per) / times];
  const first = Math.max(low, Math.round(Math.min(...ends)));
  const last = Math.min(high, Math.round(Math.max(...ends)));
  const wires =
    spec.form === "float"
      ? fc.float({ noNaN: true, noDefaultInfinity: true }).map((one) => shortestDecimal(one === 0 ? 0 : one))
      : fc.oneof(
          { weight: 1, arbitrary: fc.constantFrom(first, last) },
          { weight: 4, arbitrary: fc.integer({ min: first, max: last }) },
        );
  const alternatives: Arbitrary<unknown>[] = [wires.filter(allowed).map(value)];
  if (spec.words) alternatives.push(fc.constantFrom(...Object.keys(spec.words)));
  if (spec.absent !== undefined) alternatives.push(fc.constant(undefined));
  return fc.oneof(...alternatives);
}

const byte = fc.integer({ min: 0, max: 255 });

function text(spec: Extract<Spec, { kind: "text" }>): Arbitrary<string> {
  const length =
    spec.length === "rest" ? { minLength: 0, maxLength: 20 } : { minLength: spec.length, maxLength: spec.length };
  if (spec.form === "dotted") return fc.array(byte, length).map((bytes) => bytes.join("."));
  if (spec.form === "hex") return fc.uint8Array(length).map((bytes) => Buffer.from(bytes).toString("hex"));
  return fc.array(fc.integer({ min: 0x20, max: 0x7e }), length).map((codes) => String.fromCharCode(...codes));
}

/** Keys whose value is undefined are missing keys. */
const present = (bag: Bag): Bag => Object.fromEntries(Object.entries(bag).filter(([, value]) => value !== undefined));

/** The last field of a record that its flag does not announce is not there. */
function withoutUnannounced(bag: Bag, spec: RecordSpec): Bag {
  const last = spec.entries.at(-1);
  if (last?.spec.kind !== "ending" || bag[last.spec.flag] === true) return bag;
  const { [last.name]: _, ...rest } = bag;
  return rest;
}

function record(spec: RecordSpec): Arbitrary<Bag> {
  const shown = spec.entries.filter((entry) => !isHidden(entry.spec));
  return fc
    .tuple(...shown.map((entry) => valueFor(entry.spec)))
    .map((values) =>
      present(
        Object.fromEntries(
          values.flatMap((value, i) => {
            const { name, inline } = shown[i]!;
            return inline ? Object.entries(value as Bag) : [[name, value]];
          }),
        ),
      ),
    )
    .map((bag) => withoutUnannounced(bag, spec));
}

const formulaValue =
  ({ value, wire: { absent } }: FormulaSpec) =>
  (wire: number): number | undefined =>
    wire === absent ? undefined : significant(value(wire), 8);

function bits(spec: Extract<Spec, { kind: "bits" }>): Arbitrary<unknown> {
  const all = Object.fromEntries(
    spec.bits.map(([name, bit]): [string, Arbitrary<unknown>] => [
      name,
      bit.flag
        ? fc.boolean()
        : bit.number
          ? fc.integer({ min: 0, max: 2 ** bit.width - 1 }).map(wireValue(bit.number))
          : bit.formula
            ? fc.integer({ min: 0, max: 2 ** bit.width - 1 }).map(formulaValue(bit.formula))
            : bit.codes
              ? fc.constantFrom(...Object.keys(bit.codes))
              : fc.integer({ min: 0, max: 2 ** bit.width - 1 }),
    ]),
  );
  // The word that says "none of the bits is known" can be what bits make too; then it is that word.
  const made = fc.record(all);
  if (spec.absent === undefined) return made;
  const everything = spec.bits.every(([, bit]) => bit.flag);
  const known = everything ? made.filter((bag) => !Object.values(bag).every((one) => one === true)) : made;
  return fc.oneof(known, fc.constant(undefined));
}

/** Some of the channels, in any order, as a device may send them. */
function channels(spec: Extract<Spec, { kind: "channels" }>): Arbitrary<Bag> {
  return fc.shuffledSubarray([...spec.channels], { minLength: 1 }).chain((chosen) =>
    fc
      .tuple(...chosen.map((one) => valueFor(one.spec)))
      .map((values) => present(Object.fromEntries(chosen.map((one, i) => [one.name, values[i]]))))
      .filter((bag) => Object.keys(bag).length > 0),
  );
}

/** Every value of a layout that can be written; what is missing stands for absent. */
export function valueFor(spec: Spec): Arbitrary<unknown> {
  switch (spec.kind) {
    case "number":
      return number(spec);
    case "formula": {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
      const [low, high] = wireLimits(spec.wire);
      const values = fc.integer({ min: low, max: high }).map((wire) => significant(spec.value(wire), 8));
      const inside = values.filter((value) => value >= min && value <= max);
      return spec.wire.absent === undefined ? inside : fc.oneof(inside, fc.constant(undefined));
    }
    case "choice": {
      const words = fc.constantFrom(...Object.keys(spec.codes));
      const made: Arbitrary<unknown> = spec.boolean ? words.map((word) => word === "true") : words;
      return spec.absent === undefined ? made : fc.oneof(made, fc.constant(undefined));
    }
    case "bits":
      return bits(spec);
    case "text":
      return text(spec);
    case "record":
      return record(spec);
    case "masked":
      return fc
        .record(Object.fromEntries(spec.fields.map((one) => [one.name, valueFor(one.spec)])), { requiredKeys: [] })
        .map(present);
    case "channels":
      return channels(spec);
    case "sized":
      return valueFor(spec.of);
    case "series":
    case "partOf":
    case "recent":
      return record(spec.of);
    case "ending":
      return number(spec.of);
    case "list": {
      const length =
        typeof spec.count === "number"
          ? { minLength: spec.count, maxLength: spec.count }
          : { minLength: spec.least ?? 0, maxLength: 6 };
      return fc.array(valueFor(spec.of), length);
    }
    case "cases":
      return fc.oneof(...spec.cases.map((one) => record(one.of).map((bag) => ({ [spec.by]: one.name, ...bag }))));
    case "constant":
    case "count":
    case "crc16":
      return fc.constant(undefined);
  }
}
