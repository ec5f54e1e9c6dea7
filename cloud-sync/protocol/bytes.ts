/** Binary rows: little-endian, varints of seven bits a byte, numbers up to 2^53 without BigInt. */

const SMALL = 0x80;
/** Characters of a short text; below SMALL, so that its length is one byte. */
const SHORT = 40;

/** Integers below 2^52 in size to non-negative ones, small ones staying small. */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
export const unzigzag = (coded: number): number => (coded % 2 === 1 ? -(coded + 1) / 2 : coded / 2);

export class ByteWriter {
  private buffer: Buffer;
  private view: DataView;
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, capacity);
  }

  /** A view of what was written; valid until the writer is used again. */
  written(from = 0): Buffer {
    return this.buffer.subarray(from, this.length);
  }

  /** What was written, from 0 to before `length`, and room behind it; valid as `written` is. */
  get bytesWritten(): Uint8Array {
    return this.buffer;
  }

  private reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
    this.view = new DataView(larger.buffer, larger.byteOffset, larger.length);
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** A non-negative safe integer. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    // Beyond 32 bits, shifts would cut it.
    while (rest > 0x7fff_ffff) {
      this.buffer[this.length++] = (rest % SMALL) + SMALL;
      rest = Math.floor(rest / SMALL);
    }
    while (rest >= SMALL) {
      this.buffer[this.length++] = (rest & (SMALL - 1)) | SMALL;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  zigzag(value: number): void {
    this.varint(zigzag(value));
  }

  f64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Over what was written there. */
  u8At(place: number, value: number): void {
    this.buffer[place] = value;
  }

  /** Over what was written there. */
  f64At(place: number, value: number): void {
    this.view.setFloat64(place, value, true);
  }

  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length <= SHORT) this.slice(bytes, 0, length);
    else {
      this.reserve(length);
      this.buffer.set(bytes, this.length);
      this.length += length;
    }
  }

  /** `bytes` from `from` to before `to`. */
  slice(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.reserve(length);
    // As with short texts: a loop is faster than a call out of JavaScript.
    if (length <= SHORT)
      for (let index = 0; index < length; index++) this.buffer[this.length + index] = bytes[from + index]!;
    else this.buffer.set(bytes.subarray(from, to), this.length);
    this.length += length;
  }

  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** UTF-8 with its length in bytes. The text must be well-formed. */
  text(text: string): void {
    const { length } = text;
    this.reserve(length * 3 + 8);
    if (length <= SHORT && this.ascii(text)) return;
    this.varint(Buffer.byteLength(text));
    this.length += this.buffer.write(text, this.length, "utf8");
  }

  /** Most texts are short names: a loop here is several times as fast as a call out of JavaScript. */
  private ascii(text: string): boolean {
    const { buffer } = this;
    let at = this.length + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= SMALL) return false;
      buffer[at++] = code;
    }
    buffer[this.length] = text.length;
    this.length = at;
    return true;
  }

  /** Bytes that are kept as a latin-1 text, without a length. */
  latin1(text: string): void {
    this.reserve(text.length);
    for (let index = 0; index < text.length; index++) this.buffer[this.length++] = text.charCodeAt(index);
  }
}

const NOTHING = Buffer.alloc(0);

export class ByteReader {
  private buffer: Buffer = NOTHING;
  private end = 0;
  private at = 0;

  constructor(bytes: Uint8Array = NOTHING, from = 0, to = bytes.length) {
    this.begin(bytes, from, to);
  }

  /** Reads bytes [from, to). */
  begin(bytes: Uint8Array, from: number, to: number): void {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = from;
    this.end = to;
  }

  get remaining(): number {
    return this.end - this.at;
  }

  /** Of the next byte, among all that were given. */
  get position(): number {
    return this.at;
  }

  /** Passes over so many, and says where they begin. */
  skip(bytes: number): number {
    const from = this.at;
    if (!(bytes <= this.end - from)) throw new RangeError("the bytes end too soon");
    this.at = from + bytes;
    return from;
  }

  u8(): number {
    return this.buffer[this.skip(1)]!;
  }

  u32(): number {
    return this.buffer.readUInt32LE(this.skip(4));
  }

  varint(): number {
    let value = this.u8();
    if (value < SMALL) return value;
    value -= SMALL;
    for (let weight = SMALL; ; weight *= SMALL) {
      const byte = this.u8();
      value += (byte % SMALL) * weight;
      if (byte < SMALL) break;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError("a number is too large");
    return value;
  }

  zigzag(): number {
    return unzigzag(this.varint());
  }

  f64(): number {
    return this.buffer.readDoubleLE(this.skip(8));
  }

  /** A copy, so that it may outlive the row. */
  bytes(): Uint8Array {
    const length = this.varint();
    const from = this.skip(length);
    const copy = new Uint8Array(length);
    // As with what is written: a loop is faster than a call out of JavaScript.
    if (length <= SHORT) for (let index = 0; index < length; index++) copy[index] = this.buffer[from + index]!;
    else copy.set(this.buffer.subarray(from, from + length));
    return copy;
  }

  text(): string {
    const length = this.varint();
    const from = this.skip(length);
    return this.buffer.toString("utf8", from, from + length);
  }

  rest(): string {
    const from = this.skip(this.remaining);
    return this.buffer.toString("utf8", from, this.end);
  }
}
