import type { FlagQuantity, NumericQuantity } from "../vocabulary.ts";
import type { Part } from "./part.ts";
import type { NumberSpec, QuantitySpec } from "./spec.ts";

export interface QuantityOptions {
  /** `air.temperature@external`: which of several of its kind in one device. */
  readonly instance?: string;
  /** Significant digits, where the device's formula gives more than its sensor knows. */
  readonly digits?: number;
}

export const quantitySpec = (name: string, options: QuantityOptions = {}): QuantitySpec => ({ name, ...options });

/** A number on the wire. Each method returns a new part; what is not said is not there. */
export class NumberPart<Out, In = Out> implements Part<Out, In> {
  readonly spec: NumberSpec;
  declare readonly types?: { readonly out: Out; readonly in: In };

  constructor(spec: NumberSpec) {
    this.spec = spec;
  }

  #with<O = Out, I = In>(change: Partial<NumberSpec>): NumberPart<O, I> {
    return new NumberPart<O, I>({ ...this.spec, ...change });
  }

  /** The wire counts parts of a unit: `per(10)` means that 257 is 25.7. */
  per(per: number): NumberPart<Out, In> {
    return this.#with({ per });
  }

  /** One wire step is worth several units: `times(10)` means that 6 is 60; `times(-1)` that 50 is -50. */
  times(times: number): NumberPart<Out, In> {
    return this.#with({ times });
  }

  /** Wire zero is not zero: `plus(90)` means that 2 is 92. A whole number, in the unit. */
  plus(plus: number): NumberPart<Out, In> {
    return this.#with({ plus });
  }

  /** UCUM unit of the value. */
  unit(unit: string): NumberPart<Out, In> {
    return this.#with({ unit });
  }

  /** Both ends included, in the unit. Reading keeps what is outside and says so; writing refuses it. */
  range(min: number, max: number): NumberPart<Out, In> {
    return this.#with({ min, max });
  }

  /** The wire value that means "no value": read as a missing field with a warning, written for a missing field. */
  absent(code: number): NumberPart<Out | undefined, In | undefined> {
    return this.#with({ absent: code });
  }

  /** Wire values that are words: `or({ release: 0xff })`. */
  or<const W extends string>(words: Readonly<Record<W, number>>): NumberPart<Out | W, In | W> {
    return this.#with({ words });
  }

  /** Written when the field is not given. */
  default(value: Exclude<In, undefined> & (number | string)): NumberPart<Out, In | undefined> {
    return this.#with({ default: value });
  }

  /** The quantity of the vocabulary that this number measures. */
  quantity(name: NumericQuantity, options?: QuantityOptions): NumberPart<Out, In> {
    return this.#with({ quantity: quantitySpec(name, options) });
  }

  /** A yes/no quantity that is true when the value is above a limit: a count of movements above 0 is motion. */
  truth(name: FlagQuantity, above: number, options?: QuantityOptions): NumberPart<Out, In> {
    return this.#with({ truth: { quantity: quantitySpec(name, options), above } });
  }

  /** The device's own clock: seconds since `epoch`, ms since 1970 (the default, 0, is the Unix epoch). */
  clock(epoch = 0): NumberPart<Out, In> {
    return this.#with({ clock: { epoch }, unit: "s" });
  }
}

type Shape = Pick<NumberSpec, "bytes" | "signed"> & Partial<Pick<NumberSpec, "order" | "form">>;

const number = ({ order = "le", form = "int", ...shape }: Shape): NumberPart<number> =>
  new NumberPart({ kind: "number", form, order, times: 1, per: 1, plus: 0, ...shape });

export const u8 = number({ bytes: 1, signed: false });
export const i8 = number({ bytes: 1, signed: true });

const ordered = (order: "le" | "be") => ({
  u16: number({ bytes: 2, signed: false, order }),
  u24: number({ bytes: 3, signed: false, order }),
  u32: number({ bytes: 4, signed: false, order }),
  i16: number({ bytes: 2, signed: true, order }),
  i24: number({ bytes: 3, signed: true, order }),
  i32: number({ bytes: 4, signed: true, order }),
  /** IEEE 754 single; read as the shortest decimal that is this float. */
  f32: number({ bytes: 4, signed: true, order, form: "float" }),
});

/** Least significant byte first. */
export const le = ordered("le");
/** Most significant byte first. */
export const be = ordered("be");

/** A number as upper-case hexadecimal digits in ASCII, as configuration texts carry it. */
export const hexDigits = (digits: 1 | 2 | 3 | 4): NumberPart<number> =>
  number({ bytes: digits, signed: false, form: "hexText", order: "be" });
