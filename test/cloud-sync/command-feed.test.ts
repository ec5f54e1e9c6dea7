import fc from "fast-check";
import { expect, test } from "vitest";
import { type CommandFeedEvent, createCommandFeed } from "../../cloud-sync/command-feed.ts";
import { createEventStreamParser, type StreamEvent } from "../../cloud-sync/event-stream.ts";
import type { CommandOrder } from "../../cloud-sync/protocol/entry.ts";
import { ORDER_HEARTBEAT, parseOrder, printOrder } from "../../cloud-sync/protocol/orders.ts";
import type { StreamReply, TransportRequest } from "../../cloud-sync/transport.ts";
import { createDrivenTimers } from "./driven.ts";

const order = (cursor: number): CommandOrder => ({
  cursor,
  command: { id: `c${cursor}`, name: "dim — é\r\n", level: 40 },
});

/** Cuts bytes anywhere. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

test("a stream is understood wherever it is cut and whatever ends its lines", () => {
  const piece = fc.oneof(
    fc.record({ order: fc.nat(1000) }),
    fc.record({ comment: fc.constantFrom("", " alive", ": : ", "é") }),
    fc.record({ blank: fc.constant(true) }),
  );
  const ending = fc.constantFrom("\n", "\r\n", "\r");
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.array(ending, { minLength: 1 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (pieces, ends, places) => {
        let text = "";
        let line = 0;
        const expected: StreamEvent[] = [];
        const put = (one: string) => {
          const end = ends[line++ % ends.length]!;
          // An empty line after CR must not begin with LF: the two would be one ending.
          text += one + (text.endsWith("\r") && one === "" && end === "\n" ? "\r" : end);
        };
        for (const each of pieces) {
          if ("comment" in each) put(`:${each.comment}`);
          else if ("blank" in each) put("");
          else {
            for (const one of printOrder(order(each.order)).split("\n").slice(0, -1)) put(one);
            expected.push({ event: "message", data: JSON.stringify(order(each.order)), id: String(each.order) });
          }
        }
        put(":");
        const parser = createEventStreamParser();
        expect(cut(Buffer.from(text), places).flatMap((bytes) => parser.feed(bytes))).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test("the odd fields of the specification: no space, no colon, several data lines, retry, NUL in an id", () => {
  const parser = createEventStreamParser();
  const text =
    "id:1\ndata:a\ndata\ndata:  b\n\nid: x\0y\nretry: 70\nevent: e\ndata: c\n\nretry: 7x\ndata\n\nevent: none\n\n";
  expect(parser.feed(Buffer.from(text))).toEqual([
    { event: "message", data: "a\n\n b", id: "1" },
    { event: "e", data: "c", id: "1" },
    { event: "message", data: "", id: "1" },
  ]);
  expect(parser.retryMs).toBe(70);
});

test("an event without end is refused", () => {
  const parser = createEventStreamParser(1000);
  expect(() => parser.feed(Buffer.alloc(1001, 65))).toThrow(RangeError);
  const other = createEventStreamParser(1000);
  expect(() => {
    for (let n = 0; n < 300; n++) other.feed(Buffer.from("data: aaaa\n"));
  }).toThrow(RangeError);
});

test("an order is read back as it was printed; anything else is a fault", () => {
  const { data } = createEventStreamParser().feed(Buffer.from(printOrder(order(7))))[0]!;
  expect(parseOrder(data)).toEqual({ ok: true, value: order(7) });
  for (const text of ["", "{", "[]", '{"cursor":"1","command":{}}', '{"cursor":1}', "null"]) {
    expect(parseOrder(text).ok).toBe(false);
  }
});

/** A line that the test speaks into. */
function createLine() {
  const queue: (Uint8Array | "end")[] = [];
  let wake = () => {};
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = queue.shift();
      if (next === "end") return;
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const put = (next: Uint8Array | "end") => {
    queue.push(next);
    wake();
  };
  return { chunks: chunks(), say: (text: string) => put(Buffer.from(text)), end: () => put("end") };
}

function build(deliver?: (order: CommandOrder) => void) {
  const timers = createDrivenTimers();
  const got: CommandOrder[] = [];
  const events: CommandFeedEvent[] = [];
  const requests: TransportRequest[] = [];
  const lines: ReturnType<typeof createLine>[] = [];
  let answer: ((signal: AbortSignal | undefined) => Promise<StreamReply>) | undefined;
  let isReached = true;
  const feed = createCommandFeed({
    box: "remiremont",
    open: (request, signal, stands) => {
      requests.push(request);
      if (isReached) stands?.();
      if (answer !== undefined) return answer(signal);
      const line = createLine();
      lines.push(line);
      return Promise.resolve({ status: 200, headers: { "content-type": "text/event-stream" }, chunks: line.chunks });
    },
    cursor: () => got.at(-1)?.cursor ?? 0,
    deliver: async (each) => {
      deliver?.(each);
      got.push(each);
    },
    timers,
    random: () => 0.5,
    report: (event) => events.push(event),
  });
  return {
    timers,
    got,
    events,
    requests,
    lines,
    feed,
    answerBy: (by: typeof answer) => (answer = by),
    reachNobody: () => {
      isReached = false;
    },
  };
}

test("orders are delivered in order; after a break the feed asks on from its durable cursor; copies are passed over", async () => {
  const { timers, got, requests, lines, feed } = build();
  feed.start();
  await timers.settle();
  expect(requests[0]).toMatchObject({
    method: "GET",
    path: "/v1/boxes/remiremont/commands",
    headers: { "last-event-id": "0", accept: "text/event-stream" },
  });
  lines[0]!.say(printOrder(order(1)) + printOrder(order(2)));
  await timers.settle();
  lines[0]!.end();
  await timers.advance(1000);
  expect(requests[1]?.headers["last-event-id"]).toBe("2");
  lines[1]!.say(printOrder(order(2)) + printOrder(order(5)));
  await timers.settle();
  expect(got.map(({ cursor }) => cursor)).toEqual([1, 2, 5]);
  await feed.stop();
  expect(feed.status().connected).toBe(false);
});

