/**
 * A declaration as plain data. The builders make it, `check.ts` refuses what contradicts itself, `compile/` makes a reader and a
 * writer of it, `shape.ts` describes it. Nothing else knows what a field is, so one change here changes both directions at once.
 */

/** `digits`: significant digits of the measurement, where the device's formula gives more than its sensor can know. */
export interface QuantitySpec {
  readonly name: string;
  readonly instance?: string;
  readonly digits?: number;
}

/** A number: wire integer `w` (or float) means `w × times / per + plus` in `unit`. */
export interface NumberSpec {
  readonly kind: "number";
  /** `int`, `float` (IEEE 754 single), or `hexText`: upper-case hexadecimal digits in ASCII, `bytes` of them. */
  readonly form: "int" | "float" | "hexText";
  readonly bytes: 1 | 2 | 3 | 4;
  readonly signed: boolean;
  readonly order: "le" | "be";
  readonly times: number;
  readonly per: number;
  readonly plus: number;
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  /** Wire value that means "no value". */
  readonly absent?: number;
  /** Wire values that are words, not numbers: `{ release: 0xff }`. */
  readonly words?: Readonly<Record<string, number>>;
  readonly quantity?: QuantitySpec;
  /** A yes/no quantity: true when the value is above. */
  readonly truth?: { readonly quantity: QuantitySpec; readonly above: number };
  /** The device's clock: seconds since this moment (ms since 1970). */
  readonly clock?: { readonly epoch: number };
  readonly default?: number | string;
}

/** A code that stands for a word, or for true and false. */
export interface ChoiceSpec {
  readonly kind: "choice";
  /** As for a number: a code may be two hexadecimal digits in ASCII. */
  readonly form: "int" | "hexText";
  readonly bytes: 1 | 2;
  readonly order: "le" | "be";
  readonly codes: Readonly<Record<string, number>>;
  /** The words are `false` and `true` and the value is a boolean. */
  readonly boolean: boolean;
  readonly absent?: number;
  readonly quantity?: QuantitySpec;
  /** For a yes/no quantity: the word that is yes. */
  readonly yes?: string;
  readonly default?: string | boolean;
}

export interface BitSpec {
  readonly from: number;
  readonly width: number;
  /** Without codes one bit is a boolean and several are a number. */
  readonly codes?: Readonly<Record<string, number>>;
  readonly flag: boolean;
  readonly quantity?: QuantitySpec;
  /** The bits are a number in a unit: scale, unit and quantity are those of this number, its width is not. */
  readonly number?: NumberSpec;
  /** As `number`, where no fraction says it. */
  readonly formula?: FormulaSpec;
}

export interface BitsSpec {
  readonly kind: "bits";
  readonly bytes: 1 | 2;
  readonly order: "le" | "be";
  readonly bits: readonly (readonly [name: string, bit: BitSpec])[];
  readonly absent?: number;
  /** A flag that is not given is written as 0. */
  readonly omittedIsFalse: boolean;
}

export interface TextSpec {
  readonly kind: "text";
  /** `ascii`: printable characters; `hex`: two digits a byte; `dotted`: `1.1.5`. */
  readonly form: "ascii" | "hex" | "dotted";
  /** Bytes; `"rest"` takes all that is left. */
  readonly length: number | "rest";
  /** `hex` only: the digits in reading order although the wire is little-endian. */
  readonly reversed: boolean;
  readonly default?: string;
}

/** Bytes that are always the same; not part of the value. */
export interface ConstantSpec {
  readonly kind: "constant";
  readonly bytes: readonly number[];
}

/** One byte that says how many items a list further on in the record has; not part of the value. */
export interface CountSpec {
  readonly kind: "count";
  /** Name of the list. */
  readonly of: string;
}

/** CRC-16/MODBUS over everything before it, not part of the value. */
export interface CrcSpec {
  readonly kind: "crc16";
  readonly order: "le" | "be";
}

export interface RecordEntry {
  readonly name: string;
  readonly spec: Spec;
  /** The entry's own fields stand beside the record's, not under its name. */
  readonly inline: boolean;
}

export interface RecordSpec {
  readonly kind: "record";
  readonly entries: readonly RecordEntry[];
}

