/** Back-fill where the history keeps all devices' events in one order: a made line here, the real one in histories.test.ts. */
import { expect, test } from "vitest";
import { createBackFill } from "../../gateway/back-fill.ts";
import type { Delivery, LineBreak, PastEvent, UpEvent } from "../../gateway/words.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";

const DEVICE = "24e124136b502217";
const MINUTE = 60_000;
/** More than the longest pause between two readings of the line. */
const A_WHILE = 7 * MINUTE;

const event = (text: string): PastEvent => ({ kind: "up", devEui: DEVICE, payload: Buffer.from(text) });
const heard: UpEvent = {
  kind: "up",
  devEui: DEVICE,
  applicationId: "a",
  deviceName: "",
  tags: {},
  time: 0,
  deduplicationId: "d",
  devAddr: "01a3b2c4",
  fCnt: 5,
  fPort: 85,
  dr: 5,
  confirmed: false,
  data: new Uint8Array(),
};

interface World {
  /** All that was ever written to the line; a bookmark is the number of events before it. */
  readonly written: PastEvent[];
  broken: LineBreak | undefined;
  isAway: boolean;
  isApiAway: boolean;
  isDiskFull: boolean;
}

function build(saved = new Map<string, string>(), written: PastEvent[] = []) {
  const timers = createDrivenTimers();
  const world: World = { written, broken: undefined, isAway: false, isApiAway: false, isDiskFull: false };
  const reads: string[] = [];
  const warnings: string[] = [];
  const missing: { from: number; to: number }[] = [];
  const asked: string[] = [];
  const kept: string[] = [];
  let taken: Delivery[] = [];
  const fill = createBackFill({
    history: {
      async of(devEui) {
        asked.push(devEui);
        if (world.isApiAway) throw new Error("the API is away");
        return [];
      },
      line: {
        async read({ bookmark, settled }, take, broken) {
          reads.push(`${settled ? "on" : "gap"} ${bookmark ?? "–"}`);
          if (world.isAway) throw new Error("Redis is away");
          if (bookmark === undefined) {
            take([], String(written.length));
            return undefined;
          }
          if (world.broken !== undefined) broken?.(world.broken, 1_000);
          const from = Number(bookmark);
          // Two pages.
          const middle = Math.ceil((from + written.length) / 2);
          for (const [begin, end] of [
            [from, middle],
            [middle, written.length],
          ] as const)
            take(written.slice(begin, end), String(end));
          return world.broken;
        },
      },
    },
    devices: () => [{ devEui: DEVICE }, { devEui: "0000000000000009" }],
    take: (delivery) => void taken.push(delivery),
    flush: () => {
      if (world.isDiskFull) return false;
      kept.push(...taken.map(({ payload }) => Buffer.from(payload).toString()));
      taken = [];
      return true;
    },
    state: { get: (key) => saved.get(key), set: (key, value) => void saved.set(key, value) },
    write: (work) => work(() => 0),
    mayMiss: (gap) => void missing.push(gap),
    now: timers.wall,
    after: timers.after,
    random: () => 0.5,
    log: { debug: () => {}, info: () => {}, warn: (_, text) => void warnings.push(text), error: () => {} },
  });
  return { timers, world, reads, warnings, missing, asked, kept, fill, saved };
}

/** A box that has heard something and has found its place in the line. */
async function begun() {
  const box = build();
  box.fill.heard(heard);
  await box.timers.advance(5_000);
  expect(box.reads).toEqual(["on –"]);
  return box;
}

test("the line is read on every few minutes from where it stopped, also by the next life of the box", async () => {
  const { world, timers, reads, kept, saved, fill } = await begun();
  world.written.push(event("a"), event("b"), event("c"));
  await timers.advance(A_WHILE);
  expect(kept).toEqual(["a", "b", "c"]);
  world.written.push(event("d"));
  await timers.advance(A_WHILE);
  expect(kept).toEqual(["a", "b", "c", "d"]);
  expect(reads).toEqual(["on –", "on 0", "on 3"]);
  fill.stop();
  await timers.advance(A_WHILE);
  expect(reads).toHaveLength(3);

  const next = build(saved, [...world.written, event("e")]);
  // The broker's backlog comes first.
  await next.timers.advance(10_000);
  expect(next.reads).toEqual([]);
  await next.timers.advance(A_WHILE);
  expect(next.kept).toEqual(["e"]);
});

