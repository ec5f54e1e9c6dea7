/** The command feed of one box: what waits for it, then what comes, in the order of its cursor. */
import type { Logger } from "pino";
import { ORDER_HEARTBEAT } from "../cloud-sync/protocol/orders.ts";
import { type EventStream, HEARTBEAT_MS } from "./event-stream.ts";
import type { Store } from "./store/store.ts";

export interface OrderFeedParts {
  readonly store: Pick<Store, "takeOrders" | "holdsOrders" | "admitsBox" | "proofOfLife" | "watch">;
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

/** Notifications can be lost between replicas; every that many heartbeats the store is asked anyway. */
const HEARTBEATS_PER_LOOK = 4;

export const createOrderFeed = ({ store, now, log, heartbeatMs = HEARTBEAT_MS }: OrderFeedParts): OrderFeed => {
  const streams = new Map<string, EventStream>();
  const polls = new Set<() => void>();
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
    // The box has opened a new stream, so it reads the old one no more.
    streams.get(box)?.end();
    streams.set(box, stream);
    await store.proofOfLife(box, now());
    await store.holdsOrders(box, cursor);
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
      if (++beats % HEARTBEATS_PER_LOOK === 0) due = true;
      wake();
    }, heartbeatMs);
    stream.closed.then(() => wake());
    try {
      let sent = cursor;
      while (stream.isOpen) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (!(await store.admitsBox(box))) break;
        if (due) {
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
      stream.end();
      if (streams.get(box) === stream) streams.delete(box);
    }
  };

  const poll = async (box: string, cursor: number, waitMs: number, gone: Promise<void>): Promise<string> => {
    streams.get(box)?.end();
    await store.proofOfLife(box, now());
    await store.holdsOrders(box, cursor);
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
    polls.add(finish);
    gone.then(finish);
    try {
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
      polls.delete(finish);
      unwatch();
    }
  };

  return {
    serve,
    poll,
    end() {
      ended = true;
      for (const finish of polls) finish();
      for (const stream of streams.values()) stream.end();
    },
  };
};
