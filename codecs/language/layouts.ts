import { DeclarationError } from "../faults.ts";
import type { NumericQuantity } from "../vocabulary.ts";
import { quantitySpec } from "./numbers.ts";
import type { Fields, Flat, Hidden, InlinePart, InOf, OutOf, Part, RecordIn, RecordOut } from "./part.ts";
import type { ListSpec, RecordSpec } from "./spec.ts";

const isInline = (part: Part<unknown, unknown>): boolean => "inline" in part && part.inline === true;

export const recordSpec = (fields: Fields): RecordSpec => ({
  kind: "record",
  entries: Object.entries(fields).map(([name, part]) => ({ name, spec: part.spec, inline: isInline(part) })),
});

/** Fields one after the other, in the order they are written here. */
export const record = <const F extends Fields>(fields: F): Part<RecordOut<F>, RecordIn<F>> => ({
  spec: recordSpec(fields),
});

/** The fields of a record, of bits or of channels, placed beside the others of the record around them. */
export const inline = <Out, In>(part: Part<Out, In>): InlinePart<Out, In> => ({ spec: part.spec, inline: true });

interface Channel<Out, In> {
  readonly key: readonly number[];
  readonly part: Part<Out, In>;
}
type AnyChannels = Readonly<Record<string, Channel<unknown, unknown>>>;
type ChannelsOut<C extends AnyChannels> = Flat<{ -readonly [K in keyof C]?: OutOf<C[K]["part"]> }>;
type ChannelsIn<C extends AnyChannels> = Flat<{ -readonly [K in keyof C]?: InOf<C[K]["part"]> }>;

/** `channel(0x01, 0x75, u8)`: two key bytes (channel, type); `channel(0x05, u8)`: one. */
export function channel<Out, In>(id: number, part: Part<Out, In>): Channel<Out, In>;
export function channel<Out, In>(id: number, type: number, part: Part<Out, In>): Channel<Out, In>;
export function channel<Out, In>(id: number, second: number | Part<Out, In>, third?: Part<Out, In>): Channel<Out, In> {
  if (typeof second !== "number") return { key: [id], part: second };
  if (third === undefined) throw new DeclarationError("channel", "a channel needs a part");
  return { key: [id, second], part: third };
}

/** Any of these, in any order, until the frame ends. The order of the keys of a value is the order on the wire. */
export function channels<const C extends AnyChannels>(declared: C): Part<ChannelsOut<C>, ChannelsIn<C>> {
  const entries = Object.entries(declared);
  const keyBytes = entries[0]?.[1].key.length === 2 ? 2 : 1;
  const odd = entries.find(([, one]) => one.key.length !== keyBytes);
  if (odd) throw new DeclarationError(odd[0], "all channels of a layout have keys of the same length");
  return {
    spec: {
      kind: "channels",
      keyBytes,
      channels: entries.map(([name, one]) => ({
        name,
        key: one.key.reduce((key, byte) => key * 256 + byte, 0),
        spec: one.part.spec,
      })),
    },
  };
}

/** A group or other part that has one byte of length before it. */
export const sized = <Out, In>(part: Part<Out, In>): Part<Out, In> => ({ spec: { kind: "sized", of: part.spec } });

interface MaskedField {
  readonly bit: number;
  readonly part: Part<unknown, unknown>;
}
type MaskedOut<M extends Readonly<Record<string, MaskedField>>> = Flat<{
  -readonly [K in keyof M]?: Exclude<OutOf<M[K]["part"]>, undefined>;
}>;

/** A byte whose bits say which of these follow, in the order of the bits. */
export const masked = <const M extends Readonly<Record<string, MaskedField>>>(
  declared: M,
  wide?: { readonly bytes: 2; readonly order: "le" | "be" },
): Part<MaskedOut<M>> => ({
  spec: {
    kind: "masked",
    bytes: wide?.bytes ?? 1,
    order: wide?.order ?? "le",
    fields: Object.entries(declared)
      .map(([name, { bit, part }]) => ({ name, bit, spec: part.spec }))
      .sort((a, b) => a.bit - b.bit),
  },
});

interface BlockOptions {
  /** Blocks to read; without it, until the end. `"counted"`: one byte before them; `"announced"`: by `countOf` further up. */
  readonly count?: number | "counted" | "announced";
  /** Fewest blocks, where fewer would be another layout. */
  readonly least?: number;
  /**
   * Each block speaks of the part of the device that `field` names. Measurements of `whole` parts have the plain name; those of
   * a part alone in its frame too, where no whole part gave them; all others are `name@part`.
   */
  readonly instances?: { readonly field: string; readonly whole: readonly string[] };
  /** The blocks are older readings; this field of a block is its clock. */
  readonly historyBy?: string;
}

const listSpec = (part: Part<unknown, unknown>, { count, ...rest }: BlockOptions): ListSpec => ({
  kind: "list",
  of: part.spec,
  count: count ?? "rest",
  ...rest,
});

/** The same record again and again. */
export const blocks = <Out, In>(part: Part<Out, In>, options: BlockOptions = {}): Part<Out[], readonly In[]> => ({
  spec: listSpec(part, options),
});

/** One byte with the number of blocks of the list `name`, which stands further on and is `announced`. */
export const countOf = (name: string): Part<Hidden> => ({ spec: { kind: "count", of: name } });

/** A fixed number of values of one kind. */
export const list = <Out, In>(part: Part<Out, In>, count: number): Part<Out[], readonly In[]> => ({
  spec: listSpec(part, { count }),
});

interface Case {
  /** The byte, or bytes, by which the kind is known. */
  readonly code: number | readonly number[];
  readonly fields: Fields;
}
type CasesOut<By extends string, C extends Readonly<Record<string, Case>>> = {
  [K in keyof C & string]: Flat<{ [B in By]: K } & RecordOut<C[K]["fields"]>>;
}[keyof C & string];
type CasesIn<By extends string, C extends Readonly<Record<string, Case>>> = {
  [K in keyof C & string]: Flat<{ [B in By]: K } & RecordIn<C[K]["fields"]>>;
}[keyof C & string];

/** First bytes that say which record follows; its name stands in the field `by`. */
export const cases = <const By extends string, const C extends Readonly<Record<string, Case>>>(
  by: By,
  declared: C,
): Part<CasesOut<By, C>, CasesIn<By, C>> => ({
  spec: {
    kind: "cases",
    by,
    cases: Object.entries(declared).map(([name, { code, fields }]) => ({
      name,
      begins: typeof code === "number" ? [code] : code,
      of: recordSpec(fields),
    })),
  },
});

interface Series<K> {
  /** Field with the clock of the first total (seconds, `clock()`). */
  readonly at: K;
  /** Field with the first total. */
  readonly start: K;
  /** Field with the list of differences, one a step. */
  readonly deltas: K;
  readonly everySeconds: number;
  /** UCUM unit of start and differences. */
  readonly unit: string;
  readonly total: NumericQuantity;
  readonly delta: NumericQuantity;
}

/** A record that also tells its past: a total at a time, then what was added in each step. Gives history, oldest first. */
export const series = <const F extends Fields>(
  fields: F,
  past: Series<keyof F & string>,
): Part<RecordOut<F>, RecordIn<F>> => ({
  spec: {
    kind: "series",
    of: recordSpec(fields),
    ...past,
    total: quantitySpec(past.total),
    delta: quantitySpec(past.delta),
  },
});
