/** So many at once; the others wait their turn in the order in which they came. */
export interface Places {
  /** How long the first of those that wait has waited, ms; 0 when nobody waits. */
  waitedMs(): number;
  take<T>(work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly since: number;
  readonly begin: () => void;
}

/** @param mono ms, never stepped */
export const createPlaces = (atOnce: number, mono: () => number): Places => {
  const waiting = new Set<Waiting>();
  let taken = 0;
  const first = (): Waiting | undefined => waiting.values().next().value;
  return {
    waitedMs() {
      const next = first();
      return next === undefined ? 0 : mono() - next.since;
    },
    async take(work) {
      if (taken < atOnce) taken++;
      else await new Promise<void>((resolve) => waiting.add({ since: mono(), begin: resolve }));
      try {
        return await work();
      } finally {
        const next = first();
        // The place passes on, so that nobody who comes now is before those who wait.
        if (next === undefined) taken--;
        else {
          waiting.delete(next);
          next.begin();
        }
      }
    },
  };
};