/** A mask of which fields follow, in the order of their bits. */
export interface MaskedSpec {
  readonly kind: "masked";
  readonly bytes: 1 | 2;
  readonly order: "le" | "be";
  readonly fields: readonly { readonly name: string; readonly bit: number; readonly spec: Spec }[];
}

/** Type-length-value without length: a key of one or two bytes says what follows. */
export interface ChannelsSpec {
  readonly kind: "channels";
  readonly keyBytes: 1 | 2;
  readonly channels: readonly { readonly name: string; readonly key: number; readonly spec: Spec }[];
}

/** A part that carries its own length in one byte before it. */
export interface SizedSpec {
  readonly kind: "sized";
  readonly of: Spec;
}

export interface ListSpec {
  readonly kind: "list";
  readonly of: Spec;
  /** Number of items, `"rest"` (until the end), `"counted"` (one byte before them) or `"announced"` (by a `CountSpec`). */
  readonly count: number | "rest" | "counted" | "announced";
  /** Fewest items, where fewer would be another layout. */
  readonly least?: number;
  readonly instances?: { readonly field: string; readonly whole: readonly string[] };
  /** Field of an item that holds its time: the items' measurements are history. */
  readonly historyBy?: string;
}

/** First bytes that say which of several records follows. */
export interface CasesSpec {
  readonly kind: "cases";
  /** Name of the field that says which. */
  readonly by: string;
  readonly cases: readonly { readonly name: string; readonly begins: readonly number[]; readonly of: RecordSpec }[];
}

/** A record whose past is a total at a time, then differences at equal steps. */
export interface SeriesSpec {
  readonly kind: "series";
  readonly of: RecordSpec;
  readonly at: string;
  readonly start: string;
  readonly deltas: string;
  readonly everySeconds: number;
  readonly unit: string;
  readonly total: QuantitySpec;
  readonly delta: QuantitySpec;
}

/** The last bytes of a frame, there only when a flag further up says so: what is before them may read until their beginning. */
export interface EndingSpec {
  readonly kind: "ending";
  /** Name of the flag, a field of the same record. */
  readonly flag: string;
  readonly of: NumberSpec;
}

/** A record that speaks of one part of the device, named in it. */
export interface PartOfSpec {
  readonly kind: "partOf";
  readonly of: RecordSpec;
  /** Field that names the part. */
  readonly by: string;
  /** The part whose measurements have the plain name; those of all others are `name@part`. */
  readonly plain: string;
}

/** A record with differences at equal steps, oldest first, of which the last ended when the frame was sent. */
export interface RecentSpec {
  readonly kind: "recent";
  readonly of: RecordSpec;
  /** Field with the length of a step, in minutes. */
  readonly stepMinutes: string;
  readonly deltas: string;
  readonly delta: QuantitySpec;
}

/** A number that no fraction describes. Functions must be each other's inverse on every wire value; the laws test it. */
export interface FormulaSpec {
  readonly kind: "formula";
  readonly wire: NumberSpec;
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  readonly quantity?: QuantitySpec;
  /** Value of a wire number. */
  readonly value: (wire: number) => number;
  /** Wire number nearest to a value. */
  readonly toWire: (value: number) => number;
}

export type Spec =
  | NumberSpec
  | ChoiceSpec
  | BitsSpec
  | TextSpec
  | ConstantSpec
  | CountSpec
  | CrcSpec
  | RecordSpec
  | MaskedSpec
  | ChannelsSpec
  | SizedSpec
  | ListSpec
  | CasesSpec
  | SeriesSpec
  | EndingSpec
  | PartOfSpec
  | RecentSpec
  | FormulaSpec;

/** Parts that take bytes but give no value. */
export const isHidden = (spec: Spec): boolean =>
  spec.kind === "constant" || spec.kind === "count" || spec.kind === "crc16";

/** Parts that read until the end, so that nothing can follow. */
export function isGreedy(spec: Spec): boolean {
  switch (spec.kind) {
    case "channels":
      return true;
    case "text":
      return spec.length === "rest";
    case "list":
      return spec.count === "rest" || isGreedy(spec.of);
    case "record":
      return spec.entries.some((entry) => isGreedy(entry.spec));
    case "masked":
      return spec.fields.some((field) => isGreedy(field.spec));
    case "series":
    case "partOf":
    case "recent":
      return isGreedy(spec.of);
    case "cases":
      return spec.cases.some((one) => isGreedy(one.of));
    default:
      return false;
  }
}
