/** The journal's newest entries for whoever follows them; a slow follower loses none, up to a bound, and is then let go. */
import type { Entry } from "../../cloud-sync/protocol/entry.ts";

export type Line = Pick<Entry, "seq" | "body">;

export interface Tail {
  /** Called after each commit. */
  push(lines: readonly Line[]): void;
  readonly followed: boolean;
  /** Subscribes at once; ends when `gone` fires or the follower is too slow. */
  follow(gone: AbortSignal): AsyncIterable<readonly Line[]>;
  close(): void;
}

const WAITING_MAX = 10_000;

interface Follower {
  readonly waiting: Line[];
  ended: boolean;
  wake: () => void;
}

export const createTail = (): Tail => {
  const followers = new Set<Follower>();
  const end = (follower: Follower): void => {
    follower.ended = true;
    followers.delete(follower);
    follower.wake();
  };

  async function* iterate(follower: Follower) {
    try {
      while (!follower.ended) {
        if (follower.waiting.length > 0) yield follower.waiting.splice(0);
        else
          await new Promise<void>((resolve) => {
            follower.wake = resolve;
          });
      }
    } finally {
      end(follower);
    }
  }

  return {
    push(lines) {
      for (const follower of followers) {
        follower.waiting.push(...lines);
        if (follower.waiting.length > WAITING_MAX) end(follower);
        else follower.wake();
      }
    },
    get followed() {
      return followers.size > 0;
    },
    follow(gone) {
      const follower: Follower = { waiting: [], ended: false, wake: () => {} };
      followers.add(follower);
      if (gone.aborted) end(follower);
      gone.addEventListener("abort", () => end(follower), { once: true });
      return iterate(follower);
    },
    close() {
      for (const follower of followers) end(follower);
    },
  };
};
