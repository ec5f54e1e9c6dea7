import type { FlagQuantity, NumericQuantity, WordQuantity } from "../vocabulary.ts";
import { type NumberPart, type QuantityOptions, quantitySpec } from "./numbers.ts";
import type { Hidden, Part } from "./part.ts";
import type { BitSpec, BitsSpec, ChoiceSpec, ConstantSpec, CrcSpec, FormulaSpec, TextSpec } from "./spec.ts";

/** A code on the wire that is a word (or yes and no) for people. */
export class ChoicePart<Out, In = Out> implements Part<Out, In> {
  readonly spec: ChoiceSpec;
  declare readonly types?: { readonly out: Out; readonly in: In };

  constructor(spec: ChoiceSpec) {
    this.spec = spec;
  }

  #with<O = Out, I = In>(change: Partial<ChoiceSpec>): ChoicePart<O, I> {
    return new ChoicePart<O, I>({ ...this.spec, ...change });
  }

  /** Two bytes on the wire instead of one. */
  wide(order: "le" | "be"): ChoicePart<Out, In> {
    return this.#with({ bytes: 2, order });
  }

  /** The code stands as two upper-case hexadecimal digits in ASCII. */
  hexText(): ChoicePart<Out, In> {
    return this.#with({ form: "hexText", bytes: 2, order: "be" });
  }

  absent(code: number): ChoicePart<Out | undefined, In | undefined> {
    return this.#with({ absent: code });
  }

  default(value: Exclude<In, undefined> & (string | boolean)): ChoicePart<Out, In | undefined> {
    return this.#with({ default: value });
  }

  /** The word itself is the measurement. */
  quantity(name: WordQuantity, options?: QuantityOptions): ChoicePart<Out, In> {
    return this.#with({ quantity: quantitySpec(name, options) });
  }

  /** One of the words is the yes of a yes/no quantity. */
  truth(name: FlagQuantity, yes: Exclude<Out, undefined> & (string | boolean), options?: QuantityOptions) {
    return this.#with({ quantity: quantitySpec(name, options), yes: String(yes) });
  }
}

/** `oneOf({ normal: 0, tilt: 1 })`: each word has its code. */
export const oneOf = <const W extends string>(codes: Readonly<Record<W, number>>): ChoicePart<W> =>
  new ChoicePart({ kind: "choice", form: "int", bytes: 1, order: "le", codes, boolean: false });

/** One byte: 0 is false, 1 is true, anything else is unknown. */
export const yesNo: ChoicePart<boolean> = new ChoicePart({
  kind: "choice",
  form: "int",
  bytes: 1,
  order: "le",
  codes: { false: 0, true: 1 },
  boolean: true,
});

interface Slice<C extends Readonly<Record<string, number>> = Readonly<Record<string, number>>> {
  readonly from: number;
  readonly width: number;
  readonly codes?: C;
  /** A yes/no quantity: any code but 0 is yes. */
  readonly quantity?: FlagQuantity;
}
interface FlagBit {
  readonly bit: number;
  readonly quantity?: FlagQuantity;
  readonly instance?: string;
}
/** Bits that are a number in a unit; `of` gives scale or formula, unit and quantity, its own width does not count. */
interface NumberSlice {
  readonly from: number;
  readonly width: number;
  readonly of: NumberPart<number> | FormulaPart<number> | FormulaPart<number | undefined>;
}
/** A bit number, a bit with its quantity, or several bits that are a number or a word. */
export type BitDeclaration = number | FlagBit | Slice | NumberSlice;
type BitValue<B> = B extends { readonly codes: infer C }
  ? keyof C & string
  : B extends { readonly of: Part<infer Out> }
    ? Out
    : B extends Slice
      ? number
      : boolean;
type BitsValue<B> = { -readonly [K in keyof B]: BitValue<B[K]> };
type FlagKeys<B> = { [K in keyof B]: BitValue<B[K]> extends boolean ? K : never }[keyof B];

export class BitsPart<Out, In = Out> implements Part<Out, In> {
  readonly spec: BitsSpec;
  declare readonly types?: { readonly out: Out; readonly in: In };

  constructor(spec: BitsSpec) {
    this.spec = spec;
  }

  /** Two bytes on the wire instead of one. */
  wide(order: "le" | "be"): BitsPart<Out, In> {
    return new BitsPart({ ...this.spec, bytes: 2, order });
  }

