import { type WarningCode, WireError } from "../../faults.ts";
import type { Measurement } from "../../words.ts";
import type { Reader } from "../reader.ts";
import type { BitSpec, BitsSpec, ChoiceSpec, NumberSpec } from "../spec.ts";
import { asBag, type Bag, refuseUnknown } from "../writer.ts";
import { type BitNumber, bitNumber, codeOf } from "./bit-numbers.ts";
import { below, type Compiled, type Group } from "./compiled.ts";
import { measurementName, missingField } from "./number.ts";
import { rawReader, rawWriter } from "./raw.ts";

/** The wire number that a code or mask is. */
const wireOf = (spec: Pick<NumberSpec, "bytes" | "order"> & { readonly form?: "int" | "hexText" }): NumberSpec => ({
  kind: "number",
  form: spec.form ?? "int",
  signed: false,
  times: 1,
  per: 1,
  plus: 0,
  bytes: spec.bytes,
  order: spec.order,
});

const notAChoice = (path: string, value: unknown, choices: readonly string[]): WireError =>
  new WireError("field.choice", `${path} is ${JSON.stringify(value)}; choose one of: ${choices.join(", ")}`, {
    field: path,
  });

/** The measurement that each code is; made once and shared. */
function measuredByCode({ quantity, codes, yes }: ChoiceSpec): readonly Measurement[] | undefined {
  if (quantity === undefined) return undefined;
  const name = measurementName(quantity);
  const measured: Measurement[] = [];
  for (const [word, code] of Object.entries(codes)) {
    const value = yes === undefined ? { value: word, unit: "1" } : { value: word === yes, unit: "bool" };
    measured[code] = Object.freeze({ name, ...value });
  }
  return measured;
}

export function compileChoice(spec: ChoiceSpec, path: string): Compiled {
  const { bytes, codes, absent, boolean } = spec;
  const raw = rawReader(wireOf(spec));
  const put = rawWriter(wireOf(spec));
  const words: (string | undefined)[] = [];
  for (const [word, code] of Object.entries(codes)) words[code] = word;
  const measured = measuredByCode(spec);
  const codeFor = (given: unknown): number => {
    const value = given ?? spec.default;
    if (value === undefined || value === null) {
      if (absent !== undefined) return absent;
      throw missingField(path);
    }
    if (boolean && typeof value !== "boolean") {
      throw new WireError("field.type", `${path} must be true or false`, { field: path });
    }
    if (!boolean && typeof value !== "string") {
      throw new WireError("field.type", `${path} must be one of: ${Object.keys(codes).join(", ")}`, { field: path });
    }
    const word = String(value);
    if (!Object.hasOwn(codes, word)) throw notAChoice(path, value, Object.keys(codes));
    return codes[word]!;
  };
  return {
    read(reader) {
      const at = reader.take(bytes, path);
      const code = raw(reader.bytes, at);
      if (code === absent) {
        reader.warn("value.absent", `${path}: the device has no value`, at);
        return undefined;
      }
      const word = words[code];
      if (word === undefined) {
        reader.warn("code.unknown", `${path}: code ${code} has no meaning here`, at);
        return undefined;
      }
      if (measured !== undefined) reader.measurements.push(measured[code]!);
      return boolean ? word === "true" : word;
    },
    write: (writer, value) => put(writer, codeFor(value)),
  };
}

interface CompiledBit {
  readonly name: string;
  readonly from: number;
  readonly mask: number;
  readonly flag: boolean;
  readonly words: readonly (string | undefined)[] | undefined;
  readonly quantity: string | undefined;
  readonly number: BitNumber | undefined;
}

function compileBit(name: string, bit: BitSpec): CompiledBit {
  const words: (string | undefined)[] | undefined = bit.codes && [];
  for (const [word, code] of Object.entries(bit.codes ?? {})) words![code] = word;
  const quantity = bit.quantity && measurementName(bit.quantity);
  return { name, from: bit.from, mask: 2 ** bit.width - 1, flag: bit.flag, words, quantity, number: bitNumber(bit) };
}

function bitsOf(bit: CompiledBit, value: unknown, omittedIsFalse: boolean, field: string): number {
  if (value === undefined || value === null) {
    if (bit.flag && omittedIsFalse) return 0;
    if (bit.number?.absent !== undefined) return bit.number.absent << bit.from;
    throw missingField(field);
  }
  if (bit.flag) {
    if (typeof value !== "boolean") throw new WireError("field.type", `${field} must be true or false`, { field });
    return value ? 1 << bit.from : 0;
  }
  if (bit.words !== undefined) {
    const code = typeof value === "string" ? bit.words.indexOf(value) : -1;
    if (code < 0)
      throw notAChoice(
        field,
        value,
        bit.words.filter((word) => word !== undefined),
      );
    return code << bit.from;
  }
  return codeOf(bit.number!, bit.mask, value, field) << bit.from;
}

