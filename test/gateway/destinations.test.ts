/** Several receivers of one journal: each with its own place, the dead one bounded, what it misses declared. Driven clock, real files. */
import Database from "better-sqlite3";
import fc from "fast-check";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { packBodySync } from "../../cloud-sync/protocol/body.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import { openBoxState } from "../../gateway/box-state.ts";
import { parseConfig } from "../../gateway/config.ts";
import { createDestinations, cursorOf, type DestinationAddress } from "../../gateway/destinations.ts";
import { HEALTH } from "../cloud-sync/arbitrary.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";
import { createRegion } from "../cloud-sync/region.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const EVENT = (n: number): EntryBody => ({ kind: "event", event: "status", device: "d", at: n, detail: { n } });

const address = (name: string, changes: Partial<DestinationAddress> = {}): DestinationAddress => ({
  name,
  url: `https://${name}.example`,
  identityFile: "",
  from: "oldest",
  holdMs: 7 * DAY,
  ...changes,
});

const build = () => {
  const timers = createDrivenTimers();
  const db = new Database(":memory:");
  undo.push(() => db.close());
  const clock = { now: () => timers.wall(), mono: () => timers.mono() };
  const journal = openJournal(db, {
    clock: { now: () => ({ wall: timers.wall(), mono: timers.mono(), clock: "confirmed" as const }) },
    epoch: 4,
    checkpointEvery: 4,
    stretch: 16,
  });
  const state = openBoxState(db);
  const write = (count: number): void =>
    journal.write((append) => {
      for (let n = 0; n < count; n++) append(EVENT(n));
    });
  const receivers = new Map<string, ReturnType<typeof createRegion>>();
  const dead = new Set<string>();
  const connect = (...addresses: DestinationAddress[]) => {
    const destinations = createDestinations({
      addresses,
      box: "remiremont",
      journal,
      state,
      health: () => ({ ...HEALTH, lastSeq: journal.lastSeq, oldestSeq: journal.oldestSeq }),
      open: ({ name }) => {
        const receiver = receivers.get(name) ?? createRegion(() => timers.wall());
        receivers.set(name, receiver);
        return {
          send: async (request, signal) => {
            if (dead.has(name)) throw new Error("no route");
            return receiver.transport(request, signal);
          },
          close: () => {},
        };
      },
      write: (work) => journal.write(work),
      clock,
      log: pino({ level: "silent" }),
      settings: { pack: packBodySync, after: timers.after },
    });
    undo.push(() => destinations.stop());
    return destinations;
  };
  const seqsAt = (name: string) => receivers.get(name)!.stored.map(({ seq }) => seq);
  return { timers, journal, state, write, connect, seqsAt, dead };
};

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

test("each has its own place; what all have is the least of them; one added later begins where its configuration says", async () => {
  const { timers, journal, write, connect, seqsAt, dead } = build();
  write(5);
  dead.add("b");
  const destinations = connect(address("a"), address("b"), address("c", { from: "now" }));
  await timers.advance(30_000);
  write(3);
  await timers.advance(30_000);
  expect(seqsAt("a")).toEqual(upTo(1, 8));
  expect(seqsAt("b")).toEqual([]);
  expect(seqsAt("c")).toEqual(upTo(6, 8));
  expect(destinations.acknowledged()).toBe(0);
  dead.clear();
  await timers.advance(90_000);
  expect(seqsAt("b")).toEqual(upTo(1, 8));
  expect(destinations.acknowledged()).toBe(8);
  expect(destinations.status().map(({ name, cursor, waiting }) => [name, cursor, waiting])).toEqual([
    ["a", 8, 0],
    ["b", 8, 0],
    ["c", 8, 0],
  ]);
  expect(journal.cursor("region").seq).toBe(0);
});

test("a restart goes on from the place that was kept, also for one that began with what came then", async () => {
  const { timers, write, connect, seqsAt } = build();
  write(4);
  const first = connect(address("c", { from: "now" }));
  await timers.advance(1_000);
  await first.stop();
  write(2);
  connect(address("c", { from: "now" }));
  await timers.advance(30_000);
  expect(seqsAt("c")).toEqual([5, 6]);
});

