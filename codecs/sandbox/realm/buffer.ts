/**
 * The `Buffer` that foreign codecs see: the part of Node's that published codecs use, written for the realm. The *source*
 * of these functions is evaluated inside QuickJS (see ../prelude.ts): they may use each other, text.ts and ECMAScript.
 */
import { bytesToText, textToBytes } from "./text.ts";

export type RealmBytes = Uint8Array;
export interface RealmBuffer {
  (value: unknown, encoding?: unknown, length?: unknown): RealmBytes;
  new (value: unknown, encoding?: unknown, length?: unknown): RealmBytes;
  readonly prototype: Record<string, unknown>;
  from(value: unknown, encoding?: unknown, length?: unknown): RealmBytes;
  alloc(size: unknown, fill?: unknown, encoding?: unknown): RealmBytes;
  concat(list: readonly Uint8Array[], total?: number): RealmBytes;
  compare(a: Uint8Array, b: Uint8Array): number;
  isBuffer(value: unknown): boolean;
  isEncoding(name: unknown): boolean;
  byteLength(value: unknown, encoding?: unknown): number;
}

export function makeBuffer(): RealmBuffer {
  // Callable with and without `new`, as old vendor code does both; a class could not be.
  function Buffer(value: unknown, encoding?: unknown, length?: unknown): RealmBytes {
    return typeof value === "number" ? Buffer.alloc(value) : Buffer.from(value, encoding, length);
  }
  Buffer.prototype = Object.create(Uint8Array.prototype, {
    constructor: { value: Buffer, writable: true, configurable: true },
  });
  const adopt = (bytes: Uint8Array): RealmBytes => Object.setPrototypeOf(bytes, Buffer.prototype);
  Buffer.from = (value: unknown, encoding?: unknown, length?: unknown): RealmBytes => {
    if (typeof value === "string") return adopt(new Uint8Array(textToBytes(value, encoding)));
    if (value instanceof ArrayBuffer) {
      return adopt(new Uint8Array(value, encoding as number | undefined, length as number | undefined));
    }
    if (typeof value !== "object" || value === null) {
      throw new TypeError("The first argument must be a string, an array, a Buffer or an ArrayBuffer");
    }
    const like = value as { type?: unknown; data?: unknown; length?: unknown };
    if (like.type === "Buffer" && like.length === undefined) return Buffer.from(like.data);
    return adopt(new Uint8Array(value as ArrayLike<number>));
  };
  Buffer.alloc = (size: unknown, fill?: unknown, encoding?: unknown): RealmBytes => {
    if (typeof size !== "number") throw new TypeError('The "size" argument must be of type number');
    const bytes = adopt(new Uint8Array(size));
    if (fill === undefined || fill === 0) return bytes;
    const pattern = typeof fill === "number" ? [fill] : Buffer.from(fill, encoding);
    for (let at = 0; pattern.length > 0 && at < bytes.length; at++) bytes[at] = pattern[at % pattern.length] ?? 0;
    return bytes;
  };
  Buffer.allocUnsafe = (size: unknown) => Buffer.alloc(size);
  Buffer.of = (...bytes: number[]) => Buffer.from(bytes);
  Buffer.concat = (list: readonly Uint8Array[], total?: number): RealmBytes => {
    const out = Buffer.alloc(total ?? list.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of list) {
      for (let i = 0; i < part.length && at < out.length; i++) out[at++] = part[i] ?? 0;
    }
    return out;
  };
  Buffer.compare = (a: Uint8Array, b: Uint8Array): number => {
    for (let at = 0; at < Math.min(a.length, b.length); at++) {
      if (a[at] !== b[at]) return (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
    }
    return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
  };
  Buffer.isBuffer = (value: unknown) => value instanceof Buffer;
  Buffer.isEncoding = (name: unknown) =>
    /^(utf-?8|hex|ascii|latin1|binary|base64|base64url|ucs-?2|utf-?16le)$/i.test(String(name));
  Buffer.byteLength = (value: unknown, encoding?: unknown) => Buffer.from(value, encoding).length;
  return Buffer as unknown as RealmBuffer;
}

/** Checked as Node checks: a whole offset whose bytes all lie inside, or a RangeError. */
export function bufferPlace(bytes: Uint8Array, offset: unknown, width: number): number {
  const at = offset === undefined ? 0 : Number(offset);
  if (at % 1 !== 0 || at < 0 || at + width > bytes.length) {
    throw new RangeError(`The value of "offset" is out of range. Received ${at}`);
  }
  return at;
}

/** readUInt8 … writeDoubleBE, with the `Uint` spellings beside `UInt`. */
export function addBufferNumbers({ prototype }: RealmBuffer): void {
  type View = Record<string, (at: number, ...rest: unknown[]) => unknown>;
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) as unknown as View;
  const kinds: readonly (readonly [string, string, number, number?, number?])[] = [
    ["UInt8", "Uint8", 1, 0, 0xff],
    ["Int8", "Int8", 1, -0x80, 0x7f],
    ["UInt16", "Uint16", 2, 0, 0xffff],
    ["Int16", "Int16", 2, -0x8000, 0x7fff],
    ["UInt32", "Uint32", 4, 0, 0xffffffff],
    ["Int32", "Int32", 4, -0x80000000, 0x7fffffff],
    ["Float", "Float32", 4],
    ["Double", "Float64", 8],
    ["BigUInt64", "BigUint64", 8],
    ["BigInt64", "BigInt64", 8],
  ];
  for (const [name, kind, width, low, high] of kinds) {
    for (const order of width === 1 ? [""] : ["LE", "BE"]) {
      const little = order === "LE";
      const read = function (this: Uint8Array, offset?: unknown) {
        return view(this)[`get${kind}`]?.(bufferPlace(this, offset, width), little);
      };
      const write = function (this: Uint8Array, value: unknown, offset?: unknown) {
        const at = bufferPlace(this, offset, width);
        if (low !== undefined && high !== undefined && (Number(value) < low || Number(value) > high)) {
          throw new RangeError(`The value of "value" is out of range. Received ${value}`);
        }
        view(this)[`set${kind}`]?.(at, value, little);
        return at + width;
      };
      for (const spelling of [name, name.replace("UInt", "Uint")]) {
        prototype[`read${spelling}${order}`] = read;
        prototype[`write${spelling}${order}`] = write;
      }
    }
  }
}

