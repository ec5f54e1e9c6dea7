/**
 * A value read from the API and kept: loaded when first looked at, read again when the live feed says it changed (never more
 * often than `everyMs`), dropped requests aborted. When a read fails the last good value stays, beside the failure.
 */
import { type Failure, failureOf } from "./border.ts";

export interface Snapshot<T> {
  readonly data?: T;
  readonly failure?: Failure;
  readonly loading: boolean;
}

export interface Resource<T> {
  readonly snapshot: () => Snapshot<T>;
  readonly subscribe: (listener: () => void) => () => void;
  /** Reads again as soon as `everyMs` allows; without an audience, when somebody next looks. */
  readonly invalidate: () => void;
  readonly hasAudience: () => boolean;
}

export interface ResourceOptions<T> {
  readonly load: (signal: AbortSignal, previous: T | undefined) => Promise<T>;
  readonly everyMs: number;
}

export function createResource<T>({ load, everyMs }: ResourceOptions<T>): Resource<T> {
  let snapshot: Snapshot<T> = { loading: true };
  let fresh = false;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  const put = (next: Snapshot<T>): void => {
    snapshot = next;
    for (const listener of listeners) listener();
  };

  const run = async (): Promise<void> => {
    timer = undefined;
    fresh = true;
    running = new AbortController();
    const { signal } = running;
    const { data, failure } = snapshot;
    if (failure !== undefined && data === undefined) put({ failure, loading: true });
    try {
      const next = await load(signal, data);
      if (!signal.aborted) put({ data: next, loading: false });
    } catch (error) {
      if (!signal.aborted) put({ ...(data === undefined ? {} : { data }), failure: failureOf(error), loading: false });
    }
    if (signal.aborted) return;
    running = undefined;
    loadedAt = performance.now();
    if (!fresh) schedule();
  };

  const schedule = (): void => {
    if (running !== undefined || timer !== undefined || listeners.size === 0) return;
    timer = setTimeout(run, Math.max(0, loadedAt + everyMs - performance.now()));
  };

  return {
    snapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      if (!fresh) schedule();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        // Nobody looks any more: what is under way is given up, and the next look reads anew.
        running?.abort();
        running = undefined;
        clearTimeout(timer);
        timer = undefined;
        fresh = false;
      };
    },
    invalidate: () => {
      fresh = false;
      schedule();
    },
    hasAudience: () => listeners.size > 0,
  };
}
