/**
 * Until when the box has heard what the broker had for it. A silence proves nothing while messages may lie unheard: at a broker that
 * is away, behind a line that is dead and not yet known to be, before a box that began anew, could not write or stood still.
 */
import { SETTLE_MS } from "./reconcile.ts";
import type { Clock } from "./words.ts";

export interface Hearing {
  /** The line stands: what the broker held begins to come. */
  begins(): void;
  /** The line is cut or refused, or the box is deaf: what comes stays at the broker. */
  ends(): void;
  /** A packet came, be it the answer to a ping. */
  alive(): void;
  /** An event came that ChirpStack sent at `at`, ms since 1970. */
  heard(at: number): void;
  /** About once a second. */
  tick(): void;
  /** What was sent before this has been heard, ms since 1970; `-Infinity` while what was held before may still come. */
  heardUntil(): number;
}

/** After a shorter cut the listening to what was held goes on where it was: else a line that flaps would never be listened to. */
const CUT_MS = 120_000;
/** So long it then stands at the least: for what was held in the last cut. */
const STANDS_MS = 5_000;
/** The box has housekeeping each second: if it did not, it stood still or slept, and what came meanwhile is still before it. */
const STILL_MS = 10_000;
/**
 * Events from before the line stood tell that more of them come, and a line that falls at once brings little; that is borne for so
 * long. A clock that is wrong would tell of old events for ever.
 */
const BEARS_MS = 600_000;

export const createHearing = ({ now, mono }: Pick<Clock, "now" | "mono">): Hearing => {
  /** As `mono`; undefined while nothing is heard. */
  let since: number | undefined;
  /** Heard before that, in a line that was cut and came back, ms. */
  let before = 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  /** All that was held had come when it ended. */
  let isDone = true;
  /** When the line came back: events from before that were held. */
  let cameAt = 0;
  /** Since when there is something held to hear, as `mono`. */
  let owesSince = 0;
  let last = { wall: now(), mono: mono() };
  let isAlive = false;
  let aliveUntil = Number.NEGATIVE_INFINITY;

  const isBorne = (): boolean => mono() - owesSince < BEARS_MS;
  const isSettled = (): boolean => {
    if (since === undefined) return false;
    const stands = mono() - since;
    return before + stands >= SETTLE_MS && (stands >= STANDS_MS || !isBorne());
  };
  const anew = (): void => {
    before = 0;
    owesSince = mono();
    isAlive = false;
    aliveUntil = Number.NEGATIVE_INFINITY;
  };

  return {
    begins() {
      if (isDone || mono() - endedAt > CUT_MS) anew();
      since = mono();
      cameAt = now();
    },
    ends() {
      if (since === undefined) return;
      isDone = isSettled();
      before += mono() - since;
      endedAt = mono();
      since = undefined;
    },
    alive() {
      isAlive = true;
    },
    heard(at) {
      if (since === undefined || at >= cameAt || !isBorne()) return;
      before = 0;
      since = mono();
    },
    tick() {
      const here = { wall: now(), mono: mono() };
      const gap = Math.max(here.wall - last.wall, here.mono - last.mono);
      if (gap > STILL_MS) {
        anew();
        if (since !== undefined) [since, cameAt] = [here.mono, here.wall];
      } else if (isAlive) aliveUntil = last.wall;
      isAlive = false;
      last = here;
    },
    heardUntil: () => (isSettled() ? aliveUntil : Number.NEGATIVE_INFINITY),
  };
};
