/** For how long the box has listened: silence that nobody listened to is no device's fault. */

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
  readonly mono: () => number;
}): Listening => {
  let since: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  const isDeaf = (): boolean => parts.mono() - last > CUT_MS;
  return {
    tick() {
      if (!parts.connected()) return;
      if (since === undefined || isDeaf()) since = parts.mono();
      last = parts.mono();
    },
    ms: () => (since === undefined || isDeaf() ? 0 : parts.mono() - since),
  };
};
