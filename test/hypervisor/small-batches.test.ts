/** Batches of many boxes that are stored together leave what each of them by itself would leave, and none suffers for another. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply, EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { acceptBatch } from "../../hypervisor/store/accept-batch.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { rememberSeries } from "../../hypervisor/store/series.ts";
import type { Sql } from "../../hypervisor/store/sql.ts";
import { Journal, readingOf } from "./batches.ts";
import { type OwnDatabase, onEachDatabase } from "./databases.ts";
import { breaking, DAY, NOW } from "./store/ground.ts";

const TABLES = ["reading", "event", "quarantine", "kept_entry", "latest", "asset_seen", "box_cursor", "box_life"];

/** All that is stored of a box, but for its number and those of its lines of values. */
const storedOf = async (sql: Sql, box: string): Promise<unknown> => {
  const ofBox = "box = (SELECT id FROM box WHERE name = $1)";
  const rows: Record<string, readonly unknown[]> = {};
  for (const table of TABLES)
    rows[table] = await sql.query(
      `SELECT to_jsonb(t) - 'box' - 'incident' AS row FROM ${table} AS t WHERE ${ofBox} ORDER BY 1`,
      [box],
    );
  rows.values = await sql.query(
    `SELECT asset, device, name, instance, unit, arrived_at, at, number, word, flag FROM measurement
     JOIN series ON series.id = measurement.series WHERE measurement.${ofBox} ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`,
    [box],
  );
  rows.incidents = await sql.query(`SELECT epoch, reason, first_seq, attempts FROM incident WHERE ${ofBox}`, [box]);
  return rows;
};

const told = (reply: BatchReply): BatchReply => (reply.status === 423 ? { ...reply, incident: "" } : reply);

/** Counts the transactions. */
const counting = (sql: Sql): { readonly sql: Sql; readonly taken: () => number } => {
  let count = 0;
  return {
    sql: {
      ...sql,
      transaction: (work) => {
        count++;
        return sql.transaction(work);
      },
    },
    taken() {
      const taken = count;
      count = 0;
      return taken;
    },
  };
};

const START = 4;

const reading = (n: number): EntryBody =>
  readingOf({
    device: `24e124713b49228${n % 3}`,
    asset: `container:88383:00${n % 2}`,
    // Some in order, some late, some by a clock ahead.
    at: NOW + (n % 5 === 4 ? DAY : -n * 1_000),
    receivedAt: NOW + n,
    fCnt: n,
    measurements: [
      { name: "temperature", value: n / 10, unit: "Cel" },
      { name: "label", value: `${n}`, unit: "1" },
    ],
  });

/** What a box sends next, after the first entries of its journal were stored. */
const NEXT: Readonly<Record<string, (journal: Journal) => DecodedBatch>> = {
  plain: (journal) => journal.batch(START + 1),
  repeated: (journal) => journal.batch(1, START),
  overlapping: (journal) => journal.batch(START - 1, journal.lastSeq),
  gap: (journal) => journal.batch(START + 2),
  "another history": (journal) => ({ ...journal.batch(START + 1), hashBefore: new Uint8Array(32).fill(9) }),
  "another epoch": (journal) => journal.batch(START + 1, journal.lastSeq, { epoch: 0 }),
  "later epoch": (journal) => journal.batch(START + 1, journal.lastSeq, { epoch: 2 }),
  "with a hole": (journal) => {
    const batch = journal.batch(START + 1);
    return { ...batch, entries: batch.entries.slice(1), gone: [{ from: START + 1, to: START + 1 }] };
  },
  "unknown clock": (journal) => {
    const batch = journal.batch(START + 1);
    return {
      ...batch,
      entries: batch.entries.map((entry) => ({ ...entry, stamp: { ...entry.stamp, clock: "unknown" as const } })),
    };
  },
};

/** What it appends, and whether that can be told of other kinds. */
const BODIES: Readonly<Record<string, (n: number) => EntryBody>> = {
  reading,
  again: () => reading(2),
  "of another commune": (n) => readingOf({ asset: "container:99999:001", commune: "99999", fCnt: n }),
  "zero below zero": (n) => readingOf({ fCnt: n, measurements: [{ name: "temperature", value: -0, unit: "Cel" }] }),
  "without an asset": (n) => {
    const { asset: _asset, commune: _commune, ...rest } = readingOf({ fCnt: n });
    return rest;
  },
  event: (n) => ({ kind: "event", event: "join", device: "24e124713b492280", at: NOW + n, detail: {} }),
};

