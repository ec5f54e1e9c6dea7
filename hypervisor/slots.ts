/**
 * When refused boxes may come back: one after the other, as fast as they can be served, instead of all after the same pause. Each
 * refusal takes the next free place; the box adds jitter of its own.
 */
const SLOTS_PER_SECOND = 100;
const PAUSE_SECONDS_MIN = 2;
/** Further out nobody can tell how busy it will be. */
const PAUSE_SECONDS_MAX = 120;

export interface Slots {
  /** Seconds until the next free place. */
  next(): number;
}

/** @param mono ms, never stepped */
export const createSlots = (mono: () => number): Slots => {
  let free = 0;
  return {
    next() {
      const now = mono();
      free = Math.max(free, now + PAUSE_SECONDS_MIN * 1_000) + 1_000 / SLOTS_PER_SECOND;
      return Math.min(PAUSE_SECONDS_MAX, Math.ceil((free - now) / 1_000));
    },
  };
};
