/** The feed of one box with a driven clock: nothing past its expiry, nothing to a revoked box, life shown by heartbeats. */
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import type { CommandOrder } from "../../cloud-sync/protocol/entry.ts";
import { ORDER_HEARTBEAT } from "../../cloud-sync/protocol/orders.ts";
import { openEventStream } from "../../hypervisor/event-stream.ts";
import { createOrderFeed, type OrderFeedParts } from "../../hypervisor/order-feed.ts";
import type { Change } from "../../hypervisor/store/words.ts";

class Response extends EventEmitter {
  text = "";
  unread = 0;
  writableEnded = false;
  get writableLength() {
    return this.unread;
  }
  writeHead() {}
  write(chunk: string) {
    this.text += chunk;
  }
  end() {
    this.writableEnded = true;
    this.emit("close");
  }
  destroy() {
    this.end();
  }
}

const ground = (changes: Partial<OrderFeedParts["store"]> = {}) => {
  const response = new Response();
  const ears = new Set<(change: Change) => void>();
  const orders: CommandOrder[] = [];
  let now = 1_000;
  const feed = createOrderFeed({
    store: {
      takeOrders: async (_box, cursor) => orders.filter((order) => order.cursor > cursor),
      holdsOrders: async () => {},
      admitsBox: async () => true,
      admittedAmong: async (names) => new Set(names),
      proofOfLife: async () => {},
      watch: (heard) => {
        ears.add(heard);
        return () => ears.delete(heard);
      },
      ...changes,
    },
    now: () => now,
    log: pino({ level: "silent" }),
    heartbeatMs: 15,
  });
  const stream = openEventStream(response as unknown as ServerResponse);
  return {
    response,
    feed,
    served: feed.serve("remiremont", 0, stream),
    tell: (change: Change) => {
      for (const heard of ears) heard(change);
    },
    put: (cursor: number, expiresAt: number) =>
      orders.push({ cursor, command: { id: `command-${cursor}`, expiresAt } }),
    setNow: (time: number) => {
      now = time;
    },
    ears,
  };
};

const wake: Change = { type: "orders", box: "remiremont" };

test("orders are written once each, in order; one past its expiry never", async () => {
  const { response, put, tell, setNow, feed, served } = ground();
  put(1, 2_000);
  tell(wake);
  await vi.waitFor(() => expect(response.text).toContain("command-1"));
  setNow(5_000);
  put(2, 4_999);
  put(3, 5_001);
  tell(wake);
  await vi.waitFor(() => expect(response.text).toContain("command-3"));
  expect(response.text).not.toContain("command-2");
  expect(response.text.match(/command-1/g)).toHaveLength(1);
  feed.end();
  await served;
});

test("a heartbeat shows life while nothing comes", async () => {
  const { response, feed, served } = ground();
  await vi.waitFor(() => expect(response.text).toContain(": alive\n\n"));
  feed.end();
  await served;
});

test("orders of which no notification was heard are found all the same", async () => {
  const { response, put, feed, served } = ground();
  put(1, 2_000);
  await vi.waitFor(() => expect(response.text).toContain("command-1"));
  feed.end();
  await served;
});

test("a box revoked while it listens is cut off, and its ear removed", async () => {
  let admitted = true;
  const { response, served, ears } = ground({ admittedAmong: async (names) => new Set(admitted ? names : []) });
  await vi.waitFor(() => expect(response.text).toContain(": alive"));
  admitted = false;
  await served;
  expect(response.writableEnded).toBe(true);
  expect(ears.size).toBe(0);
});

test("a box that is refused just before an order is handed out does not get it", async () => {
  let admitted = true;
  const { response, served, put, tell } = ground({ admitsBox: async () => admitted });
  await vi.waitFor(() => expect(response.text).toContain(": alive"));
  admitted = false;
  put(1, 2_000);
  tell(wake);
  await served;
  expect(response.text).not.toContain("command-1");
});

test("all open streams are looked at in one question, a heartbeat apart", async () => {
  const asked: (readonly string[])[] = [];
  const { feed, served } = ground({
    admittedAmong: async (names) => {
      asked.push(names);
      return new Set(names.filter((name) => name !== "epinal"));
    },
  });
  const more = ["epinal", "vagney"].map((box) => {
    const response = new Response();
    return { response, served: feed.serve(box, 0, openEventStream(response as unknown as ServerResponse)) };
  });
  await more[0]!.served;
  expect(asked[0]).toEqual(["remiremont", "epinal", "vagney"]);
  await vi.waitFor(() => expect(asked.at(-1)).toEqual(["remiremont", "vagney"]));
  expect(more.map(({ response }) => response.writableEnded)).toEqual([true, false]);
  feed.end();
  await Promise.all([served, ...more.map((each) => each.served)]);
});

test.each([
  ["fails", () => Promise.reject(new Error("database gone"))],
  ["never answers", () => new Promise<never>(() => {})],
])("a store that %s once is asked again; twice in a row, and the streams end", async (_how, broken) => {
  let asked = 0;
  const working = async (names: readonly string[]) => new Set(names);
  const { response, served } = ground({
    admittedAmong: (names) => (++asked === 1 || asked === 3 ? working(names) : broken()),
  });
  await served;
  expect(response.writableEnded).toBe(true);
  expect(asked).toBe(_how === "fails" ? 5 : 2);
});

test("a reader that never reads is dropped", async () => {
  const { response, served } = ground();
  response.unread = 2 * 1024 * 1024;
  await served;
  expect(response.writableEnded).toBe(true);
});

test("a box waits in one poll: its next ends the one before, with what has come, and not that of another box", async () => {
  const { feed, served, put, ears } = ground();
  const never = new Promise<void>(() => {});
  const polls = [1, 2, 3].map(() => feed.poll("remiremont", 0, 60_000, never));
  const other = feed.poll("epinal", 0, 60_000, never);
  await served;
  expect(await Promise.all(polls.slice(0, 2))).toEqual([ORDER_HEARTBEAT, ORDER_HEARTBEAT]);
  put(1, 2_000);
  const last = feed.poll("remiremont", 0, 60_000, never);
  expect(await polls[2]).toContain("command-1");
  expect(await last).toContain("command-1");
  feed.end();
  await other;
  expect(ears.size).toBe(0);
});

test("a store that fails ends the stream; the box comes back", async () => {
  const { response, served } = ground({
    takeOrders: async () => {
      throw new Error("database gone");
    },
  });
  await served;
  expect(response.writableEnded).toBe(true);
});
