/** The daily comparison: a box's true journal against a true database in which rows are taken away and changed. */
import Database from "better-sqlite3";
import * as fc from "fast-check";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { createComparer } from "../../cloud-sync/compare.ts";
import { type Journal, openJournal } from "../../cloud-sync/journal/journal.ts";
import { PROTOBUF_TYPE, packBodySync, unpackBodySync, ZSTD_ENCODING } from "../../cloud-sync/protocol/body.ts";
import { printDigest, RANGE_ENTRIES, rangesBetween } from "../../cloud-sync/protocol/digest.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import type { Transport } from "../../cloud-sync/transport.ts";
import { createComparing } from "../../hypervisor/comparing.ts";
import type { Sql } from "../../hypervisor/store/sql.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { body, HEALTH } from "../cloud-sync/arbitrary.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";
import { readingOf, Journal as SentJournal } from "./batches.ts";
import { type OwnDatabase, onEachDatabase, withStore } from "./databases.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const log = pino({ level: "silent" });

const comparisonContract = (open: () => Promise<OwnDatabase>, name: "PGlite" | "PostgreSQL"): void => {
  describe("the comparison", () => {
    let sql: Sql;
    let store: Store;
    let boxes = 0;
    withStore(open, NOW, (ground) => {
      ({ sql, store } = ground);
    });

    /** A box whose journal is durable at the region. */
    const boxOf = async (all: readonly EntryBody[], batchEntries = 500) => {
      const box = `box-${++boxes}`;
      await store.addBox({ name: box, communes: ["88383"] }, NOW);
      const db = new Database(":memory:");
      let wall = NOW - 1_000_000;
      const tick = () => {
        wall += 7;
        return { wall, mono: wall - NOW + 2_000_000, clock: "confirmed" as const };
      };
      const clock = { now: tick };
      const journal = openJournal(db, { clock, epoch: 7, checkpointEvery: 8, stretch: 64 });
      journal.write((append) => all.forEach((body) => void append(body)));
      const send = async (): Promise<void> => {
        for (let after = journal.cursor("region").seq; after < journal.lastSeq; ) {
          const run = journal.read(after, { entries: batchEntries, bytes: 1e9 });
          const packed = packBodySync({ ...run, box, epoch: journal.epoch, sentAt: NOW, health: HEALTH });
          const read = unpackBodySync({
            contentType: "application/x-protobuf",
            contentEncoding: "zstd",
            body: packed,
          });
          if (!read.ok) throw new Error(read.fault.message);
          expect((await store.acceptBatch(read.value, NOW)).status).toBe(200);
          after = journal.moveCursor("region", run.lastSeq).seq;
        }
      };
      await send();
      return { box, journal, db, send };
    };

    const transportOf = (box: string, everything: boolean): Transport => {
      const asked = everything
        ? {
            ...store,
            compare: (name: string, digest: Parameters<Store["compare"]>[1]) => store.compare(name, digest, NOW, true),
          }
        : store;
      const comparing = createComparing({ store: asked, now: () => NOW, log, unpack: unpackBodySync });
      return async ({ path, headers, body = new Uint8Array() }) => {
        if (path === `/v1/boxes/${box}/digest`) {
          const answer = await comparing.digest(box, body);
          if (answer === undefined) return printReply({ status: 503, retryAfterSeconds: 1 });
          return { status: 200, headers: {}, body: answer };
        }
        await comparing.again(box, {
          contentType: headers["content-type"],
          contentEncoding: headers["content-encoding"],
          body,
        });
        return { status: 204, headers: {}, body: "" };
      };
    };

    /** One comparison from the box's side; how many ranges were sent again. */
    const compare = (box: string, journal: Journal, everything = true): Promise<number> =>
      new Promise((resolve, reject) => {
        createComparer({
          journal,
          destination: "region",
          box,
          transport: transportOf(box, everything),
          health: () => HEALTH,
          timers: createDrivenTimers(),
          pack: packBodySync,
          turn: async () => {},
          report: (event) =>
            event.is === "compared" ? resolve(event.again) : reject(new Error(`not compared: ${event.message}`)),
        }).wanted();
      });

    const number = async (box: string) =>
      (await sql.query<{ id: number }>("SELECT id FROM box WHERE name = $1", [box]))[0]!.id;
    const values = async (box: string) =>
      (
        await sql.query<{ told: string }>(
          `SELECT series.name || ' ' || measurement.at || ' ' || coalesce(number::text, word, flag::text) AS told
           FROM measurement JOIN series ON series.id = measurement.series WHERE measurement.box = $1`,
          [await number(box)],
        )
      )
        .map(({ told }) => told)
        .sort();
    const stateOf = async (box: string) => (await store.comparisons()).find((each) => each.box === box)!;

    const uplinks = (count: number): EntryBody[] =>
      Array.from({ length: count }, (_, n) =>
        readingOf({ at: NOW + n * 1_000, receivedAt: NOW + n * 1_000, fCnt: n, device: `24e124713b4900${n % 7}0` }),
      );

    test("what is whole is hashed alike on both sides", { timeout: 60_000 }, async () => {
      const { box, journal } = await boxOf(uplinks(RANGE_ENTRIES + 100), 2_000);
      expect(await compare(box, journal)).toBe(0);
      expect(await stateOf(box)).toMatchObject({ ranges: 2, hashed: 2, again: 0, healed: 0, lost: 0, wanted: false });
    });

    test("every entry that is taken, whatever it holds, is given back byte by byte", { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 30 }), async (all) => {
          const { box, journal, db } = await boxOf(all);
          expect(await compare(box, journal)).toBe(0);
          db.close();
        }),
        { numRuns: name === "PGlite" ? 20 : 40 },
      );
    });

    test("rows taken away and rows changed come back, and only they are written again", {
      timeout: 60_000,
    }, async () => {
      const { box, journal } = await boxOf([
        ...uplinks(60),
        { kind: "alarm", alarm: "leak", raised: true, at: NOW, detail: { z: 1, a: 2 } },
        { kind: "event", event: "join", device: "24e124713b490010", at: NOW, detail: {} },
        ...uplinks(40),
      ]);
      const id = await number(box);
      const whole = await store.readings({ box, afterSeq: 0, limit: 1_000 });
      const wholeValues = await values(box);
      const events = await store.events(box, 0, 100);
      await sql.query("DELETE FROM reading WHERE box = $1 AND seq BETWEEN 10 AND 14", [id]);
      await sql.query("UPDATE reading SET f_cnt = 9999 WHERE box = $1 AND seq = 20", [id]);
      await sql.query(`UPDATE reading SET content = jsonb_set(content, '{m,0,1}', '1') WHERE box = $1 AND seq = 21`, [
        id,
      ]);
      await sql.query("UPDATE reading SET frame = '\\x00' WHERE box = $1 AND seq = 22", [id]);
      await sql.query("DELETE FROM event WHERE box = $1 AND seq = 61", [id]);
      await sql.query("DELETE FROM kept_entry WHERE box = $1 AND seq = 61", [id]);
      expect(await compare(box, journal)).toBe(1);
      expect(await store.readings({ box, afterSeq: 0, limit: 1_000 })).toEqual(whole);
      expect(await values(box)).toEqual(wholeValues);
      expect(await store.events(box, 0, 100)).toEqual(events);
      expect(await stateOf(box)).toMatchObject({ healed: 9, lost: 0 });
      expect(await compare(box, journal)).toBe(0);
    });

    test("any rows of a box, in any way, heal to what they were", { timeout: 120_000 }, async () => {
      const { box, journal } = await boxOf(uplinks(50));
      const id = await number(box);
      const whole = await store.readings({ box, afterSeq: 0, limit: 1_000 });
      const wholeValues = await values(box);
      const harms = [
        "DELETE FROM reading WHERE box = $1 AND seq = ANY($2::int8[])",
        "UPDATE reading SET seq = seq + 1000 WHERE box = $1 AND seq = ANY($2::int8[])",
        "UPDATE reading SET rssi = rssi - 1 WHERE box = $1 AND seq = ANY($2::int8[])",
        "UPDATE reading SET at = at + interval '1 second' WHERE box = $1 AND seq = ANY($2::int8[])",
        "DELETE FROM measurement USING series WHERE series.id = measurement.series AND measurement.box = $1 AND $2::int8[] IS NOT NULL",
        "UPDATE measurement SET number = number + 1 WHERE box = $1 AND number IS NOT NULL AND $2::int8[] IS NOT NULL",
      ];
      const harm = fc.record({
        statement: fc.constantFrom(...harms),
        seqs: fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 8 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(harm, { maxLength: 3 }), async (all) => {
          for (const { statement, seqs } of all) await sql.query(statement, [id, seqs]);
          await compare(box, journal);
          expect(await compare(box, journal)).toBe(0);
          await sql.query("DELETE FROM reading WHERE box = $1 AND seq > 50", [id]);
          expect(await store.readings({ box, afterSeq: 0, limit: 1_000 })).toEqual(whole);
          expect(await values(box)).toEqual(wholeValues);
        }),
        { numRuns: name === "PGlite" ? 10 : 40 },
      );
    });

    test("a value that is gone or changed is taken again from its own reading, without the box", async () => {
      const { box, journal } = await boxOf(uplinks(20));
      const id = await number(box);
      const whole = await values(box);
      await sql.query("UPDATE measurement SET number = 1 WHERE box = $1 AND at = to_timestamp($2::float8)", [
        id,
        NOW / 1_000,
      ]);
      await sql.query("DELETE FROM measurement WHERE box = $1 AND at = to_timestamp($2::float8)", [
        id,
        NOW / 1_000 + 3,
      ]);
      expect(await values(box)).not.toEqual(whole);
      expect(await compare(box, journal)).toBe(0);
      expect(await values(box)).toEqual(whole);
      expect((await stateOf(box)).healed).toBe(2);
    });

    test("what the box keeps no more is a declared loss and an incident that a person reads and notes", async () => {
      const { box, journal } = await boxOf(uplinks(64));
      const id = await number(box);
      await sql.query("DELETE FROM reading WHERE box = $1 AND seq BETWEEN 5 AND 8", [id]);
      journal.prune(32);
      expect(journal.oldestSeq).toBe(33);
      expect(await compare(box, journal)).toBe(0);
      const [incident] = await store.incidents({ box });
      expect(incident).toMatchObject({ reason: "not-recoverable", firstSeq: 5, durableSeq: 8, lost: 4, attempts: 1 });
      expect(await stateOf(box)).toMatchObject({ lost: 4 });
      // Its batches are still taken: nobody has to decide before they may come.
      expect((await store.boxes()).find((each) => each.name === box)?.incident).toBeUndefined();
      await expect(store.decideIncident(incident!.id, "keep", "claire", NOW)).rejects.toMatchObject({
        code: "incident-choice",
      });
      expect(await store.decideIncident(incident!.id, "noted", "claire", NOW)).toMatchObject({ decision: "noted" });
      expect(await compare(box, journal)).toBe(0);
      expect((await store.incidents({ box })).length).toBe(1);
    });

    test("what the box lost before it could send it is no difference", async () => {
      const { box, journal, db, send } = await boxOf(uplinks(10));
      journal.write((append) => uplinks(100).forEach((body) => void append(body)));
      db.prepare("DELETE FROM journal_entry WHERE seq BETWEEN 20 AND 30").run();
      await send();
      expect(await compare(box, journal)).toBe(0);
      expect(await store.incidents({ box })).toEqual([]);
      await sql.query("DELETE FROM reading WHERE box = $1 AND seq IN (19, 31)", [await number(box)]);
      expect(await compare(box, journal)).toBe(1);
      expect((await stateOf(box)).healed).toBe(2);
      expect(await compare(box, journal)).toBe(0);
    });

    test("what an old image was sent once more is hashed alike, and comes back as the same", async () => {
      const far = 30 + RANGE_ENTRIES;
      const all = uplinks(far + 5);
      const { box, journal, db, send } = await boxOf(all.slice(0, 20));
      const old = new Database(db.serialize());
      journal.write((append) => all.slice(20, 30).forEach((body) => void append(body)));
      await send();
      const clock = { now: () => ({ wall: NOW, mono: 3_000_000, clock: "confirmed" as const }) };
      const image = openJournal(old, { clock, epoch: 7, checkpointEvery: 8, stretch: 64 });
      // A range of new ones, in which the new epoch begins at 31; five the region has; five new ones.
      const again = [...all.slice(30, far), ...all.slice(22, 27), ...all.slice(far)];
      image.write((append) => again.forEach((body) => void append(body)));
      const sendImage = async () => {
        const run = image.read(20, { entries: 5_000, bytes: 1e9 });
        return store.acceptBatch({ ...run, unusable: [], box, epoch: image.epoch, sentAt: NOW, health: HEALTH }, NOW);
      };
      expect(await sendImage()).toMatchObject({ status: 423 });
      const [incident] = await store.incidents({ box, open: true });
      await store.decideIncident(incident!.id, "new-epoch", "claire", NOW);
      image.adoptEpoch(8);
      expect(await sendImage()).toMatchObject({ status: 200, durableSeq: image.lastSeq });
      image.moveCursor("region", image.lastSeq);
      const id = await number(box);
      const counts = async () => {
        const rows = await sql.query<{ n: number }>(
          "SELECT count(DISTINCT f_cnt)::int4 AS n FROM reading WHERE box = $1",
          [id],
        );
        const lines = await sql.query<{ n: number }>("SELECT count(*)::int4 AS n FROM reading WHERE box = $1", [id]);
        return [rows[0]!.n, lines[0]!.n, (await values(box)).length];
      };
      const whole = await counts();
      expect(whole.slice(0, 2)).toEqual([all.length, all.length]);
      const repeated = await sql.query("SELECT FROM kept_entry WHERE box = $1 AND repeats AND seq > $2", [
        id,
        RANGE_ENTRIES,
      ]);
      expect(repeated.length).toBe(5);
      const told = async () => [
        (await store.boxes()).find(({ name }) => name === box)?.repeats,
        (await store.incidents({ box }))[0]?.repeats,
      ];
      const [held] = await told();
      expect(held).toBeGreaterThanOrEqual(5);
      expect(await told()).toEqual([held, held]);
      expect(await compare(box, image)).toBe(0);
      // Torn down and healed from the box, they are the same message still.
      await sql.query("DELETE FROM kept_entry WHERE box = $1 AND epoch = 8", [id]);
      await sql.query("DELETE FROM reading WHERE box = $1 AND epoch = 8 AND seq = $2", [id, image.lastSeq]);
      expect(await compare(box, image)).toBe(1);
      expect(await compare(box, image)).toBe(0);
      expect(await counts()).toEqual(whole);
      expect(await told()).toEqual([held, held]);
      // Of the range that lies partly before the new epoch, what is of it is compared as well; once a week, else counted.
      await sql.query("DELETE FROM reading WHERE box = $1 AND epoch = 8 AND seq = 31", [id]);
      expect(await compare(box, image, false)).toBe(1);
      expect(await counts()).toEqual(whole);
      await sql.query("UPDATE reading SET frame = frame || '\\x00' WHERE box = $1 AND epoch = 8 AND seq = 33", [id]);
      expect(await compare(box, image)).toBe(1);
      expect(await compare(box, image)).toBe(0);
      expect(await counts()).toEqual(whole);
    });

    test("a box is asked once a day, with the reply to its next batch", async () => {
      const { box, journal, send } = await boxOf(uplinks(3));
      const heartbeat = async () => {
        const run = journal.read(journal.lastSeq, { entries: 1, bytes: 1 });
        const batch = { ...run, box, epoch: 7, sentAt: NOW, health: HEALTH, lastSeq: run.lastSeq, unusable: [] };
        return store.acceptBatch(batch, NOW);
      };
      expect(await heartbeat()).not.toHaveProperty("digest");
      await store.wantDigests(NOW, 1_000);
      expect(await heartbeat()).toMatchObject({ digest: true });
      await compare(box, journal, false);
      expect(await heartbeat()).not.toHaveProperty("digest");
      await store.wantDigests(NOW + 86_000_000, 1_000);
      expect(await heartbeat()).not.toHaveProperty("digest");
      await store.wantDigests(NOW + 87_000_000, 1_000);
      expect(await heartbeat()).toMatchObject({ digest: true });
      await send();
    });

    test("a day's comparison hashes what is new and a seventh of the rest, and counts everything", async () => {
      const { box, journal } = await boxOf(uplinks(RANGE_ENTRIES * 2 + 10), 5_000);
      expect(await compare(box, journal, false)).toBe(0);
      expect((await stateOf(box)).hashed).toBe(3);
      const id = await number(box);
      await sql.query("DELETE FROM reading WHERE box = $1 AND seq = 17", [id]);
      expect(await compare(box, journal, false)).toBe(1);
      expect((await stateOf(box)).hashed).toBeLessThan(3);
      expect(await compare(box, journal, false)).toBe(0);
      // Another epoch's digest asks for nothing.
      const ranges = rangesBetween(1, 10).map(({ from, to }) => journal.digest(from, to));
      const other = printDigest({ epoch: 8, oldestSeq: 1, ranges });
      expect(await createComparing({ store, now: () => NOW, log }).digest(box, Buffer.from(other))).toBe(
        '{"again":[]}',
      );
    });
  });
};

