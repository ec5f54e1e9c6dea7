/** The store in memory gives the answers of the store on a database, whatever comes in whatever order. */
import * as fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packBodySync, unpackBodySync } from "../../cloud-sync/protocol/body.ts";
import { createIngest } from "../../hypervisor/ingest.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { Journal, readingOf } from "../hypervisor/batches.ts";
import { createMemoryStore } from "./memory-store.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const COMMUNES = ["88383"];

let real: Store;
let boxes = 0;
/** Losses that both counted. */
let counted = 0;
beforeAll(async () => {
  real = await createSqlStore(await openPglite(), NOW);
}, 120_000);
afterAll(() => real?.close());

/** A journal of that many entries; from `turn` on what others hold `later` numbers later, or nobody. */
const journalOf = (box: string, entries: number, turn: number, later: number): Journal => {
  const journal = new Journal(box, 7);
  for (let seq = 1; seq <= entries; seq++) {
    const fCnt = seq >= turn ? seq + later : seq;
    if (fCnt % 5 === 0)
      journal.append({ kind: "event", event: "join", device: "24e124713b492281", at: NOW + fCnt, detail: {} });
    // What the region cannot store goes to its quarantine.
    else if (fCnt % 7 === 0) journal.append({ kind: "alarm", alarm: "a\0b", raised: true, at: NOW, detail: {} });
    else journal.append(readingOf({ fCnt }));
  }
  return journal;
};

/** A third of it in, as many numbers as a sixth of it. */
const holed = (journal: Journal, first: number, length: number, hole: Offer["hole"]) => {
  const whole = journal.batch(first, first + length - 1);
  const from = first + Math.floor(length / 3);
  const to = from + Math.floor(length / 6) - 1;
  if (hole === undefined || to < from) return whole;
  const hashAfter = hole === "without" ? {} : { hashAfter: journal.batch(first, to).hashAfter };
  const entries = whole.entries.filter(({ seq }) => seq < from || seq > to);
  return { ...whole, entries, gone: [{ from, to, ...hashAfter }] };
};

/** The database numbers its incidents, memory names them: the same incident must be the same in both, and different ones different. */
const sameIncidents = () => {
  const [names, numbers] = [new Map<string, string>(), new Map<string, string>()];
  return (name: string | undefined, number: string | undefined): void => {
    if (name === undefined || number === undefined) {
      expect(name).toBe(number);
      return;
    }
    if (!names.has(name)) names.set(name, number);
    if (!numbers.has(number)) numbers.set(number, name);
    expect([names.get(name), numbers.get(number)]).toEqual([number, name]);
  };
};

const offer = fc.record({
  first: fc.integer({ min: 1, max: 30 }),
  length: fc.integer({ min: 0, max: 12 }),
  history: fc.constantFrom(0, 0, 0, 0, 1, 2),
  epoch: fc.constantFrom(7, 7, 7, 7, 7, 8),
  claimant: fc.constantFrom(undefined, undefined, 11, 12),
  disputed: fc.constantFrom(false, false, true),
  decide: fc.constantFrom(undefined, undefined, undefined, undefined, "keep" as const, "new-epoch" as const),
  /** From where on the sender keeps its entries, all before confirmed and taken off, and whether it says what that was. */
  oldest: fc.constantFrom<number>(1, 1, 1, 1, 12, 18),
  says: fc.constantFrom("nothing" as const, "that" as const, "what" as const, "what" as const),
  /** Numbers that the sender no longer has, and whether it knows the hash at their end. */
  hole: fc.constantFrom(undefined, undefined, undefined, "with its hash" as const, "without" as const),
});
type Offer = typeof offer extends fc.Arbitrary<infer Value> ? Value : never;
const plain = { claimant: undefined, disputed: false, oldest: 1, says: "nothing", hole: undefined } as const;
const undecided = { decide: undefined, ...plain } as const;

