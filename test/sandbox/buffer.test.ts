import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as realm from "../../codecs/sandbox/realm/buffer.ts";
import { bytesToText, textToBytes } from "../../codecs/sandbox/realm/text.ts";

const RealmBuffer = realm.makeBuffer();
realm.addBufferNumbers(RealmBuffer);
realm.addBufferWideNumbers(RealmBuffer);
realm.addBufferMethods(RealmBuffer);

const bytes = fc.uint8Array({ maxLength: 24 });
const encodings = ["utf8", "hex", "ascii", "latin1", "base64", "base64url", "utf16le"] as const;

/** The outcome of a method on either Buffer: its value, the bytes it left behind, or that it threw. */
function outcome(
  make: (data: Uint8Array) => Uint8Array,
  data: Uint8Array,
  method: string,
  args: readonly unknown[],
): unknown {
  const buffer = make(data);
  const call = (buffer as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[method];
  try {
    const value = call?.apply(buffer, [...args]);
    return { value: value instanceof Uint8Array ? [...value] : value, left: [...buffer] };
  } catch (error) {
    return { threw: error instanceof RangeError ? "RangeError" : "other" };
  }
}

function agree(data: Uint8Array, method: string, ...args: readonly unknown[]): void {
  const own = outcome((from) => RealmBuffer.from(from), data, method, args);
  expect(own, `${method}(${args.join()}) of ${data}`).toEqual(outcome((from) => Buffer.from(from), data, method, args));
}

describe("the realm's Buffer does what Node's does", () => {
  test("text in every encoding, both ways", () => {
    fc.assert(
      fc.property(
        bytes,
        fc.string({ unit: "binary", maxLength: 20 }),
        fc.constantFrom(...encodings),
        (data, text, encoding) => {
          expect(bytesToText(data, encoding)).toBe(Buffer.from(data).toString(encoding));
          // What Node makes of base64 or hex with characters above U+00FF is an accident of its lookup tables.
          if (/^(base64|hex)/.test(encoding)) return;
          expect(textToBytes(text, encoding)).toEqual([...Buffer.from(text, encoding)]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("base64 and hex texts that are not clean", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("A", "z", "9", "-", "_", "+", "/", " "), maxLength: 12 }),
        (text) => {
          expect(textToBytes(text, "base64")).toEqual([...Buffer.from(text, "base64")]);
          expect(textToBytes(text, "hex")).toEqual([...Buffer.from(text, "hex")]);
        },
      ),
    );
  });

  const whole = [
    "UInt8",
    "Int8",
    "UInt16LE",
    "UInt16BE",
    "Int16LE",
    "Int16BE",
    "UInt32LE",
    "UInt32BE",
    "Int32LE",
    "Int32BE",
  ];
  const real = ["FloatLE", "FloatBE", "DoubleLE", "DoubleBE"];
  const wide = ["UIntLE", "UIntBE", "IntLE", "IntBE"];

  test("reading and writing numbers, in range and out of it", () => {
    const offset = fc.integer({ min: -1, max: 8 });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 10 }),
        offset,
        fc.integer(),
        fc.double(),
        (data, at, integer, double) => {
          for (const kind of whole) {
            agree(data, `read${kind}`, at);
            agree(data, `read${kind.replace("UInt", "Uint")}`);
            agree(data, `write${kind}`, integer % 70000, at);
          }
          for (const kind of real) {
            agree(data, `read${kind}`, at);
            agree(data, `write${kind}`, double, at);
          }
          for (const kind of ["BigInt64LE", "BigUInt64BE"]) agree(data, `read${kind}`, at);
        },
      ),
    );
  });

  test("numbers of 1 to 6 bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 6, maxLength: 10 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (data, width, seed) => {
          for (const kind of wide) {
            agree(data, `read${kind}`, 1, Math.min(width, data.length - 1));
            agree(data, `write${kind}`, seed % 2 ** (8 * width - 1), 0, width);
            if (kind.startsWith("Int")) agree(data, `write${kind}`, -(seed % 2 ** (8 * width - 1)), 0, width);
          }
        },
      ),
    );
  });

  test("slicing, searching, filling, copying, comparing", () => {
    const at = fc.option(fc.integer({ min: -30, max: 30 }), { nil: undefined });
    const small = fc.uint8Array({ maxLength: 8, max: 3 });
    fc.assert(
      fc.property(
        small,
        at,
        at,
        fc.nat({ max: 3 }),
        fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 }),
        (data, start, end, n, part) => {
          for (const method of ["slice", "subarray"]) agree(data, method, start, end);
          agree(data, "toString", "hex", Math.max(0, start ?? 0), end);
          for (const method of ["indexOf", "includes"]) {
            agree(data, method, n, start);
            agree(data, method, Buffer.from(part), start);
          }
          agree(data, "lastIndexOf", n);
          agree(data, "toJSON");
          agree(data, "equals", Buffer.from(part));
          agree(data, "compare", Buffer.from(part));
          agree(data, "fill", n);
          if (data.length % 2 === 0) agree(data, "swap16");
          if (data.length > 2) agree(data, "write", "é1", 1, "utf8");
        },
      ),
    );
  });

  test("making and joining", () => {
    expect(RealmBuffer.from("0aff", "hex")).toEqual(RealmBuffer.from([10, 255]));
    expect(RealmBuffer.isBuffer(new RealmBuffer([1]))).toBe(true);
    expect(RealmBuffer.isBuffer(new Uint8Array(1))).toBe(false);
    expect([...new RealmBuffer(3)]).toEqual([0, 0, 0]);
    expect([...RealmBuffer.alloc(4, "ab")]).toEqual([97, 98, 97, 98]);
    expect([...RealmBuffer.concat([RealmBuffer.from([1]), new Uint8Array([2, 3])], 2)]).toEqual([1, 2]);
    expect([...RealmBuffer.from(JSON.parse(JSON.stringify(RealmBuffer.from([7, 8]))))]).toEqual([7, 8]);
    expect(RealmBuffer.byteLength("é")).toBe(2);
    expect(RealmBuffer.isEncoding("UTF-8")).toBe(true);
    expect([...RealmBuffer.from([1, 2, 3]).map((byte) => byte * 2)]).toEqual([2, 4, 6]);
    expect(() => bytesToText(RealmBuffer.from([1]), "klingon")).toThrow(TypeError);
    const shared = RealmBuffer.from([1, 2, 3]);
    shared.slice(1)[0] = 9;
    expect([...shared]).toEqual([1, 9, 3]);
  });
});
