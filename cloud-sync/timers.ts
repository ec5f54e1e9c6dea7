/** Time as push and command feed see it, so that a test can drive it. */
export interface Timers {
  /** ms since 1970. */
  wall(): number;
  /** ms, never stepped. */
  mono(): number;
  /** Calls back once; the returned function forgets it. */
  after(ms: number, then: () => void): () => void;
}

export const systemTimers: Timers = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** A pause that can be cut short: `wake` ends the one that runs now, if it listens to that reason. */
export interface Sleeper<Reason extends string> {
  sleep(ms: number, wakers: readonly Reason[]): Promise<void>;
  wake(reason: Reason): void;
}

export function createSleeper<Reason extends string>(timers: Timers): Sleeper<Reason> {
  let running: { readonly wakers: readonly Reason[]; readonly end: () => void } | undefined;
  return {
    sleep: (ms, wakers) =>
      new Promise((resolve) => {
        const end = () => {
          running = undefined;
          forget();
          resolve();
        };
        const forget = timers.after(ms, end);
        running = { wakers, end };
      }),
    wake(reason) {
      if (running?.wakers.includes(reason)) running.end();
    },
  };
}

/** The promise, or a rejection when the signal comes first: a transport may be deaf to it. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Given up after `ms`, or when `cancelled`. */
export async function inTime<T>(
  timers: Timers,
  ms: number,
  cancelled: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const forget = timers.after(ms, () => late.abort(new Error("no reply in time")));
  try {
    const signal = AbortSignal.any([cancelled, late.signal]);
    return await untilAborted(ask(signal), signal);
  } finally {
    forget();
  }
}
