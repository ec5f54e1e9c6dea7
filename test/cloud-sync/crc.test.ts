import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crcOf } from "../../cloud-sync/journal/crc.ts";

test("a stretch of bytes has the checksum that zlib gives it", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300, size: "max" }),
      fc.nat(300),
      fc.nat(300),
      fc.nat(0xffff_ffff),
      (bytes, one, other, begun) => {
        const [from, to] = [Math.min(one, other, bytes.length), Math.min(Math.max(one, other), bytes.length)];
        expect(crcOf(bytes, from, to, begun)).toBe(crc32(bytes.subarray(from, to), begun));
      },
    ),
    { numRuns: 2_000 },
  );
});