/** readUIntBE(offset, width) and its kin, widths 1 to 6. */
export function addBufferWideNumbers({ prototype }: RealmBuffer): void {
  for (const order of ["LE", "BE"]) {
    const little = order === "LE";
    for (const name of ["UInt", "Uint", "Int"]) {
      prototype[`read${name}${order}`] = function (this: Uint8Array, offset: unknown, width: number) {
        const at = bufferPlace(this, offset, width);
        let value = 0;
        for (let i = 0; i < width; i++) value = value * 256 + (this[at + (little ? width - 1 - i : i)] ?? 0);
        return name === "Int" && value >= 2 ** (8 * width - 1) ? value - 2 ** (8 * width) : value;
      };
      prototype[`write${name}${order}`] = function (this: Uint8Array, value: number, offset: unknown, width: number) {
        const at = bufferPlace(this, offset, width);
        let rest = Math.floor(value);
        for (let i = 0; i < width; i++) {
          this[at + (little ? i : width - 1 - i)] = rest - Math.floor(rest / 256) * 256;
          rest = Math.floor(rest / 256);
        }
        return at + width;
      };
    }
  }
}

/** Negative positions count from the end, as in slice. */
export function bufferPosition(value: unknown, length: number, otherwise: number): number {
  const at = value === undefined ? otherwise : Math.trunc(Number(value)) || 0;
  return at < 0 ? Math.max(0, length + at) : Math.min(at, length);
}

