/**
 * The boxes of a fleet bench, or some of them, in a process of their own: each is the product's push and command feed over real HTTPS with a
 * certificate of its own, on a small journal in memory. Told by messages what to do.
 */
import Database from "better-sqlite3";
import { createCommandFeed } from "../cloud-sync/command-feed.ts";
import { createHttpsTransport } from "../cloud-sync/https.ts";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import type { BoxHealth, EntryBody } from "../cloud-sync/protocol/entry.ts";
import { createPush } from "../cloud-sync/push.ts";
import { systemTimers } from "../cloud-sync/timers.ts";

export interface FleetOrder {
  readonly url: string;
  readonly boxes: readonly { readonly name: string; readonly certificate: string; readonly key: string }[];
  readonly ca: string;
}

/** To this process. */
export type FleetWord =
  | { readonly is: "order"; readonly order: FleetOrder }
  | { readonly is: "write" }
  | { readonly is: "ask" };

export interface FleetState {
  /** Boxes whose command stream is open and whose journal has no entry that waits. */
  readonly back: number;
  readonly connected: number;
  /** Boxes whose command stream is open. */
  readonly streams: number;
  readonly waiting: number;
  /** Sent since the start, repetitions and heartbeats included. */
  readonly batches: number;
  readonly written: number;
  /** A box's last fault, for whoever looks why some are missing. */
  readonly fault?: string;
}

const ENTRIES_EACH = 5;

const health = (lastSeq: number): BoxHealth => ({
  lastSeq,
  oldestSeq: 1,
  journalBytes: 0,
  freeBytes: 1e9,
  firstHop: { lossless: true, reasons: [] },
  brokerConnected: true,
  devices: 100,
  unregistered: 0,
  duplicates: 0,
  version: "bench",
});

const reading = (box: string, fCnt: number): EntryBody => ({
  kind: "reading",
  device: `24e1${Buffer.from(box).toString("hex").slice(-12).padStart(12, "0")}`,
  at: Date.now(),
  receivedAt: Date.now(),
  fCnt,
  fPort: 85,
  frame: Uint8Array.of(1, 0x75, 92, 3, 0x67, fCnt % 256, 0),
  measurements: [
    { name: "battery.level", value: 92, unit: "%" },
    { name: "temperature", value: fCnt / 10, unit: "Cel" },
  ],
  history: [],
  notes: [],
});

function startBox({ url, ca }: FleetOrder, { name, certificate, key }: FleetOrder["boxes"][number]) {
  const journal = openJournal(new Database(":memory:"), {
    clock: { now: () => ({ wall: Date.now(), mono: performance.now(), clock: "confirmed" }) },
  });
  const transport = createHttpsTransport({ url, key, cert: certificate, ca });
  const common = { box: name, timers: systemTimers, random: Math.random };
  const push = createPush({
    ...common,
    journal,
    destination: "region",
    transport: transport.send,
    health: () => health(journal.lastSeq),
  });
  const feed = createCommandFeed({ ...common, open: transport.open, cursor: () => 0, deliver: () => {} });
  push.start();
  feed.start();
  return {
    write() {
      journal.write((append) => {
        for (let each = 0; each < ENTRIES_EACH; each++) append(reading(name, journal.lastSeq + each));
      });
    },
    status: () => ({ ...push.status(), streams: feed.status().connected, feedFault: feed.status().lastError?.message }),
  };
}

const boxes: ReturnType<typeof startBox>[] = [];
let written = 0;

function state(): FleetState {
  const all = boxes.map((box) => box.status());
  const bad = all.find(({ waiting, streams, connected }) => waiting > 0 || !streams || !connected);
  return {
    back: all.filter(({ waiting, streams, connected }) => waiting === 0 && streams && connected).length,
    connected: all.filter(({ connected }) => connected).length,
    streams: all.filter(({ streams }) => streams).length,
    waiting: all.reduce((sum, { waiting }) => sum + waiting, 0),
    batches: all.reduce((sum, { sent }) => sum + sent.batches, 0),
    written,
    ...(bad === undefined ? {} : { fault: bad.lastError?.message ?? bad.feedFault ?? "" }),
  };
}

/** A region's boxes are not installed in one second; that they all come back at once is what is measured, later. */
const FIRST_STARTS_PER_TICK = 20;
const FIRST_STARTS_EVERY_MS = 150;

function startOneAfterTheOther(order: FleetOrder): void {
  const from = boxes.length;
  boxes.push(...order.boxes.slice(from, from + FIRST_STARTS_PER_TICK).map((box) => startBox(order, box)));
  if (boxes.length < order.boxes.length) setTimeout(startOneAfterTheOther, FIRST_STARTS_EVERY_MS, order);
}

process.on("disconnect", () => process.exit());
process.on("message", (word: FleetWord) => {
  if (word.is === "order") startOneAfterTheOther(word.order);
  if (word.is === "write") {
    for (const box of boxes) box.write();
    written += boxes.length * ENTRIES_EACH;
  }
  process.send?.(state());
});