onEachDatabase(comparisonContract);

test("a box sends again one batch after the other: what comes meanwhile is not even unpacked", async () => {
  const gate = Promise.withResolvers<void>();
  let unpacked = 0;
  const comparing = createComparing({
    store: {
      compare: () => Promise.reject(new Error("not asked")),
      mend: async () => {
        await gate.promise;
        return 1;
      },
    },
    now: () => NOW,
    log,
    unpack(body) {
      unpacked += 1;
      return unpackBodySync(body);
    },
  });
  const bodyFor = (box: string) => {
    const journal = new SentJournal(box);
    journal.append(readingOf());
    return { contentType: PROTOBUF_TYPE, contentEncoding: ZSTD_ENCODING, body: packBodySync(journal.batch(1, 1)) };
  };
  const first = comparing.again("remiremont", bodyFor("remiremont"));
  const [second, other] = ["remiremont", "eloyes"].map((box) => comparing.again(box, bodyFor(box)));
  expect(await second).toBe(false);
  expect(unpacked).toBe(2);
  gate.resolve();
  expect(await Promise.all([first, other])).toEqual([true, true]);
  // One that is refused leaves the way free as well.
  await expect(comparing.again("remiremont", bodyFor("eloyes"))).rejects.toMatchObject({ code: "box-name-mismatch" });
  expect(await comparing.again("remiremont", bodyFor("remiremont"))).toBe(true);
});