/** One that keeps nothing before `oldest` is chosen in the place of one that is held up to `ends`. */
const choosing = (
  oldest: number,
  ends: number,
  history: 1 | 2,
  { says, hole }: Pick<Offer, "says" | "hole">,
): Offer[] => {
  const chosen = { first: oldest, length: 8, history, ...plain, oldest };
  return [
    { first: 1, length: ends, history: 0, epoch: 7, ...undecided, hole },
    { ...chosen, epoch: 7, decide: "new-epoch", disputed: true },
    { ...chosen, epoch: 7, decide: undefined },
    { ...chosen, epoch: 8, decide: undefined, says },
    { ...chosen, epoch: 8, decide: undefined, says: "what" },
  ];
};
/** 15 to 19 are lost: the two part at 15. */
const COUNTED = choosing(20, 25, 1, { says: "that", hole: undefined });
/** A hole of 9 to 12 within the history that went on, and 15 to 19 are lost. */
const HOLED = choosing(20, 25, 1, { says: "that", hole: "with its hash" });

/** Offers of which the last fork is met: by chance alone a batch of the other history seldom follows where it can be told. */
const offers = fc.oneof(
  fc.array(offer, { minLength: 1, maxLength: 12 }),
  fc
    .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 12 }), fc.array(offer, { maxLength: 8 }))
    .map(([turn, more, rest]): Offer[] => [
      { first: 1, length: turn, history: 0, epoch: 7, ...undecided },
      { first: turn + 1, length: 15 - turn, history: 0, epoch: 7, ...undecided },
      { first: turn + 1, length: 14 - turn + more, history: 1, epoch: 7, ...undecided },
      ...rest,
    ]),
  // The refused history is chosen, and goes on in the next epoch from before it parted.
  fc
    .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 12 }), fc.array(offer, { maxLength: 8 }))
    .map(([turn, more, rest]): Offer[] => [
      { first: 1, length: 20, history: 0, epoch: 7, ...undecided },
      { first: turn, length: 20 - turn + more, history: 1, epoch: 7, decide: "new-epoch", ...plain },
      { first: turn, length: 20 - turn + more, history: 1, epoch: 7, ...undecided },
      { first: turn, length: 6, history: 1, epoch: 8, ...undecided },
      { first: turn + 6, length: 12, history: 1, epoch: 8, ...undecided },
      ...rest,
    ]),
  // So it is, and no longer keeps all of it.
  fc
    .tuple(
      fc.integer({ min: 12, max: 22 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(1 as const, 2 as const),
      offer,
      fc.array(offer, { maxLength: 6 }),
    )
    .map(([oldest, ends, history, one, rest]): Offer[] => [...choosing(oldest, ends, history, one), ...rest]),
  // Two are refused, and both say who they are.
  fc
    .tuple(
      fc.constantFrom("keep" as const, "new-epoch" as const),
      fc.constantFrom(undefined, 11),
      fc.array(offer, { maxLength: 10 }),
    )
    .map(([decide, claimant, rest]): Offer[] => [
      { first: 1, length: 20, history: 0, epoch: 7, ...undecided },
      { first: 16, length: 0, history: 1, epoch: 7, ...plain, decide: undefined, claimant, disputed: true },
      { first: 17, length: 0, history: 2, epoch: 7, ...plain, decide, claimant: 12, disputed: true },
      ...rest,
    ]),
  // So is one that was sent once more what the accepted one holds under other numbers.
  fc
    .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 12 }), fc.array(offer, { maxLength: 8 }))
    .map(([turn, more, rest]): Offer[] => [
      { first: 1, length: 22, history: 0, epoch: 7, ...undecided },
      { first: turn, length: 22 - turn + more, history: 2, epoch: 7, decide: "new-epoch", ...plain },
      { first: turn, length: 16 - turn, history: 2, epoch: 8, ...undecided },
      { first: 16, length: 6 + more, history: 2, epoch: 8, ...undecided },
      ...rest,
    ]),
);

