/** Lists of whole numbers on the wire: 32 bits where all fit, which protobuf reads without BigInt, else 64. */
import { WireError } from "./faults.ts";
import type { Numbers } from "./generated/batch_pb.ts";
import type { Columns } from "./wire-read.ts";

const NONE = new Float64Array();

export function wholeOf(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new WireError("inconsistent", "a number is larger than 2^53");
  return number;
}

/** `count` numbers, or a `WireError`. They are the caller's own. */
export function readNumbers(numbers: Columns<Numbers> | undefined, count: number, name: string): Float64Array {
  const small = numbers?.small ?? NONE;
  const large = numbers?.large ?? NONE;
  if (small.length > 0 && large.length > 0) throw new WireError("inconsistent", `${name}: small and large`);
  expectLength(small.length + large.length, count, name);
  return large.length > 0 ? large : small;
}

/** Of first differences. */
export function readDifferences(numbers: Columns<Numbers> | undefined, count: number, name: string): Float64Array {
  const values = readNumbers(numbers, count, name);
  let running = 0;
  for (let index = 0; index < values.length; index++) {
    running = checkWhole(running + values[index]!, name);
    values[index] = running;
  }
  return values;
}

export function checkWhole(value: number, name: string): number {
  if (!Number.isSafeInteger(value)) throw new WireError("inconsistent", `${name}: larger than 2^53`);
  return value;
}

export function expectLength(found: number, expected: number, name: string): void {
  if (found !== expected) throw new WireError("inconsistent", `${name}: ${found} items, expected ${expected}`);
}