test("a gap is one reading of the line to its end, and no question to any device", async () => {
  const { fill, world, timers, kept, asked, reads } = await begun();
  world.written.push(event("a"), event("b"));
  fill.lineLost();
  await timers.advance(10_000);
  expect(reads.at(-1)).toBe("gap 0");
  expect(kept).toEqual(["a", "b"]);
  expect(asked).toEqual([]);
});

test.each(["trimmed", "emptied", "went-back"] as const)(
  "a line that is %s is said, and every device is asked as well",
  async (broken) => {
    const { fill, world, timers, kept, asked, warnings, missing } = await begun();
    world.written.push(event("a"));
    world.broken = broken;
    fill.lineLost();
    await timers.advance(10_000);
    expect(kept).toEqual(["a"]);
    expect(asked.toSorted()).toEqual(["0000000000000009", DEVICE]);
    expect(warnings).toHaveLength(1);
    expect(missing).toEqual([{ from: 1_000, to: expect.any(Number) }]);
    // What is dropped by and by is no loss while the broker brings it.
    await timers.advance(A_WHILE);
    expect(warnings).toHaveLength(broken === "trimmed" ? 1 : 2);
    expect(missing).toHaveLength(1);
  },
);

test("a gap before the box knows its place in the line is asked about device by device", async () => {
  const { fill, timers, asked } = build();
  fill.heard(heard);
  fill.lineLost();
  await timers.advance(10_000);
  expect(asked).toHaveLength(2);
});

test("while Redis is away the devices are asked, once, and the line is read when it is back", async () => {
  const { fill, world, timers, kept, asked, reads, warnings, saved } = await begun();
  world.written.push(event("a"));
  world.isAway = true;
  fill.lineLost();
  await timers.advance(5 * MINUTE);
  expect(asked).toHaveLength(2);
  expect(reads.filter((read) => read.startsWith("gap")).length).toBeGreaterThan(3);
  expect(warnings).toHaveLength(1);
  expect(saved.get("back-fill.wanted")).toBe("~");
  world.isAway = false;
  await timers.advance(2 * MINUTE);
  expect(kept).toEqual(["a"]);
  expect(asked).toHaveLength(2);
  expect(saved.get("back-fill.wanted")).toBe("");
});

test("with both away both are asked again, also by the next life of the box", async () => {
  const { fill, world, timers, saved } = await begun();
  world.isAway = true;
  world.isApiAway = true;
  fill.lineLost();
  await timers.advance(MINUTE);
  fill.stop();
  expect(saved.get("back-fill.wanted")).toContain("~");
  const next = build(saved, [event("a")]);
  await next.timers.advance(5_000);
  expect(next.kept).toEqual(["a"]);
});

test("what the disk does not take is read again", async () => {
  const { fill, world, timers, kept, saved } = await begun();
  world.written.push(event("a"), event("b"));
  world.isDiskFull = true;
  fill.lineLost();
  await timers.advance(MINUTE / 2);
  expect(kept).toEqual([]);
  expect(saved.get("back-fill.bookmark")).toBe("0");
  world.isDiskFull = false;
  await timers.advance(5 * MINUTE);
  expect(new Set(kept)).toEqual(new Set(["a", "b"]));
  expect(saved.get("back-fill.bookmark")).toBe("2");
});

test("a box whose configuration names no Redis any more asks the devices for what was open", async () => {
  const saved = new Map([["back-fill.wanted", "~"]]);
  const timers = createDrivenTimers();
  const asked: string[] = [];
  createBackFill({
    history: {
      async of(devEui) {
        asked.push(devEui);
        return [];
      },
    },
    devices: () => [{ devEui: DEVICE }],
    take: () => {},
    flush: () => true,
    state: { get: (key) => saved.get(key), set: (key, value) => void saved.set(key, value) },
    write: (work) => work(() => 0),
    mayMiss: () => {},
    now: timers.wall,
    after: timers.after,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  await timers.advance(10_000);
  expect(asked).toEqual([DEVICE]);
});