/** What one value of the bytes means: worked out once, then shared by every frame that has it. */
interface Reading {
  readonly bag: Readonly<Bag>;
  readonly measurements: readonly Measurement[];
  readonly warnings: readonly { readonly code: WarningCode; readonly message: string }[];
}

function meaningOf({ flag, words, number }: CompiledBit, code: number): boolean | number | string | undefined {
  if (flag) return code === 1;
  return number === undefined ? words![code] : number.value(code);
}

function readingOf(word: number, bits: readonly CompiledBit[], path: string): Reading {
  const bag: Bag = {};
  const measurements: Measurement[] = [];
  const warnings: { code: WarningCode; message: string }[] = [];
  let named = 0;
  for (const bit of bits) {
    named |= bit.mask << bit.from;
    const code = (word >> bit.from) & bit.mask;
    if (code === bit.number?.absent) {
      warnings.push({ code: "value.absent", message: `${below(path, bit.name)}: the device has no value` });
      continue;
    }
    const value = meaningOf(bit, code);
    if (value === undefined) {
      warnings.push({ code: "code.unknown", message: `${below(path, bit.name)}: code ${code} has no meaning here` });
      continue;
    }
    bag[bit.name] = value;
    const meter = bit.number?.meter;
    if (meter !== undefined) {
      const inUnit = (Number(value) * meter.times) / meter.per;
      measurements.push(Object.freeze({ name: meter.name, value: inUnit, unit: meter.unit }));
    }
    if (bit.quantity === undefined) continue;
    measurements.push(Object.freeze({ name: bit.quantity, value: code !== 0, unit: "bool" }));
  }
  const unnamed = word & ~named;
  if (unnamed !== 0) {
    warnings.push({ code: "bits.unnamed", message: `${path}: bits 0x${unnamed.toString(16)} are set and not known` });
  }
  return { bag: Object.freeze(bag), measurements, warnings };
}

/** All readings of one byte fit into memory; those of two are worked out each time. */
function readings(spec: BitsSpec, bits: readonly CompiledBit[], path: string): (word: number) => Reading {
  if (spec.bytes > 1) return (word) => readingOf(word, bits, path);
  const cache: (Reading | undefined)[] = new Array(256).fill(undefined);
  return (word) => (cache[word] ??= readingOf(word, bits, path));
}

function bitsReader(
  spec: BitsSpec,
  bits: readonly CompiledBit[],
  path: string,
): (reader: Reader) => Readonly<Bag> | undefined {
  const raw = rawReader(wireOf(spec));
  const reading = readings(spec, bits, path);
  return (reader) => {
    const at = reader.take(spec.bytes, path);
    const word = raw(reader.bytes, at);
    if (word === spec.absent) {
      reader.warn("value.absent", `${path}: the device has no value`, at);
      return undefined;
    }
    const { bag, measurements, warnings } = reading(word);
    for (let i = 0; i < measurements.length; i++) reader.measurements.push(measurements[i]!);
    for (const { code, message } of warnings) reader.warn(code, message, at);
    return bag;
  };
}

export function compileBits(spec: BitsSpec, path: string): Compiled {
  const { bytes, order, absent, omittedIsFalse } = spec;
  const bits = spec.bits.map(([name, bit]) => compileBit(name, bit));
  const names = bits.map((bit) => bit.name);
  const known = new Set(names);
  const read = bitsReader(spec, bits, path);
  const group: Group = {
    names,
    into(reader, bag) {
      const own = read(reader);
      if (own === undefined) return;
      for (const name of names) if (own[name] !== undefined) bag[name] = own[name];
    },
    from(writer, bag) {
      let word = 0;
      for (const bit of bits) word |= bitsOf(bit, bag[bit.name], omittedIsFalse, below(path, bit.name));
      writer.put(word, bytes, order);
    },
  };
  return {
    group,
    read,
    write(writer, value) {
      if ((value === undefined || value === null) && absent !== undefined) return writer.put(absent, bytes, order);
      if (value === undefined || value === null) throw missingField(path);
      const bag = asBag(value, path);
      refuseUnknown(bag, known, path);
      group.from(writer, bag);
    },
  };
}
