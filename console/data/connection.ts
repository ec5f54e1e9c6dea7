/**
 * What the page honestly knows of its link: whether the live feed is open, and since when nobody answers. The feed is an
 * EventSource; one that the browser has given up (an error status, a proxy) is opened again with growing, jittered pauses.
 */
import { LiveEvent } from "../../api/schemas.ts";

export interface LinkState {
  readonly feed: "connecting" | "open" | "lost";
  /** Whether the last exchange of any kind was answered; undefined before the first. */
  readonly answered?: boolean;
  /** When somebody last answered, ms since 1970. */
  readonly lastReplyAt?: number;
}

export interface Connection {
  readonly state: () => LinkState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly noteReply: (answered: boolean) => void;
  readonly close: () => void;
}

const PAUSE_FIRST_MS = 1_000;
const PAUSE_MAX_MS = 20_000;

export interface ConnectionOptions {
  readonly url: string;
  readonly now: () => number;
  readonly onEvent: (event: LiveEvent) => void;
  /** The feed is open, again: what happened meanwhile was not told. */
  readonly onOpen: () => void;
  /** The feed broke: time to find out whether anybody still answers. */
  readonly onLost: () => void;
}

export function createConnection({ url, now, onEvent, onOpen, onLost }: ConnectionOptions): Connection {
  let state: LinkState = { feed: "connecting" };
  let source: EventSource | undefined;
  let pause = PAUSE_FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  const put = (next: LinkState): void => {
    const changed = next.feed !== state.feed || next.answered !== state.answered;
    state = next;
    if (changed) for (const listener of listeners) listener();
  };

  const open = (): void => {
    timer = undefined;
    source = new EventSource(url);
    source.onopen = () => {
      pause = PAUSE_FIRST_MS;
      put({ feed: "open", answered: true, lastReplyAt: now() });
      onOpen();
    };
    source.onmessage = (message) => {
      state = { ...state, lastReplyAt: now() };
      const event = LiveEvent.safeParse(parse(message.data));
      if (event.success) onEvent(event.data);
    };
    source.onerror = () => {
      put({ ...state, feed: "lost" });
      source?.close();
      if (timer !== undefined) return;
      onLost();
      timer = setTimeout(open, pause * (0.5 + Math.random()));
      pause = Math.min(PAUSE_MAX_MS, pause * 2);
    };
  };
  open();

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    noteReply: (answered) => put(answered ? { ...state, answered, lastReplyAt: now() } : { ...state, answered }),
    close: () => {
      clearTimeout(timer);
      source?.close();
    },
  };
}

function parse(data: unknown): unknown {
  try {
    return typeof data === "string" ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}
