/** The columns of a batch, written and read without the library, against what the library makes of the same bytes. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BATCH_LIMITS, decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import {
  BatchSchema,
  NumbersSchema,
  ReadingsSchema,
  StampsSchema,
} from "../../cloud-sync/protocol/generated/batch_pb.ts";
import { readColumns } from "../../cloud-sync/protocol/wire-read.ts";
import { batch } from "./arbitrary.ts";

const numbersOf = (list: readonly (number | bigint | boolean)[]): number[] => list.map(Number);

test("what is written is what the library would write", () => {
  fc.assert(
    fc.property(batch, (sent) => {
      const bytes = encodeBatch(sent);
      const message = fromBinary(BatchSchema, bytes);
      const { stamps, readings } = message;
      for (const [schema, part] of [
        [StampsSchema, stamps],
        [ReadingsSchema, readings],
      ] as const) {
        if (part === undefined) continue;
        const columns = readColumns(schema, toBinary(schema, part as never)) as Record<string, unknown>;
        for (const { localName, fieldKind } of schema.fields) {
          const theirs = (part as unknown as Record<string, unknown>)[localName];
          const ours = columns[localName];
          if (fieldKind === "message") {
            const numbers = theirs as { small: number[]; large: bigint[] };
            expect(ours).toEqual({
              small: Float64Array.from(numbers.small),
              large: Float64Array.from(numbersOf(numbers.large)),
            });
          } else if (ours instanceof Float64Array)
            expect(ours).toEqual(Float64Array.from(numbersOf(theirs as number[])));
          else expect(ours).toEqual(theirs);
        }
      }
      expect(toBinary(BatchSchema, message).length).toBe(bytes.length);
    }),
    { numRuns: 100 },
  );
});

test("bytes that a way has bent are read as the library reads them, or refused", () => {
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(batch, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), (sent, changes) => {
      const bytes = Uint8Array.from(encodeBatch(sent));
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const decoded = decodeBatch(bytes);
      if (!decoded.ok) {
        refused++;
        return;
      }
      accepted++;
      // As the library would have sent on what it understood.
      const again = decodeBatch(toBinary(BatchSchema, fromBinary(BatchSchema, bytes)));
      expect(again).toEqual(decoded);
    }),
    { numRuns: 1_500 },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(100);
});

const DEVICE = ReadingsSchema.field.device.number * 8;
const EXACT = ReadingsSchema.field.exact.number * 8;

test("a list may come unpacked, and in pieces", () => {
  expect(readColumns(ReadingsSchema, Uint8Array.of(DEVICE, 5, DEVICE + 2, 2, 7, 9, DEVICE, 0x80, 1)).device).toEqual(
    Float64Array.of(5, 7, 9, 128),
  );
  const [low, high] = [((EXACT + 1) % 128) | 128, Math.floor((EXACT + 1) / 128)];
  const half = [0, 0, 0, 0, 0, 0, 0xe0, 0x3f];
  expect(readColumns(ReadingsSchema, Uint8Array.of(low, high, ...half, low, high, ...half)).exact).toEqual(
    Float64Array.of(0.5, 0.5),
  );
  expect(readColumns(NumbersSchema, Uint8Array.of(10, 1, 2, 10, 1, 1)).small).toEqual(Float64Array.of(1, -1));
  // A field of a later version.
  expect(readColumns(NumbersSchema, Uint8Array.of(0x7a, 2, 1, 1, 10, 1, 2)).small).toEqual(Float64Array.of(1));
});

test.each([
  ["a number that does not end", [10, 1, 0x80]],
  ["a number of eleven bytes", [10, 11, ...Array<number>(10).fill(0x80), 1]],
  ["33 bits in a list of 32", [10, 5, 0x80, 0x80, 0x80, 0x80, 0x10]],
  ["a length beyond the end", [10, 5, 1]],
  ["a length of 2^60", [10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
  ["a list that is a fixed number", [13, 0, 0, 0, 0]],
  ["a type there is none of", [15, 1]],
  ["a field in thousands of pieces", Array.from({ length: 4_000 }, (_, at) => (at % 2 === 0 ? 8 : 1))],
])("%s is refused", (_, bytes) => {
  expect(() => readColumns(NumbersSchema, Uint8Array.from(bytes))).toThrow(RangeError);
});

test("a number beyond 2^52 is refused, one below comes back", () => {
  const large = (value: bigint) => readColumns(NumbersSchema, toBinary(NumbersSchema, numbers([value])));
  const numbers = (list: bigint[]) => ({ ...fromBinary(NumbersSchema, new Uint8Array()), large: list });
  expect(large(2n ** 52n - 1n).large).toEqual(Float64Array.of(2 ** 52 - 1));
  expect(large(-(2n ** 52n)).large).toEqual(Float64Array.of(-(2 ** 52)));
  expect(() => large(2n ** 53n)).toThrow("2^52");
});

test("stamps that are no message are refused", () => {
  const { stamps } = BatchSchema.field;
  expect(decodeBatch(Uint8Array.of(8, 2, stamps.number * 8, 1), BATCH_LIMITS)).toMatchObject({
    ok: false,
    fault: { code: "not-protobuf" },
  });
});