/** What was before at the region, beside the first entries: of a box's number, put there by hand. */
const BEFORE: Readonly<Record<string, string>> = {
  nothing: "SELECT $1::int4",
  "an epoch decided on": "UPDATE box_cursor SET next_epoch = 2 WHERE box = $1",
  "an epoch before": "UPDATE box_cursor SET before_epoch = 0, before_seq = 2 WHERE box = $1",
  "another life, which holds entry 2": `WITH held AS (UPDATE reading SET epoch = 0 WHERE box = $1 AND seq = 2)
     UPDATE box_cursor SET branch_epochs = '{0}', branch_seq = 1, branch_at = to_timestamp(${(NOW + DAY) / 1_000}) WHERE box = $1`,
  "the lead of its clock": "INSERT INTO clock_correction (box, epoch, boot, seq, lead) VALUES ($1, 1, 1, 1, 123456789)",
};

const PLAIN = ["reading", "reading", "again", "without an asset"];
const bodies = (kinds: readonly string[]) => fc.array(fc.constantFrom(...kinds), { minLength: 2, maxLength: 6 });

const aBox = fc.record({
  next: fc.oneof(
    { weight: 2, arbitrary: fc.constant("plain") },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(NEXT)) },
  ),
  kinds: fc.oneof(
    { weight: 3, arbitrary: bodies(PLAIN) },
    { weight: 1, arbitrary: bodies([...PLAIN, ...Object.keys(BODIES)]) },
  ),
  corrected: fc.constantFrom(true, false, false, false),
  before: fc.oneof(
    { weight: 2, arbitrary: fc.constant("nothing") },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(BEFORE)) },
  ),
});

/** Seldom met by chance. */
const UNTIMED = [
  { next: "unknown clock", kinds: ["reading", "reading"], corrected: false, before: "the lead of its clock" },
  { next: "plain", kinds: ["reading", "reading"], corrected: false, before: "nothing" },
];

const correction = (of: number): EntryBody => ({
  kind: "correction",
  at: NOW,
  reading: of,
  device: "24e124713b492282",
  fCnt: of,
  measuredAt: NOW,
  measurements: [{ name: "temperature", value: 99, unit: "Cel" }],
  history: [],
  notes: [],
});

