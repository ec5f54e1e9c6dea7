/**
 * Measured values are whole numbers of steps: 25.7 is 257 tenths, 6892.5336… hours are 24,813,121 seconds. A value is kept so
 * only where dividing gives back the very same number: a quotient of two whole numbers is rounded once, as a literal is.
 */

/** Steps in a unit, by kind: tenth powers, and seconds of an hour or degree. Contract with wire and disk: only ever extended. */
const STEPS_PER_UNIT = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 3600] as const;
export const STEP_KINDS = STEPS_PER_UNIT.length;

/** Room for a first difference and its zigzag within 2^53. */
const STEPS_MAX = 2 ** 50;

/** How many steps of that kind, or undefined where the value would not come back exactly (negative zero included). */
export function toSteps(value: number, kind: number): number | undefined {
  const perUnit = STEPS_PER_UNIT[kind]!;
  const steps = kind === 0 ? value : Math.round(value * perUnit);
  if (!Number.isInteger(steps) || steps > STEPS_MAX || steps < -STEPS_MAX) return undefined;
  if (steps === 0) return Object.is(value, 0) ? 0 : undefined;
  return steps / perUnit === value ? steps : undefined;
}

export const fromSteps = (steps: number, kind: number): number => (kind === 0 ? steps : steps / STEPS_PER_UNIT[kind]!);

/** The first kind that keeps the value exactly, or undefined. */
export function stepKindOf(value: number): number | undefined {
  for (let kind = 0; kind < STEP_KINDS; kind++) {
    if (toSteps(value, kind) !== undefined) return kind;
  }
  return undefined;
}

/** A whole number small enough that the difference of two is exact and fits a zigzag varint. */
export const isWhole = (value: number): boolean =>
  Number.isInteger(value) && value <= STEPS_MAX && value >= -STEPS_MAX && !Object.is(value, -0);
