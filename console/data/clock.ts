/**
 * Time as the hypervisor tells it: the clock of a town-hall PC may be minutes off, and "2 min ago" must not be. Ticks every few
 * seconds so that ages on the screen move by themselves.
 */
export interface Clock {
  /** ms since 1970. */
  readonly now: () => number;
  /** Changes with each tick; the time of the last tick. */
  readonly tick: () => number;
  readonly subscribe: (listener: () => void) => () => void;
  readonly correct: (serverTime: number) => void;
}

const TICK_MS = 5_000;
/** The Date header counts in seconds and travels: a smaller difference is no difference. */
const TOLERANCE_MS = 5_000;

export function createClock(): Clock {
  let offset = 0;
  let ticked = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const now = (): number => Date.now() + offset;
  const tickNow = (): void => {
    ticked = now();
    for (const listener of listeners) listener();
  };
  return {
    now,
    tick: () => ticked,
    subscribe: (listener) => {
      listeners.add(listener);
      timer ??= setInterval(tickNow, TICK_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    correct: (serverTime) => {
      const difference = serverTime - Date.now();
      const wanted = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
      if (Math.abs(wanted - offset) <= TOLERANCE_MS) return;
      offset = wanted;
      tickNow();
    },
  };
}
