/** Lists of whole numbers on the wire: 32 bits where all fit, which protobuf reads without BigInt, else 64. */
import { WireError } from "./faults.ts";
import type { Numbers } from "./generated/batch_pb.ts";

export const isSmall = (value: number): boolean => (value | 0) === value;

export function wholeOf(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new WireError("inconsistent", "a number is larger than 2^53");
  return number;
}

/** `count` numbers, or a `WireError`. */
export function readNumbers(numbers: Numbers | undefined, count: number, name: string): number[] {
  const small = numbers?.small ?? [];
  const large = numbers?.large ?? [];
  if (small.length > 0 && large.length > 0) throw new WireError("inconsistent", `${name}: small and large`);
  expectLength(small.length + large.length, count, name);
  return large.length > 0 ? large.map(wholeOf) : small;
}

/** Of first differences. */
export function readDifferences(numbers: Numbers | undefined, count: number, name: string): number[] {
  let running = 0;
  return readNumbers(numbers, count, name).map((difference) => {
    running += difference;
    return checkWhole(running, name);
  });
}

export function checkWhole(value: number, name: string): number {
  if (!Number.isSafeInteger(value)) throw new WireError("inconsistent", `${name}: larger than 2^53`);
  return value;
}

export function expectLength(found: number, expected: number, name: string): void {
  if (found !== expected) throw new WireError("inconsistent", `${name}: ${found} items, expected ${expected}`);
}