export function bufferFind(bytes: Uint8Array, wanted: ArrayLike<number>, from: number, step: 1 | -1): number {
  for (let at = from; at >= 0 && at + wanted.length <= bytes.length; at += step) {
    let same = 0;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}

/** toString, slice, indexOf and the rest of what codecs do to a Buffer besides numbers. */
export function addBufferMethods(Buffer: RealmBuffer): void {
  const adopt = (bytes: Uint8Array): RealmBytes => Object.setPrototypeOf(bytes, Buffer.prototype);
  const pattern = (value: unknown, encoding?: unknown): ArrayLike<number> =>
    typeof value === "number" ? [value & 255] : Buffer.from(value, encoding);
  function add(names: string, method: (self: RealmBytes, args: unknown[]) => unknown): void {
    for (const name of names.split(" ")) {
      const value = function (this: RealmBytes, ...args: unknown[]) {
        return method(this, args);
      };
      Object.defineProperty(Buffer.prototype, name, { value, writable: true, configurable: true });
    }
  }
  const part = (self: Uint8Array, start: number, end: number) =>
    new Uint8Array(self.buffer, self.byteOffset + start, Math.max(0, end - start));
  add("toString toLocaleString", (self, [encoding, start, end]) => {
    const from = Math.min(self.length, Math.max(0, Math.trunc(Number(start ?? 0)) || 0));
    const until = Math.min(self.length, Math.max(0, Math.trunc(Number(end ?? self.length)) || 0));
    return bytesToText(part(self, from, until), encoding);
  });
  add("toJSON", (self) => ({ type: "Buffer", data: Array.from(self) }));
  add("slice subarray", (self, [start, end]) =>
    adopt(part(self, bufferPosition(start, self.length, 0), bufferPosition(end, self.length, self.length))),
  );
  add("equals", (self, [other]) => Buffer.compare(self, other as Uint8Array) === 0);
  add("compare", (self, [other]) => Buffer.compare(self, other as Uint8Array));
  add("indexOf", (self, [value, from, encoding]) =>
    bufferFind(self, pattern(value, encoding), bufferPosition(from, self.length, 0), 1),
  );
  add("lastIndexOf", (self, [value, from, encoding]) => {
    const wanted = pattern(value, encoding);
    const last = self.length - wanted.length;
    return bufferFind(self, wanted, Math.min(last, bufferPosition(from, self.length, last)), -1);
  });
  add(
    "includes",
    (self, [value, from, encoding]) =>
      bufferFind(self, pattern(value, encoding), bufferPosition(from, self.length, 0), 1) !== -1,
  );
  add("fill", (self, [value, start, end, encoding]) => {
    const wanted = pattern(value, encoding);
    const from = bufferPosition(start, self.length, 0);
    const until = bufferPosition(end, self.length, self.length);
    for (let at = from; wanted.length > 0 && at < until; at++) self[at] = wanted[(at - from) % wanted.length] ?? 0;
    return self;
  });
  addBufferCopying(add);
}

export function addBufferCopying(
  add: (names: string, method: (self: RealmBytes, args: unknown[]) => unknown) => void,
): void {
  add("copy", (self, [target, targetStart, start, end]) => {
    const into = target as Uint8Array;
    const at = Number(targetStart ?? 0);
    const from = Number(start ?? 0);
    const count = Math.max(0, Math.min(Number(end ?? self.length) - from, into.length - at, self.length - from));
    const copied = Array.from({ length: count }, (_, i) => self[from + i] ?? 0);
    into.set(copied, at);
    return count;
  });
  add("write", (self, args) => {
    const numbers = args.slice(1).filter((argument) => typeof argument === "number") as number[];
    const at = numbers[0] ?? 0;
    const encoding = args.slice(1).find((argument) => typeof argument === "string");
    const bytes = textToBytes(String(args[0]), encoding).slice(
      0,
      Math.min(self.length - at, numbers[1] ?? self.length),
    );
    self.set(bytes, at);
    return bytes.length;
  });
  for (const width of [2, 4, 8]) {
    add(`swap${width * 8}`, (self) => {
      if (self.length % width !== 0) throw new RangeError(`Buffer size must be a multiple of ${width * 8}-bits`);
      for (let at = 0; at < self.length; at += width) self.set(Array.from(self.slice(at, at + width)).reverse(), at);
      return self;
    });
  }
}