  /** The wire value that means that none of the bits is known. */
  absent(code: number): BitsPart<Out | undefined, In | undefined> {
    return new BitsPart({ ...this.spec, absent: code });
  }
}

function bitSpec(declared: BitDeclaration): BitSpec {
  if (typeof declared === "number") return { from: declared, width: 1, flag: true };
  if ("bit" in declared) {
    const { bit, quantity, ...options } = declared;
    const flag = { from: bit, width: 1, flag: true };
    return quantity === undefined ? flag : { ...flag, quantity: quantitySpec(quantity, options) };
  }
  if ("of" in declared) {
    const { from, width, of } = declared;
    const slice = { from, width, flag: false };
    return of.spec.kind === "formula" ? { ...slice, formula: of.spec } : { ...slice, number: of.spec };
  }
  const { quantity, ...slice } = declared;
  return { ...slice, flag: false, ...(quantity === undefined ? {} : { quantity: quantitySpec(quantity) }) };
}

const bitsSpec = (bits: Readonly<Record<string, BitDeclaration>>, omittedIsFalse: boolean): BitsSpec => ({
  kind: "bits",
  bytes: 1,
  order: "le",
  bits: Object.entries(bits).map(([name, declared]) => [name, bitSpec(declared)] as const),
  omittedIsFalse,
});

/** Named bits of one byte (`wide`: two). Bits set without a name are warned about when read, and written as 0. */
export const bits = <const B extends Readonly<Record<string, BitDeclaration>>>(declared: B): BitsPart<BitsValue<B>> =>
  new BitsPart(bitsSpec(declared, false));

/** As `bits`, for commands: a flag that is not given is false. */
export const wishes = <const B extends Readonly<Record<string, BitDeclaration>>>(
  declared: B,
): BitsPart<BitsValue<B>, Partial<Pick<BitsValue<B>, FlagKeys<B>>> & Omit<BitsValue<B>, FlagKeys<B>>> =>
  new BitsPart(bitsSpec(declared, true));

const text = (form: TextSpec["form"], length: number | "rest", reversed = false): Part<string> => ({
  spec: { kind: "text", form, length, reversed },
});

/** Printable ASCII of a fixed length. */
export const ascii = (length: number): Part<string> => text("ascii", length);
/** Bytes as lower-case hexadecimal digits, in the order of the wire; `"rest"` takes all that is left. */
export const hex = (length: number | "rest"): Part<string> => text("hex", length);
/** A number that is an identifier: hexadecimal digits in reading order, least significant byte first on the wire. */
export const hexLe = (length: number): Part<string> => text("hex", length, true);
/** A version, one byte a number: `1.1.5`. */
export const dotted = (length: number): Part<string> => text("dotted", length);

/** Bytes that are always so; a frame where they differ is of another kind. */
export const constant = (...bytes: readonly number[]): Part<Hidden> => ({
  spec: { kind: "constant", bytes } satisfies ConstantSpec,
});

/** Characters that are always so. */
export const literal = (characters: string): Part<Hidden> =>
  constant(...[...characters].map((character) => character.charCodeAt(0)));

/** CRC-16/MODBUS over all bytes before it. */
export const crc16 = (order: "le" | "be"): Part<Hidden> => ({ spec: { kind: "crc16", order } satisfies CrcSpec });

interface Formula {
  readonly value: (wire: number) => number;
  readonly toWire: (value: number) => number;
  readonly unit?: string;
  /** Both ends included. */
  readonly range?: readonly [number, number];
  readonly quantity?: NumericQuantity;
  readonly instance?: string;
  readonly digits?: number;
}

interface FormulaPart<Out, In = Out> extends Part<Out, In> {
  readonly spec: FormulaSpec;
}

/** The one escape, for a number that no fraction describes (a logarithm). `wire` gives width, order and sentinel. */
export function formula<Out, In>(wire: NumberPart<Out, In>, declared: Formula): FormulaPart<Out, In> {
  const { value, toWire, unit, range, quantity, ...options } = declared;
  const spec: FormulaSpec = {
    kind: "formula",
    wire: wire.spec,
    value,
    toWire,
    ...(unit === undefined ? {} : { unit }),
    ...(range === undefined ? {} : { min: range[0], max: range[1] }),
    ...(quantity === undefined ? {} : { quantity: quantitySpec(quantity, options) }),
  };
  return { spec };
}
