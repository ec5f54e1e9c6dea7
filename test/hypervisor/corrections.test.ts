/** What a box says later of readings it sent: the time they were really taken at, and what a better codec reads in their frames. */

import Database from "better-sqlite3";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import type { ClockQuality, EntryBody, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Sql } from "../../hypervisor/store/sql.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { health, readingOf } from "./batches.ts";
import { type OwnDatabase, onEachDatabase, withStore } from "./databases.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const ASSET = "container:88383:001";

const correctionsContract = (open: () => Promise<OwnDatabase>): void => {
  describe("corrections", () => {
    let sql: Sql;
    let store: Store;
    let boxes = 0;
    withStore(open, NOW, (ground) => {
      ({ sql, store } = ground);
    });

    /** A box whose clocks the test drives; `send` makes what is new durable at the region. */
    const boxOf = async (wall: number) => {
      const box = `box-${++boxes}`;
      await store.addBox({ name: box, communes: ["88383"] }, NOW);
      const machine = { wall, mono: 1_000, clock: "unknown" as ClockQuality };
      const journal = openJournal(new Database(":memory:"), { clock: { now: () => machine }, epoch: 7, bootId: "one" });
      const put = (...bodies: EntryBody[]) => journal.write((append) => bodies.forEach((body) => void append(body)));
      const asset = `${ASSET}${boxes}`;
      const read = (celsius: number, changes: Partial<Reading> = {}): Reading => {
        const measurements = [{ name: "temperature", value: celsius, unit: "Cel" }];
        return readingOf({ asset, at: machine.wall, receivedAt: machine.wall, measurements, ...changes });
      };
      const pass = (ms: number): void => {
        machine.wall += ms;
        machine.mono += ms;
      };
      const send = async (arrivedAt = NOW): Promise<void> => {
        const run = journal.read(journal.cursor("region").seq, { entries: 1e5, bytes: 1e9 });
        const batch = { ...run, box, epoch: 7, sentAt: NOW, health, unusable: [] };
        expect((await store.acceptBatch(batch, arrivedAt)).status).toBe(200);
        journal.moveCursor("region", run.lastSeq);
      };
      /** The box learns that its wall clock is to be `truth` now. */
      const learn = (truth: number): void => {
        put({ kind: "clock", at: truth, boot: journal.boot, lead: truth - machine.mono, source: "ntp" });
        machine.wall = truth;
        machine.clock = "confirmed";
      };
      const points = async () => {
        const [from, to] = [-NOW, NOW * 2];
        const series = await store.series({ asset, measurement: "temperature", from, to, limit: 1e4 });
        return (series?.points ?? []).map(({ at, value }) => [at, value]);
      };
      const readings = () => store.readings({ box, afterSeq: 0, limit: 1e4 });
      const latest = async () => {
        const rows = await sql.query<{ at: Date; value: number }>(
          "SELECT at, value FROM latest WHERE asset = $1 AND measurement = 'temperature'",
          [asset],
        );
        return rows.map(({ at, value }) => [at.getTime(), value]);
      };
      const compared = () =>
        store.compare(box, { epoch: 7, oldestSeq: 1, ranges: [journal.digest(1, journal.lastSeq)] }, NOW, true);
      return { journal, machine, asset, put, read, pass, send, learn, points, readings, latest, compared };
    };

    test("a boot in 1970: what was sent before the time was known stands at its true time everywhere", async () => {
      const box = await boxOf(60_000);
      for (let n = 0; n < 3; n++) {
        box.put(box.read(n), {
          kind: "alarm",
          alarm: "disk-slow",
          raised: n % 2 === 0,
          at: box.machine.wall,
          detail: {},
        });
        box.pass(600_000);
      }
      await box.send();
      expect((await box.points()).map(([at]) => at)).toEqual([60_000, 660_000, 1_260_000]);
      box.put(box.read(3));
      box.pass(300_000);
      box.learn(NOW - 60_000);
      box.put(box.read(4));
      await box.send();
      const truth = [0, 1, 2, 3].map((n) => NOW - 60_000 - 300_000 - (3 - n) * 600_000);
      expect(await box.points()).toEqual([...truth.map((at, n) => [at, n]), [NOW - 60_000, 4]]);
      const readings = await box.readings();
      expect(readings.map(({ at, receivedAt }) => [at, receivedAt])).toEqual(
        [...truth, NOW - 60_000].map((at) => [at, at]),
      );
      expect(readings.map(({ notes }) => notes.includes("time-corrected"))).toEqual([true, true, true, true, false]);
      expect(await box.latest()).toEqual([[NOW - 60_000, 4]]);
      const alarms = await sql.query<{ at: Date }>(
        "SELECT event.at FROM event JOIN box ON box.id = event.box WHERE box.name = $1 AND kind = 'alarm' ORDER BY seq",
        [`box-${boxes}`],
      );
      expect(alarms.map(({ at }) => at.getTime())).toEqual(truth.slice(0, 3));
      // What is held still leads to the box's own hash, and no value is taken for a broken one.
      expect(await box.compared()).toEqual({ again: [], mended: 0 });
    });

    test("a clock years ahead: the latest value comes back to its time, and later ones take its place", async () => {
      const year = 365 * 86_400_000;
      const box = await boxOf(NOW + 9 * year);
      box.put(box.read(1));
      await box.send();
      expect(await box.latest()).toEqual([[NOW + 9 * year, 1]]);
      box.pass(120_000);
      box.learn(NOW);
      await box.send(NOW + 1_000);
      expect(await box.latest()).toEqual([[NOW - 120_000, 1]]);
      box.pass(5_000);
      box.put(box.read(2));
      await box.send(NOW + 6_000);
      expect(await box.latest()).toEqual([[NOW + 5_000, 2]]);
      expect((await box.points()).length).toBe(2);
    });

    test("whenever the time comes and however the journal is cut, no value is lost and all stand at their time", async () => {
      const steps = fc.array(fc.tuple(fc.integer({ min: 1_000, max: 9_000_000 }), fc.boolean()), {
        minLength: 1,
        maxLength: 12,
      });
      await fc.assert(
        fc.asyncProperty(steps, fc.nat(11), fc.integer({ min: 0, max: 2 * NOW }), async (all, learnAt, wall) => {
          const box = await boxOf(wall);
          const truthOf = (mono: number): number => NOW - 200_000_000 + mono;
          const expected: [number, number][] = [];
          for (const [n, [ms, sends]] of all.entries()) {
            if (n === Math.min(learnAt, all.length - 1)) box.learn(truthOf(box.machine.mono));
            box.put(box.read(n));
            expected.push([truthOf(box.machine.mono), n]);
            if (sends) await box.send();
            box.pass(ms);
          }
          await box.send();
          const near = (await box.points()).map(([at, value]) => [at, value]);
          // A clock that was right to the second is left as it was.
          const tolerance = Math.abs(truthOf(1_000) - wall) < 1_000 ? 1_000 : 0;
          expect(near.length).toBe(expected.length);
          for (const [index, [at, value]] of expected.entries()) {
            expect(near[index]![1]).toBe(value);
            expect(Math.abs(Number(near[index]![0]) - at)).toBeLessThanOrEqual(tolerance);
          }
          expect((await box.latest()).map(([, value]) => value)).toEqual([expected.at(-1)![1]]);
        }),
        { numRuns: 8 },
      );
    });

    test("an asset's latest value says that its frame was read again, until a newer one comes", async () => {
      const box = await boxOf(NOW - 10_000);
      box.machine.clock = "confirmed";
      const place = { ref: box.asset, kind: "container", commune: "88383", use: "waste", attributes: {} } as const;
      const first = box.read(10);
      const device = { devEui: first.device, model: "milesight-em400", asset: box.asset };
      box.put({ kind: "registry", at: NOW, change: { op: "put-asset", asset: place } });
      box.put({ kind: "registry", at: NOW, change: { op: "put-device", device } });
      const seq = box.journal.lastSeq + 1;
      box.put(first);
      await box.send();
      const shown = async () => {
        const [asset] = await store.assets({ refs: [box.asset], limit: 1 });
        return asset!.latest.temperature;
      };
      const at = first.at;
      expect(await shown()).toEqual({ value: 10, unit: "Cel", at });
      const rest = { device: first.device, fCnt: first.fCnt, history: [], notes: [] };
      const measurements = [{ name: "temperature", value: 11, unit: "Cel" }];
      box.put({ kind: "correction", at: NOW + 1_234, reading: seq, ...rest, measuredAt: at, measurements });
      await box.send();
      expect(await shown()).toEqual({ value: 11, unit: "Cel", at, correctedAt: NOW + 1_234 });
      box.pass(60_000);
      box.put(box.read(12, { fCnt: 9 }));
      await box.send();
      expect(await shown()).toEqual({ value: 12, unit: "Cel", at: at + 60_000 });
    });

    test("a frame read again shows the new values and says so; the entry as sent stays under the hash", async () => {
      const box = await boxOf(NOW - 10_000);
      box.machine.clock = "confirmed";
      const past = [{ at: NOW - 100_000, measurements: [{ name: "temperature", value: 99, unit: "Cel" }] }];
      box.put(box.read(10, { history: past }), box.read(20, { at: NOW - 100_000, fCnt: 8 }));
      const [first] = await (async () => {
        await box.send();
        return box.readings();
      })();
      const correct = (celsius: number, codec: string): EntryBody => ({
        kind: "correction",
        at: NOW,
        reading: first!.seq,
        device: first!.device,
        fCnt: first!.fCnt,
        codec,
        measuredAt: first!.at,
        measurements: [
          { name: "temperature", value: celsius, unit: "Cel" },
          { name: "humidity", value: 40, unit: "%" },
        ],
        history: [],
        notes: [],
      });
      box.put(correct(11, "milesight-em400@2"));
      await box.send();
      // The value of another reading at the very time of the one that went stays.
      expect(await box.points()).toEqual([
        [NOW - 100_000, 20],
        [first!.at, 11],
      ]);
      expect(await box.latest()).toEqual([[first!.at, 11]]);
      box.put(correct(12, "milesight-em400@3"), correct(13, "milesight-em400@4"));
      await box.send();
      const [shown, other] = await box.readings();
      expect(shown).toMatchObject({
        codec: "milesight-em400@4",
        measurements: [{ value: 13 }, { value: 40 }],
        history: [],
        notes: ["corrected"],
        corrected: { at: NOW, codecBefore: "milesight-em400@1" },
      });
      expect(shown!.frame).toEqual(first!.frame);
      expect(other!.corrected).toBeUndefined();
      expect((await box.points()).length).toBe(2);
      expect(await box.compared()).toEqual({ again: [], mended: 0 });
    });
  });
};

onEachDatabase(correctionsContract);
