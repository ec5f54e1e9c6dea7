/** CRC-32 as zlib computes it, of a stretch of bytes. A row is short: a loop over it takes less time than the call out of JavaScript. */
import { crc32 } from "node:zlib";

const SHORT = 128;
/** Reflected, of x^32 + x^26 + x^23 + … (ISO 3309). */
const POLYNOMIAL = 0xedb8_8320;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/** Of bytes from `from` to before `to`; `begun` instead of 0. */
export function crcOf(bytes: Uint8Array, from: number, to: number, begun: number): number {
  if (to - from > SHORT) return crc32(bytes.subarray(from, to), begun);
  let rest = ~begun;
  for (let at = from; at < to; at++) rest = TABLE[(rest ^ bytes[at]!) & 0xff]! ^ (rest >>> 8);
  return ~rest >>> 0;
}
