/** For how long the box has listened: silence that nobody listened to is no device's fault. */

import type { Clock } from "./words.ts";

/** A shorter cut of the line to the broker costs nothing: the broker keeps what comes. */
const CUT_MS = 120_000;

export interface Listening {
  /** About once a second. */
  tick(): void;
  /** Without a gap, ms; 0 while it does not listen. */
  ms(): number;
}

export const createListening = (parts: {
  readonly connected: () => boolean;
  readonly clock: Pick<Clock, "now" | "mono">;
}): Listening => {
  const { now, mono } = parts.clock;
  let since: number | undefined;
  let last = { wall: Number.NEGATIVE_INFINITY, mono: Number.NEGATIVE_INFINITY };
  // While the machine sleeps only the wall clock goes on.
  const isDeaf = (): boolean => Math.max(mono() - last.mono, now() - last.wall) > CUT_MS;
  return {
    tick() {
      if (!parts.connected()) return;
      if (since === undefined || isDeaf()) since = mono();
      last = { wall: now(), mono: mono() };
    },
    ms: () => (since === undefined || isDeaf() ? 0 : mono() - since),
  };
};