test("a dead one holds deletion up for its time and no longer; what it misses is declared once and it goes on past the hole", async () => {
  const { timers, journal, write, connect, seqsAt, dead } = build();
  dead.add("a");
  const destinations = connect(address("a", { holdMs: 2 * HOUR }));
  for (let hour = 0; hour < 5; hour++) {
    write(8);
    await timers.advance(HOUR);
  }
  const released = destinations.acknowledged()!;
  expect(released).toBeGreaterThan(0);
  // What is younger than its time is still kept for it.
  expect(journal.entry(released + 1)!.stamp.wall).toBeGreaterThanOrEqual(timers.wall() - 2 * HOUR);
  expect(journal.entry(released)!.stamp.wall).toBeLessThan(timers.wall() - 2 * HOUR);
  journal.prune(released);
  const { oldestSeq } = journal;
  expect(oldestSeq).toBeGreaterThan(1);
  destinations.keepUp();
  destinations.keepUp();
  const told = upTo(41, journal.lastSeq).map((seq) => journal.entry(seq)!.body);
  expect(told).toMatchObject([
    { kind: "loss", reason: "left-behind", counts: { entry: oldestSeq - 1 }, range: { from: 1, to: oldestSeq - 1 } },
    { kind: "alarm", alarm: "destination-behind", detail: { destination: "a", from: 1, to: oldestSeq - 1 } },
  ]);
  expect(destinations.status()).toMatchObject([{ missed: oldestSeq - 1 }]);
  dead.clear();
  await timers.advance(120_000);
  expect(seqsAt("a")).toEqual(upTo(oldestSeq, journal.lastSeq));
});

test("whichever of them is away and for how long, each ends with all that was kept for it, and its misses are those declared", async () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 3, arbitrary: fc.record({ minutes: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 2, arbitrary: fc.record({ turn: fc.constantFrom("a", "b") }) },
    { weight: 1, arbitrary: fc.record({ prune: fc.constant(true) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 20 }), async (acts) => {
      const { timers, journal, write, connect, seqsAt, dead } = build();
      const holdMs = 20 * 60_000;
      const destinations = connect(address("a", { holdMs }), address("b", { holdMs }));
      for (const each of acts) {
        if ("write" in each) write(each.write);
        else if ("minutes" in each) await timers.advance(each.minutes * 60_000);
        else if ("turn" in each) dead.has(each.turn) ? dead.delete(each.turn) : dead.add(each.turn);
        else {
          journal.prune(Math.min(destinations.acknowledged()!, journal.lastSeq));
          destinations.keepUp();
        }
      }
      dead.clear();
      await timers.advance(10 * 60_000);
      destinations.keepUp();
      await timers.advance(10 * 60_000);
      for (const name of ["a", "b"]) {
        const got = seqsAt(name);
        expect(new Set(got).size).toBe(got.length);
        expect(got).toEqual(got.toSorted((one, other) => one - other));
        const missed = destinations.status().find((each) => each.name === name)!.missed;
        expect(got.length + missed).toBe(journal.lastSeq);
      }
      // Neither moved the region's own place.
      expect(journal.cursor("region").seq).toBe(0);
      await destinations.stop();
    }),
    { numRuns: 10 },
  );
});

test("another destination does not decide in which epoch the box goes on", async () => {
  const { timers, journal, state, write } = build();
  write(1);
  const destinations = createDestinations({
    addresses: [address("a")],
    box: "remiremont",
    journal,
    state,
    health: () => HEALTH,
    open: () => ({ send: async () => printReply({ status: 410, epoch: 99, adopt: true }), close: () => {} }),
    write: (work) => journal.write(work),
    clock: { now: timers.wall, mono: timers.mono },
    log: pino({ level: "silent" }),
    settings: { pack: packBodySync, after: timers.after },
  });
  undo.push(() => destinations.stop());
  await timers.advance(60_000);
  expect(journal.epoch).toBe(4);
});

test("the configuration names them, with what is wrong in the file's own words", () => {
  const file = (section: string) => `[box]\nname = "remiremont"\n${section}`;
  const files = 'identity = "package.json"\n';
  const good = parseConfig(file(`[destinations.departement]\nurl = "https://d.example"\n${files}hold = "3d"\n`), ".");
  expect(good.ok && good.config.destinations).toMatchObject([
    { name: "departement", url: "https://d.example", from: "now", holdMs: 3 * DAY },
  ]);
  const bad = parseConfig(file(`[destinations.departement]\nurl = "http://d.example"\nhol = 1\n${files}`), ".");
  expect(bad.ok ? [] : bad.faults).toMatchObject([
    { code: "wrong-value", key: "destinations.departement.url", line: 4, expects: "https-url" },
    { code: "unknown-key", key: "destinations.departement.hol", line: 5, suggestion: "destinations.departement.hold" },
  ]);
  const missing = parseConfig(file('[destinations.departement]\nurl = "https://d.example"\n'), ".");
  expect(missing.ok ? [] : missing.faults.map(({ code, key }) => [code, key])).toContainEqual([
    "missing-key",
    "destinations.departement.identity",
  ]);
  const gone = parseConfig(file(`[destinations.d]\nurl = "https://d.example"\nidentity = "none.pem"\n`), ".");
  expect(gone.ok ? [] : gone.faults).toMatchObject([{ code: "no-such-file", key: "destinations.d.identity" }]);
  expect(cursorOf("region")).not.toBe("region");
});
