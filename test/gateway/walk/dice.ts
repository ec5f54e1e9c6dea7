/** Chance from a seed (mulberry32): the same seed walks the same way. */
export interface Dice {
  /** [0, 1) */
  unit(): number;
  /** True so often. */
  chance(share: number): boolean;
  /** 0 to n − 1. */
  upTo(n: number): number;
  one<T>(choices: readonly T[]): T;
}

export const createDice = (seed: number): Dice => {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    unit,
    chance: (share) => unit() < share,
    upTo: (n) => Math.floor(unit() * n),
    one: (choices) => choices[Math.floor(unit() * choices.length)]!,
  };
};
