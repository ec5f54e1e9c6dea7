/** The frame of an uplink as base64: the same bytes as the platform's own reader, and nothing that is no base64. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOfBase64 } from "../../gateway/chirpstack/base64.ts";

const SHAPE = /^[A-Za-z0-9+/_-]*={0,2}$/;
const encodings = fc.constantFrom("base64", "base64url");

test("what either alphabet makes of bytes comes back, padded or not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 260 }), encodings, fc.boolean(), (bytes, encoding, padded) => {
      const text = Buffer.from(bytes).toString(encoding);
      expect(bytesOfBase64(padded ? text : text.replace(/=+$/, ""))).toEqual(bytes);
    }),
  );
});

test("any text is read as the platform reads it, or refused when it is none", () => {
  const near = fc.string({ unit: fc.constantFrom(..."AZaz09+/-_==é\u0000 "), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(near, fc.string()), (text) => {
      const expected = SHAPE.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
      expect(bytesOfBase64(text)).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
});
