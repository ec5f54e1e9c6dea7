/**
 * A protobuf message that is nothing but columns, read into typed arrays (protobuf.dev/programming-guides/encoding): the library makes
 * a list of each column, and a BigInt of every number of 64 bits. Bytes come from a peer: whatever they are, work and memory are
 * bounded by their length. What is not protobuf throws a `RangeError`.
 */
import { type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { unzigzag } from "./bytes.ts";
import { WireError } from "./faults.ts";

/** Lists of numbers and truths (1 and 0) as numbers; an absent list is empty, an absent message undefined. */
export type Columns<M> = {
  readonly [K in Exclude<keyof M, "$typeName" | "$unknown">]: M[K] extends string[] | Uint8Array
    ? M[K]
    : M[K] extends readonly unknown[]
      ? Float64Array
      : Columns<NonNullable<M[K]>> | undefined;
};

const VARINT = 0;
const FIXED_64 = 1;
/** How texts, messages and packed lists are written. */
export const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const F64_BYTES = 8;
const F32_BYTES = 4;
const VARINT_BYTES_MAX = 10;
const UINT_32_MAX = 0xffff_ffff;
const EXACT_MAX = 2 ** 53;
/** Who writes protobuf of this version packs its lists, so a field is one piece. */
const PIECES_MAX = 1_000;

/** From here to before there. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Where a field stands: with its number from `whole` on, its content from `from` to before `to`. */
export interface Part extends Stretch {
  readonly number: number;
  readonly type: number;
  readonly whole: number;
}

class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** Up to 2^70; beyond 2^53 it is not exact. */
  varint(): number {
    const { bytes, end } = this;
    let [value, weight] = [0, 1];
    for (const last = this.at + VARINT_BYTES_MAX; this.at < end && this.at < last; weight *= 0x80) {
      const byte = bytes[this.at++]!;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number does not end");
  }

  part(): Part {
    const whole = this.at;
    const key = this.varint();
    const type = key % 8;
    const length = type === LENGTH_DELIMITED ? this.varint() : type === FIXED_64 ? F64_BYTES : F32_BYTES;
    const from = this.at;
    if (type === VARINT) this.varint();
    else if (type === LENGTH_DELIMITED || type === FIXED_64 || type === FIXED_32) this.at += length;
    else throw new RangeError(`a field of type ${type}`);
    if (this.at > this.end) throw new RangeError("the bytes end within a field");
    return { number: Math.floor(key / 8), type, whole, from, to: this.at };
  }
}

/** All fields, in order. */
export function* partsOf(bytes: Uint8Array): Generator<Part> {
  const cursor = new Cursor(bytes);
  while (cursor.at < cursor.end) yield cursor.part();
}

/** Where a message stands. */
export function asMessage(part: Part): Stretch {
  if (part.type !== LENGTH_DELIMITED) throw new RangeError(`message ${part.number} of type ${part.type}`);
  return part;
}

/** The bytes of these stretches: of a field that comes in pieces, as protobuf allows, or of several fields. */
export function joined(bytes: Uint8Array, stretches: readonly Stretch[]): Uint8Array {
  if (stretches.length > PIECES_MAX) throw new RangeError(`a field in ${stretches.length} pieces`);
  const pieces = stretches.map(({ from, to }) => bytes.subarray(from, to));
  return pieces.length === 1 ? pieces[0]! : new Uint8Array(Buffer.concat(pieces));
}

function checkedVarint(coded: number, scalar: ScalarType): number {
  if (scalar === ScalarType.BOOL) return coded === 0 ? 0 : 1;
  if (scalar === ScalarType.SINT64) {
    if (coded > EXACT_MAX) throw new WireError("inconsistent", "a number is larger than 2^52");
    return unzigzag(coded);
  }
  if (coded > UINT_32_MAX) throw new RangeError("a number of more than 32 bits");
  return scalar === ScalarType.SINT32 ? (coded >>> 1) ^ -(coded & 1) : coded;
}

function varintsOf(bytes: Uint8Array, scalar: ScalarType): Float64Array {
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! < 0x80) count++;
  const values = new Float64Array(count);
  const cursor = new Cursor(bytes);
  for (let index = 0; index < count; index++) values[index] = checkedVarint(cursor.varint(), scalar);
  if (cursor.at < cursor.end) throw new RangeError("a number does not end");
  return values;
}

function doublesOf(bytes: Uint8Array): Float64Array {
  if (bytes.length % F64_BYTES !== 0) throw new RangeError("a number does not end");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / F64_BYTES }, (_, index) =>
    view.getFloat64(index * F64_BYTES, true),
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A list may be packed or not; either way its items follow each other. */
function readField(field: DescField, bytes: Uint8Array, parts: readonly Part[]): unknown {
  if (field.fieldKind === "message") {
    if (parts.length === 0) return undefined;
    return readColumns(field.message, joined(bytes, parts));
  }
  if (field.fieldKind === "scalar" && field.scalar === ScalarType.BYTES)
    return parts.length === 0 ? new Uint8Array() : bytes.subarray(parts.at(-1)!.from, parts.at(-1)!.to);
  if (field.fieldKind !== "list" || field.listKind !== "scalar") throw new TypeError(`${field.name} is no column`);
  if (field.scalar === ScalarType.STRING) return parts.map(({ from, to }) => utf8.decode(bytes.subarray(from, to)));
  const content = joined(bytes, parts);
  return field.scalar === ScalarType.DOUBLE ? doublesOf(content) : varintsOf(content, field.scalar);
}

const isNumberList = (field: DescField): boolean =>
  field.fieldKind === "list" && field.listKind === "scalar" && field.scalar !== ScalarType.STRING;

/** Fields that the schema does not know are passed over. */
export function readColumns<D extends DescMessage>(schema: D, bytes: Uint8Array): Columns<MessageShape<D>> {
  const byNumber = new Map<number, Part[]>(schema.fields.map(({ number }) => [number, []]));
  for (const part of partsOf(bytes)) byNumber.get(part.number)?.push(part);
  const read = schema.fields.map((field) => {
    const parts = byNumber.get(field.number)!;
    const single = isNumberList(field) && field.scalar === ScalarType.DOUBLE ? FIXED_64 : VARINT;
    for (const { type } of parts)
      if (type !== LENGTH_DELIMITED && !(isNumberList(field) && type === single))
        throw new RangeError(`${field.name} of type ${type}`);
    return [field.localName, readField(field, bytes, parts)];
  });
  return Object.fromEntries(read) as Columns<MessageShape<D>>;
}
