/**
 * One world a schedule: its time stands still until the next event, everything that happens is drawn from one seed, and what
 * happened is told to a running hash. Nothing here waits, and nothing takes time, chance or order from outside.
 */
import { createHash } from "node:crypto";

/** A process that lives in the world; when it dies, its timers and whatever it waited for never come. */
export interface Scope {
  readonly name: string;
  alive: boolean;
  /** An error nobody in it caught. */
  failed?(error: unknown): void;
}

export interface World {
  /** True time, ms since 1970. */
  readonly now: number;
  readonly random: Random;
  /** Another one each time; no draw, so that who asks changes nothing for the others. */
  number(): number;
  /** Calls back once; never when `scope` is dead by then. What `then` returns is awaited before anything else happens. */
  after(ms: number, scope: Scope | undefined, then: () => unknown): () => void;
  /** Runs `work` as part of `scope`: timers it sets with the language's own functions belong to the scope. */
  within<T>(scope: Scope, work: () => T): T;
  /** Lets events happen until `done` says so or `ms` have gone by; true when `done`. */
  run(ms: number, done: () => boolean): Promise<boolean>;
  /** A line of what happened. */
  tell(line: string): void;
  /** Counts a fault that took effect. */
  reached(fault: string): void;
  readonly reachedFaults: ReadonlySet<string>;
  /** Of every line told so far, 16 hex digits. */
  hash(): string;
}

export interface Random {
  /** Evenly spread in [0, 1). */
  unit(): number;
  /** Whole, both ends included. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  one<T>(choices: readonly T[]): T;
}

/** Mulberry32 (public domain). */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    unit,
    whole: (from, to) => from + Math.floor(unit() * (to - from + 1)),
    chance: (probability) => unit() < probability,
    one: (choices) => choices[Math.floor(unit() * choices.length)]!,
  };
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly scope: Scope | undefined;
  readonly then: () => unknown;
  forgotten: boolean;
}

const TOLD_MAX = 65_536;
const START = Date.UTC(2026, 2, 2, 6);

const real = { setTimeout, clearTimeout, setImmediate, clearImmediate };

/**
 * Node holds a signal made of several, with whoever listens to it, until it is aborted or nobody listens: of a process that has died
 * that is for ever, and ten thousand schedules filled the memory.
 */
AbortSignal.any = (signals) => {
  const made = new AbortController();
  for (const signal of signals) {
    const abort = (): void => made.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return made.signal;
};

/** Microtasks and what they bring are done when the machine's own loop has gone round. */
const settle = (): Promise<void> => new Promise((resolve) => void real.setImmediate(resolve));

export interface WorldOptions {
  readonly seed: number;
  readonly listen?: ((line: string) => void) | undefined;
}

export function createWorld({ seed, listen }: WorldOptions): World {
  const random = createRandom(seed);
  let numbers = 0;
  const digest = createHash("sha256");
  const reachedFaults = new Set<string>();
  const heap: Due[] = [];
  let now = START;
  let order = 0;
  let told = "";
  const takeUp = (): void => {
    digest.update(told);
    told = "";
  };
  let current: Scope | undefined;

  const sooner = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  const push = (due: Due): void => {
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!sooner(due, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  };
  const pop = (): Due | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && sooner(heap[child + 1]!, heap[child]!)) child++;
      if (!sooner(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  };

  const after: World["after"] = (ms, scope, then) => {
    const due: Due = { at: now + Math.max(0, ms), order: order++, scope, then, forgotten: false };
    push(due);
    return () => {
      due.forgotten = true;
    };
  };

  const borrow = (): void => {
    const timer = (ms: number, then: () => void): unknown => {
      const forget = after(ms, current, then);
      return { forget, unref: () => undefined, ref: () => undefined };
    };
    const forget = (given: unknown, otherwise: (given: never) => void): void => {
      if (typeof given === "object" && given !== null && "forget" in given) (given as { forget(): void }).forget();
      else otherwise(given as never);
    };
    const fakes = {
      setTimeout: (then: () => void, ms = 0) => (current === undefined ? real.setTimeout(then, ms) : timer(ms, then)),
      setImmediate: (then: () => void) => (current === undefined ? real.setImmediate(then) : timer(0, then)),
      clearTimeout: (given: unknown) => forget(given, real.clearTimeout),
      clearImmediate: (given: unknown) => forget(given, real.clearImmediate),
    };
    Object.assign(globalThis, fakes);
  };

  function within<T>(scope: Scope, work: () => T): T {
    const before = current;
    current = scope;
    try {
      return work();
    } finally {
      current = before;
    }
  }

  const step = async (due: Due): Promise<void> => {
    now = due.at;
    const { scope, then } = due;
    if (scope !== undefined && !scope.alive) return;
    current = scope;
    try {
      await then();
      await settle();
    } catch (error) {
      if (scope?.failed === undefined) throw error;
      if (scope.alive) scope.failed(error);
    } finally {
      current = undefined;
    }
  };

  return {
    get now() {
      return now;
    },
    random,
    number: () => ++numbers,
    after,
    within,
    async run(ms, done) {
      const end = now + ms;
      borrow();
      try {
        while (!done()) {
          const next = heap[0];
          if (next === undefined || next.at > end) {
            now = end;
            return done();
          }
          pop();
          if (!next.forgotten) await step(next);
        }
        return true;
      } finally {
        Object.assign(globalThis, real);
      }
    },
    tell(line) {
      const whole = `${now - START} ${line}`;
      told += `${whole}\n`;
      if (told.length > TOLD_MAX) takeUp();
      listen?.(whole);
    },
    reached: (fault) => void reachedFaults.add(fault),
    reachedFaults,
    hash() {
      takeUp();
      return digest.copy().digest("hex").slice(0, 16);
    },
  };
}
