/** The command feed of one box: what waits for it, then what comes, in the order of its cursor. */
import type { Logger } from "pino";
import { ORDER_HEARTBEAT } from "../cloud-sync/protocol/orders.ts";
import { type EventStream, HEARTBEAT_MS } from "./event-stream.ts";
import type { Store } from "./store/store.ts";

export interface OrderFeedParts {
  readonly store: Pick<Store, "takeOrders" | "holdsOrders" | "admitsBox" | "admittedAmong" | "proofOfLife" | "watch">;
  readonly now: () => number;
  readonly log: Logger;
  readonly heartbeatMs?: number;
}

export interface OrderFeed {
  /** Serves the stream until either side ends it. `cursor`: the last order the box holds. */
  serve(box: string, cursor: number, stream: EventStream): Promise<void>;
  /** The text of a stream that ends with the first orders, or after `waitMs` without: for where event streams are held back. */
  poll(box: string, cursor: number, waitMs: number, gone: Promise<void>): Promise<string>;
  /** Ends all streams. */
  end(): void;
}

/** Notifications can be lost between replicas; every that many heartbeats the store is asked for orders anyway. */
const HEARTBEATS_PER_LOOK = 4;
/** So many times in a row nobody could say whether the boxes are still admitted: then their streams end. */
const UNANSWERED_MAX = 2;

export const createOrderFeed = ({ store, now, log, heartbeatMs = HEARTBEAT_MS }: OrderFeedParts): OrderFeed => {
  const streams = new Map<string, EventStream>();
  const polls = new Map<string, () => void>();
  let ended = false;
  /** Wakes the stream of a box: thousands are open, and most of what changes is of no concern to any. */
  const news = new Map<string, () => void>();
  let unwatch = () => {};
  const hearFor = (box: string, hear: () => void): void => {
    if (news.size === 0)
      unwatch = store.watch((change) => {
        if (change.type === "missed") for (const each of news.values()) each();
        else if (change.type === "orders") news.get(change.box)?.();
      });
    news.set(box, hear);
  };
  const hearNoMore = (box: string, hear: () => void): void => {
    if (news.get(box) !== hear) return;
    news.delete(box);
    if (news.size === 0) unwatch();
  };

  let looking = false;
  let unanswered = 0;
  /**
   * Revocations end a stream as they are told (box-door.ts); should that be lost, within a heartbeat: one question for all streams, of
   * which there are thousands. Orders are handed out only after the box was asked for by itself.
   */
  const lookAtAll = async (): Promise<void> => {
    if (looking) {
      endUnanswered();
      return;
    }
    looking = true;
    const open = [...streams];
    try {
      const admitted = await store.admittedAmong(open.map(([box]) => box));
      unanswered = 0;
      for (const [box, stream] of open) if (!admitted.has(box)) stream.end();
    } catch (error) {
      log.warn({ err: error }, "boxes with open streams not looked at");
      endUnanswered();
    }
    looking = false;
  };
  const endUnanswered = (): void => {
    if (++unanswered >= UNANSWERED_MAX) for (const stream of streams.values()) stream.end();
  };
  let looks: NodeJS.Timeout | undefined;
  const opened = (box: string, stream: EventStream): void => {
    // The box has opened a new stream, so it reads the old one no more.
    streams.get(box)?.end();
    streams.set(box, stream);
    looks ??= setInterval(() => void lookAtAll(), heartbeatMs);
  };
  const over = (box: string, stream: EventStream): void => {
    stream.end();
    if (streams.get(box) === stream) streams.delete(box);
    if (streams.size > 0) return;
    clearInterval(looks);
    looks = undefined;
    unanswered = 0;
  };

  const sendNew = async (box: string, cursor: number, stream: Pick<EventStream, "send">): Promise<number> => {
    let sent = cursor;
    for (const order of await store.takeOrders(box, cursor, now())) {
      const { expiresAt } = order.command;
      if (typeof expiresAt === "number" && expiresAt > now()) {
        if (!stream.send({ id: String(order.cursor), data: JSON.stringify(order) })) return sent;
      }
      sent = order.cursor;
    }
    return sent;
  };

  const serve = async (box: string, cursor: number, stream: EventStream): Promise<void> => {
    opened(box, stream);
    let wake = () => {};
    let due = true;
    const hear = () => {
      due = true;
      wake();
    };
    hearFor(box, hear);
    let beats = 0;
    const heartbeat = setInterval(() => {
      stream.comment("alive");
      if (++beats % HEARTBEATS_PER_LOOK === 0) hear();
    }, heartbeatMs);
    stream.closed.then(() => wake());
    try {
      await store.proofOfLife(box, now());
      await store.holdsOrders(box, cursor);
      let sent = cursor;
      while (stream.isOpen) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (due) {
          if (!(await store.admitsBox(box))) break;
          due = false;
          sent = await sendNew(box, sent, stream);
        }
        if (!due && stream.isOpen) await woken;
      }
    } catch (error) {
      // The box comes back by itself and says what it holds.
      log.warn({ err: error, box }, "command feed ended");
    } finally {
      clearInterval(heartbeat);
      hearNoMore(box, hear);
      over(box, stream);
    }
  };

  const poll = async (box: string, cursor: number, waitMs: number, gone: Promise<void>): Promise<string> => {
    // The box has begun a new one, so it reads neither.
    streams.get(box)?.end();
    polls.get(box)?.();
    let text = "";
    const taken = {
      send: ({ id, data }: { readonly id?: string; readonly data: string }) => {
        text += `id: ${id}\ndata: ${data}\n\n`;
        return true;
      },
    };
    let over = ended;
    let wake = () => {};
    const unwatch = store.watch((change) => {
      if (change.type === "missed" || (change.type === "orders" && change.box === box)) wake();
    });
    const finish = () => {
      over = true;
      wake();
    };
    const timer = setTimeout(finish, waitMs);
    polls.set(box, finish);
    gone.then(finish);
    try {
      await store.proofOfLife(box, now());
      await store.holdsOrders(box, cursor);
      for (let sent = cursor; ; ) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (!(await store.admitsBox(box))) return text;
        sent = await sendNew(box, sent, taken);
        if (text !== "" || over) return text === "" ? ORDER_HEARTBEAT : text;
        await woken;
      }
    } finally {
      clearTimeout(timer);
      if (polls.get(box) === finish) polls.delete(box);
      unwatch();
    }
  };

  return {
    serve,
    poll,
    end() {
      ended = true;
      for (const finish of polls.values()) finish();
      for (const stream of streams.values()) stream.end();
    },
  };
};
