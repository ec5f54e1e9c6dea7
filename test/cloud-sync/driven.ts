/** Time that stands still until a test moves it. */
import type { Timers } from "../../cloud-sync/timers.ts";

export interface DrivenTimers extends Timers {
  /** Lets everything happen that is due within `ms`, in order of time. */
  advance(ms: number): Promise<void>;
  /** Lets what is ready happen, without time passing. */
  settle(): Promise<void>;
}

export function createDrivenTimers(start = 1_750_000_000_000): DrivenTimers {
  let now = 0;
  let order = 0;
  const due = new Map<number, { at: number; then: () => void }>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    wall: () => start + now,
    mono: () => now,
    after(ms, then) {
      const id = order++;
      due.set(id, { at: now + ms, then });
      return () => void due.delete(id);
    },
    settle,
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = [...due].filter(([, { at }]) => at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (next === undefined) break;
        due.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].then();
        await settle();
      }
      now = end;
    },
  };
}