test("the same replies and the same readings", { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(offers, async (offered) => {
      const box = `box-${++boxes}`;
      await real.addBox({ name: box, communes: COMMUNES }, NOW);
      const memory = createMemoryStore({ communes: COMMUNES });
      // Nobody waits here for a batch that was overtaken: each question is a minute later.
      let minutes = 0;
      const timers = {
        mono: () => ++minutes * 60_000,
        after: (_: number, then: () => void) => {
          queueMicrotask(then);
          return () => {};
        },
      };
      const parts = { now: () => NOW, log: pino({ level: "silent" }), unpack: unpackBodySync, timers };
      const [one, other] = [createIngest({ ...parts, store: real }), createIngest({ ...parts, store: memory })];
      const histories = [journalOf(box, 40, 99, 0), journalOf(box, 40, 15, 1_000), journalOf(box, 40, 15, 3)];
      const sameIncident = sameIncidents();
      const others: string[] = [];
      for (const { first, length, history, epoch, decide, claimant, disputed, oldest, says, hole } of offered) {
        const journal = histories[history]!;
        const plain = holed(journal, first, length, hole);
        const taken = journal.takenOff(oldest - 1);
        const batch = {
          ...plain,
          epoch,
          ...(oldest > 1
            ? { health: { ...plain.health, oldestSeq: Math.min(first, oldest), confirmedSeq: oldest - 1 } }
            : {}),
          ...(oldest === 1 || first > oldest || says === "nothing"
            ? {}
            : { takenOff: says === "what" ? taken : { ...taken, marks: new Uint8Array() } }),
          ...(claimant === undefined ? {} : { claimant }),
          ...(disputed ? { disputed: true as const } : {}),
        };
        const body = {
          contentType: "application/x-protobuf",
          contentEncoding: "zstd",
          body: packBodySync(batch),
        };
        const [here, there] = [await other.receive(box, body), await one.receive(box, body)];
        if (here.status === 423 && there.status === 423) sameIncident(here.incident, there.incident);
        else expect(here).toEqual(there);
        for (const [of, { gone }] of memory.held(box).replaced)
          if (gone !== undefined) others.push(`${of} ${gone.from} ${gone.to} ${gone.to - gone.from + 1}`);
        if (decide === undefined) continue;
        for (const { id, reason } of (await real.incidents({ box, open: true })).toReversed())
          if (reason !== "not-recoverable") await real.decideIncident(id, decide, "test", NOW);
        for (const { id, decision } of memory.held(box).claims)
          if (decision === undefined) memory.decide(box, id, decide);
      }
      const held = memory.held(box);
      const lostHere = held.lostByChosen.map(({ epoch, from, to, lost = 0 }) => `${epoch} ${from} ${to} ${lost}`);
      const found = await real.incidents({ box });
      const losses = found.filter(({ reason }) => reason === "not-recoverable");
      const lostThere = losses.map((each) => `${each.epoch} ${each.firstSeq} ${each.durableSeq} ${each.lost}`);
      // One that grew by what another history told has no longer the end it had.
      const grown = ({ epoch, from, to }: { epoch: number; from: number; to: number }): boolean =>
        losses.some((each) => each.epoch === epoch && each.firstSeq === from && each.durableSeq > to);
      held.lostByChosen.forEach((each, index) => {
        if (!grown(each)) expect(lostThere).toContain(lostHere[index]);
      });
      const never = [7, 8].map((epoch) => `${epoch} 1 ${held.neverHad} ${held.neverHad}`);
      for (const each of lostThere) expect([...lostHere, ...others, ...never]).toContain(each);
      counted += held.lostByChosen.filter(({ lost = 0 }) => lost > 0).length;
      const readings = held.entries.filter(({ body }) => body.kind === "reading");
      const stored = await real.readings({
        box,
        afterSeq: 0,
        limit: 1_000,
        ...(held.cursor === undefined ? {} : { epoch: held.cursor.epoch }),
      });
      expect(stored.map(({ seq, fCnt }) => [seq, fCnt])).toEqual(
        readings.map(({ seq, body }) => [seq, body.kind === "reading" ? body.fCnt : 0]),
      );
      const state = (await real.boxes()).find(({ name }) => name === box);
      expect(state?.durableSeq).toBe(held.cursor?.seq ?? 0);
      sameIncident(held.incident, state?.incident);
    }),
    { numRuns: Number(process.env.RUNS ?? 40), examples: [[COUNTED], [HOLED]] },
  );
  expect(counted).toBeGreaterThan(0);
});