const suite = (open: () => Promise<OwnDatabase>): void => {
  it("leave what each by itself leaves, whatever the boxes send", { timeout: 240_000 }, async () => {
    const ground = await open();
    const store = await createSqlStore(ground.sql, NOW);
    const memory = rememberSeries();
    const alone = (batch: DecodedBatch, at: number) =>
      ground.sql.transaction(async (tx) => {
        const lesson = memory.lesson();
        const reply = await acceptBatch(tx, batch, at, lesson);
        lesson.keep();
        return reply;
      });
    let boxes = 0;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(aBox, { minLength: 4, maxLength: 8 }), async (given) => {
          const pairs = given.map(({ next, kinds, corrected }) => {
            const journal = new Journal(`together-${++boxes}`);
            for (let n = 1; n < START; n++) journal.append(reading(n));
            journal.append(corrected ? correction(START + 1) : reading(START));
            journal.append(...kinds.map((kind, n) => BODIES[kind]!(START + 1 + n)));
            const batch = NEXT[next]!(journal);
            return { first: journal.batch(1, START), batch, other: `alone-${boxes}` };
          });
          for (const [index, { first, other }] of pairs.entries()) {
            for (const box of [first.box, other]) {
              await store.addBox({ name: box, communes: ["88383"] }, NOW);
              await alone({ ...first, box }, NOW);
              const [row] = await ground.sql.query<{ id: number }>("SELECT id FROM box WHERE name = $1", [box]);
              await ground.sql.query(BEFORE[given[index]!.before]!, [row!.id]);
            }
          }
          const at = NOW + 60_000;
          const replies = await Promise.all(pairs.map(({ batch }) => store.acceptBatch(batch, at)));
          for (const [index, { batch, other }] of pairs.entries()) {
            const expected = await alone({ ...batch, box: other }, at);
            expect(told(replies[index]!)).toEqual(told(expected));
            expect(await storedOf(ground.sql, batch.box)).toEqual(await storedOf(ground.sql, other));
          }
        }),
        { numRuns: 50, examples: [[UNTIMED]] },
      );
    } finally {
      await store.close();
      await ground.close();
    }
  });

  it("take one transaction; what one of them breaks costs the others nothing, and next time it goes by itself", async () => {
    const ground = await open();
    const { sql, taken } = counting(ground.sql);
    const store = await createSqlStore(sql, NOW);
    try {
      const journals = Array.from({ length: 20 }, (_, n) => new Journal(`many-${n}`));
      const round = (first: number, last: number) =>
        Promise.allSettled(journals.map((journal) => store.acceptBatch(journal.batch(first, last), NOW)));
      for (const [n, journal] of journals.entries()) {
        for (let seq = 1; seq <= 4; seq++)
          journal.append(readingOf({ fCnt: seq, device: n === 7 && seq > 1 ? "bad" : "good" }));
        await store.addBox({ name: journal.box, communes: ["88383"] }, NOW);
      }
      await round(1, 1);
      await sql.script(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken on purpose'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON reading FOR EACH ROW WHEN (NEW.device = 'bad') EXECUTE FUNCTION refuse();`);
      taken();
      const second = await round(2, 2);
      expect(second.map(({ status }) => status)).toEqual(journals.map((_, n) => (n === 7 ? "rejected" : "fulfilled")));
      expect(taken()).toBe(1 + 20);
      const third = await Promise.allSettled(
        journals.map((journal, n) => store.acceptBatch(n === 7 ? journal.batch(2, 3) : journal.batch(3, 3), NOW)),
      );
      expect(third.filter(({ status }) => status === "fulfilled")).toHaveLength(19);
      expect(taken()).toBe(1 + 1);
      await sql.script("DROP TRIGGER refuse ON reading");
      await round(4, 4);
      expect(await store.acceptBatch(journals[7]!.batch(2, 4), NOW)).toMatchObject({ status: 200, durableSeq: 4 });
      for (const { box } of journals)
        expect((await store.readings({ box, afterSeq: 0, limit: 10 })).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    } finally {
      await store.close();
      await ground.close();
    }
  });

  it("are stored once, whatever statement breaks, and two of one box in its order", { timeout: 60_000 }, async () => {
    const ground = await open();
    const frail = breaking(ground.sql);
    const store = await createSqlStore(frail.sql, NOW);
    try {
      const journals = Array.from({ length: 3 }, (_, n) => new Journal(`frail-${n}`));
      for (const journal of journals) {
        await store.addBox({ name: journal.box, communes: ["88383"] }, NOW);
        journal.append(readingOf({ fCnt: 1 }));
        await store.acceptBatch(journal.batch(1, 1), NOW);
      }
      for (let statement = 1; statement <= 12; statement++) {
        for (const journal of journals) journal.append(readingOf({ fCnt: statement }), readingOf({ fCnt: statement }));
        frail.breakAt(statement);
        const replies = await Promise.all(
          journals.flatMap((journal) => {
            const { lastSeq } = journal;
            return [
              store.acceptBatch(journal.batch(lastSeq - 1, lastSeq - 1), NOW),
              store.acceptBatch(journal.batch(lastSeq, lastSeq), NOW).catch(() => undefined),
            ];
          }),
        );
        expect(replies.filter((_, index) => index % 2 === 0)).toEqual(
          journals.map(({ lastSeq }) => expect.objectContaining({ status: 200, durableSeq: lastSeq - 1 })),
        );
        frail.breakAt(0);
        for (const journal of journals)
          expect(await store.acceptBatch(journal.batch(), NOW).then(({ status }) => status)).toBeLessThan(410);
        for (const journal of journals) await store.acceptBatch(journal.batch(journal.lastSeq, journal.lastSeq), NOW);
      }
      for (const { box, lastSeq } of journals) {
        const readings = await store.readings({ box, afterSeq: 0, limit: 100 });
        expect(readings.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, n) => n + 1));
      }
    } finally {
      await store.close();
      await ground.sql.close();
      await ground.close();
    }
  });
};

onEachDatabase(suite);
