/**
 * Measured values are decimal fractions: 25.7 is the integer 257 with exponent 1. A value is kept so only where dividing gives
 * back the very same number: an integer divided by a power of ten up to 10^22 is rounded once, as a literal is.
 */

export const EXPONENT_MAX = 9;
const POWERS = Array.from({ length: EXPONENT_MAX + 1 }, (_, exponent) => 10 ** exponent);
/** Room for a first difference and its zigzag within 2^53. */
const SCALED_MAX = 2 ** 50;

/** The integer `value · 10^exponent`, or undefined where it would not come back exactly (negative zero included). */
export function toScaled(value: number, exponent: number): number | undefined {
  const power = POWERS[exponent]!;
  const scaled = exponent === 0 ? value : Math.round(value * power);
  if (!Number.isInteger(scaled) || scaled > SCALED_MAX || scaled < -SCALED_MAX) return undefined;
  if (scaled === 0) return Object.is(value, 0) ? 0 : undefined;
  return scaled / power === value ? scaled : undefined;
}

export const fromScaled = (scaled: number, exponent: number): number =>
  exponent === 0 ? scaled : scaled / POWERS[exponent]!;

/** The smallest exponent that keeps the value exactly, or undefined. */
export function exponentOf(value: number): number | undefined {
  for (let exponent = 0; exponent <= EXPONENT_MAX; exponent++) {
    if (toScaled(value, exponent) !== undefined) return exponent;
  }
  return undefined;
}

/** A whole number small enough that the difference of two is exact and fits a zigzag varint. */
export const isWhole = (value: number): boolean =>
  Number.isInteger(value) && value <= SCALED_MAX && value >= -SCALED_MAX && !Object.is(value, -0);
