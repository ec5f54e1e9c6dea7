/**
 * Fields of a protobuf message as bytes (protobuf.dev/programming-guides/encoding), from columns: the library wants a list of each,
 * and a BigInt for every number beyond 32 bits.
 */
import { ByteWriter } from "./bytes.ts";
import { NumbersSchema } from "./generated/batch_pb.ts";
import { LENGTH_DELIMITED } from "./wire-read.ts";

/** What a generated schema says of a field. */
interface Field {
  readonly number: number;
}

const packed = new ByteWriter(65_536);
const numbers = new ByteWriter(65_536);

/** A field of bytes: texts, messages and packed lists are such. */
export function writeBytes(out: ByteWriter, { number }: Field, bytes: Uint8Array): void {
  out.varint(number * 8 + LENGTH_DELIMITED);
  out.bytes(bytes);
}

/** Protobuf leaves out what is empty. */
export function writeFilled(out: ByteWriter, field: Field, bytes: Uint8Array): void {
  if (bytes.length > 0) writeBytes(out, field, bytes);
}

/** A list of counts and indices: none is negative. */
export function writeCounts(out: ByteWriter, field: Field, counts: ArrayLike<number>, length = counts.length): void {
  packed.length = 0;
  for (let index = 0; index < length; index++) packed.varint(counts[index]!);
  writeFilled(out, field, packed.written());
}

export function writeTruths(out: ByteWriter, field: Field, truths: readonly boolean[]): void {
  packed.length = 0;
  for (const truth of truths) packed.u8(truth ? 1 : 0);
  writeFilled(out, field, packed.written());
}

export function writeTexts(out: ByteWriter, field: Field, texts: readonly string[]): void {
  for (const text of texts) writeBytes(out, field, Buffer.from(text));
}

const isSmall = (value: number): boolean => (value | 0) === value;

/** Whether all fit 32 bits. */
export function areSmall(values: ArrayLike<number>, length: number): boolean {
  for (let index = 0; index < length; index++) if (!isSmall(values[index]!)) return false;
  return true;
}

/** A list of whole numbers as a message `Numbers`; the message is there even where the list is empty. */
export function writeNumbers(out: ByteWriter, field: Field, values: ArrayLike<number>, length = values.length): void {
  packed.length = 0;
  for (let index = 0; index < length; index++) packed.zigzag(values[index]!);
  numbers.length = 0;
  writeFilled(numbers, NumbersSchema.field[areSmall(values, length) ? "small" : "large"], packed.written());
  writeBytes(out, field, numbers.written());
}