test("a line without a byte for 45 s is given up; heartbeats keep it", async () => {
  const { timers, requests, lines, feed, events } = build();
  feed.start();
  await timers.settle();
  for (let n = 0; n < 5; n++) {
    await timers.advance(30_000);
    lines[0]!.say(ORDER_HEARTBEAT);
  }
  await timers.settle();
  expect(requests.length).toBe(1);
  expect(feed.status().connected).toBe(true);
  await timers.advance(46_000);
  expect(requests.length).toBe(2);
  expect(events).toContainEqual({ is: "disconnected", message: "no byte for 45000 ms" });
  await feed.stop();
});

test("a server that never answers is given up too", async () => {
  const { timers, requests, feed, answerBy } = build();
  answerBy(() => new Promise(() => {}));
  feed.start();
  await timers.advance(100_000);
  expect(requests.length).toBe(3);
  await feed.stop();
});

test("an order whose commit failed comes again; one that cannot be read is reported and passed over", async () => {
  let full = true;
  const { timers, got, requests, lines, feed, events } = build(() => {
    if (full) throw new Error("disk full");
  });
  feed.start();
  await timers.settle();
  lines[0]!.say(printOrder(order(1)));
  await timers.settle();
  expect(got).toEqual([]);
  full = false;
  await timers.advance(1000);
  expect(requests[1]?.headers["last-event-id"]).toBe("0");
  lines[1]!.say(`id: 1\ndata: {"broken\n\nevent: other\ndata: 1\n\n${printOrder(order(2))}`);
  await timers.settle();
  expect(got).toEqual([order(2)]);
  expect(events.filter(({ is }) => is === "unreadable").length).toBe(1);
  await feed.stop();
});

test("refusals are followed by pauses: jittered, or as long as the region asks", async () => {
  const { timers, requests, feed, answerBy } = build();
  const none = (async function* () {})();
  answerBy(() => Promise.resolve({ status: 503, headers: { "retry-after": "100" }, chunks: none }));
  feed.start();
  await timers.advance(99_000);
  expect(requests.length).toBe(1);
  await timers.advance(20_000);
  expect(requests.length).toBe(2);
  answerBy(() => Promise.reject(new Error("refused")));
  await timers.advance(3_600_000);
  // A ceiling of 30 s, halved by the jitter of this test.
  expect(requests.length).toBeLessThan(3600 / 15 + 20);
  expect(requests.length).toBeGreaterThan(3600 / 15 - 30);
  await feed.stop();
});

test("where nothing comes of two streams it polls: a reply that ends is no break, and a stream is tried again after an hour", async () => {
  const { timers, got, requests, feed, events, answerBy } = build();
  const waiting: CommandOrder[] = [];
  // A proxy that hands on only what is whole: a stream never is, a poll is once it ends.
  answerBy(() => {
    const { path } = requests.at(-1)!;
    if (!path.includes("?wait=")) return new Promise(() => {});
    const text = waiting.splice(0).map(printOrder).join("");
    const chunks = (async function* () {
      if (text === "") await new Promise<void>((resolve) => timers.after(25_000, resolve));
      yield Buffer.from(text === "" ? ORDER_HEARTBEAT : text);
    })();
    return Promise.resolve({ status: 200, headers: { "content-type": "text/event-stream" }, chunks });
  });
  feed.start();
  await timers.advance(95_000);
  expect(requests.map(({ path }) => path.split("/").at(-1))).toEqual(["commands", "commands", "commands?wait=25"]);
  expect(feed.status()).toMatchObject({ connected: true, polling: true });
  waiting.push(order(1), order(2));
  await timers.advance(60_000);
  expect(got.map(({ cursor }) => cursor)).toEqual([1, 2]);
  expect(requests.at(-1)?.headers["last-event-id"]).toBe("2");
  expect(events.filter(({ is }) => is === "polling").length).toBe(1);
  expect(events.filter(({ is }) => is === "disconnected")).toEqual([]);
  await timers.advance(3_700_000);
  expect(requests.filter(({ path }) => path.endsWith("/commands")).length).toBe(3);
  // The proxy is gone.
  answerBy(() => {
    const line = createLine();
    line.say(ORDER_HEARTBEAT);
    return Promise.resolve({ status: 200, headers: { "content-type": "text/event-stream" }, chunks: line.chunks });
  });
  await timers.advance(3_700_000);
  expect(feed.status().polling).toBe(false);
  await feed.stop();
});

test("a region that cannot be reached is no reason to poll", async () => {
  const { timers, requests, feed, answerBy } = build();
  answerBy(() => Promise.reject(new Error("refused")));
  feed.start();
  await timers.advance(600_000);
  expect(requests.some(({ path }) => path.includes("?wait="))).toBe(false);
  await feed.stop();
});

test("nor is one whose door stays shut: a line that was never made says nothing of what stands between", async () => {
  const { timers, requests, feed, events, answerBy, reachNobody } = build();
  reachNobody();
  answerBy(() => new Promise(() => {}));
  feed.start();
  await timers.advance(600_000);
  expect(requests.length).toBeGreaterThan(5);
  expect(requests.some(({ path }) => path.includes("?wait="))).toBe(false);
  expect(events.filter(({ is }) => is === "polling")).toEqual([]);
  await feed.stop();
});
