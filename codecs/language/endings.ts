/** Layouts that need more of their frame than their own bytes: what ends it, whom it speaks of, how old its values are. */
import type { NumericQuantity } from "../vocabulary.ts";
import { recordSpec } from "./layouts.ts";
import { type NumberPart, quantitySpec } from "./numbers.ts";
import type { Fields, Part, RecordIn, RecordOut } from "./part.ts";

/** The last field of a record: a number that is there only when the record's flag `flag` is true. A list before it ends where it begins. */
export const ending = <Out, In>(flag: string, part: NumberPart<Out, In>): Part<Out | undefined, In | undefined> => ({
  spec: { kind: "ending", flag, of: part.spec },
});

/** A record that speaks of the part of the device that `by` names: but for the part `plain`, it measures `name@part`. */
export const partOf = <const F extends Fields>(
  by: keyof F & string,
  plain: string,
  fields: F,
): Part<RecordOut<F>, RecordIn<F>> => ({ spec: { kind: "partOf", of: recordSpec(fields), by, plain } });

interface Recent<K> {
  /** Field with the length of a step, in minutes. */
  readonly stepMinutes: K;
  /** Field with the list of differences, oldest first; the last ended when the frame was sent. */
  readonly deltas: K;
  readonly delta: NumericQuantity;
}

/** A record that also tells what was counted in each of the last steps; it carries no clock, so their age is counted from its sending. */
export const recent = <const F extends Fields>(
  fields: F,
  past: Recent<keyof F & string>,
): Part<RecordOut<F>, RecordIn<F>> => ({
  spec: { kind: "recent", of: recordSpec(fields), ...past, delta: quantitySpec(past.delta) },
});
