/** What is read in parts is what is read as entries: on the wire, in the hash, past holes and damage. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Run } from "../../cloud-sync/journal/contract.ts";
import type { Journal } from "../../cloud-sync/journal/journal.ts";
import { BatchColumns, decodeBatch, encodeBatch, type GatheredBatch } from "../../cloud-sync/protocol/batch.ts";
import { runChain } from "../../cloud-sync/protocol/chain.ts";
import type { Batch, EntryBody, Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { PlainReading } from "../../cloud-sync/protocol/plain-reading.ts";
import { body, HEALTH, oddNumber } from "./arbitrary.ts";
import { journalFile } from "./journal-file.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

function build() {
  const path = mkdtempSync(join(tmpdir(), "in-parts-"));
  undo.push(() => rmSync(path, { recursive: true }));
  const box = journalFile(join(path, "box.db"), { checkpointEvery: 8 });
  undo.push(() => box.close());
  return box;
}

const orUndefined = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Readings as a box has them, so that most share their series with others; now and then with a value that is odd. */
const plain: fc.Arbitrary<Reading> = fc
  .record({
    device: fc.constantFrom("24e124136b502217", "70b3d5e75e000042", "lampadaire-é"),
    codec: orUndefined(fc.constantFrom("milesight-em400@1", "nas-ul20@2")),
    asset: orUndefined(fc.constantFrom("lamp:88383:042", "lamp:88383:043")),
    commune: orUndefined(fc.constant("88383")),
    at: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
    delay: fc.nat(100_000),
    fCnt: fc.nat(70_000),
    frame: fc.uint8Array({ maxLength: 60 }),
    radio: orUndefined(
      fc.record({
        rssi: fc.integer({ min: -140, max: 10 }),
        snr: fc.integer({ min: -2_000, max: 1_500 }).map((hundredths) => hundredths / 100),
        gateway: fc.constantFrom("0016c001f1500001", "0016c001f1500002"),
        gateways: fc.nat(20),
        dr: fc.nat(20),
      }),
    ),
    measurements: fc.oneof(
      fc.tuple(fc.oneof(fc.integer({ min: -50, max: 5_000 }), oddNumber)).map(([value]) => named(value)),
      fc
        .tuple(fc.integer({ min: 0, max: 1_000 }), fc.boolean(), fc.constantFrom("ouvert", "fermé"))
        .map(([tenths, on, state]) => named(tenths / 10, on, state)),
      fc.tuple(fc.boolean(), fc.constantFrom(0, -0, 0.1 + 0.2)).map(([on, value]) => named(on, value)),
      fc.constant([]),
    ),
  })
  .map(({ delay, asset, commune, codec, radio, ...rest }) => ({
    kind: "reading",
    ...rest,
    receivedAt: rest.at + delay,
    fPort: 2,
    history: [],
    notes: [],
    ...(asset === undefined ? {} : { asset }),
    ...(commune === undefined ? {} : { commune }),
    ...(codec === undefined ? {} : { codec }),
    ...(radio === undefined ? {} : { radio }),
  }));

const NAMES = ["lamp.power", "lamp.on", "door.state"];
const named = (...values: Measurement["value"][]): Measurement[] =>
  values.map((value, index) => ({ name: NAMES[index]!, value, unit: "1" }));

const bodies: fc.Arbitrary<EntryBody[]> = fc.array(
  fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: body }),
  { minLength: 1, maxLength: 200, size: "max" },
);

const encoded = (batch: Omit<Batch, "box" | "epoch" | "sentAt" | "health"> | ReturnType<typeof gathered>): Buffer =>
  Buffer.from(encodeBatch({ box: "b", epoch: 5, sentAt: 1, health: HEALTH, ...batch } satisfies Batch | GatheredBatch));

function gathered(journal: Journal, afterSeq: number, entries: number) {
  const { into: columns, ...run } = journal.readInto(afterSeq, { entries, bytes: 1e9 }, () => new BatchColumns());
  return { ...run, columns };
}

/** From the beginning to the end, run by run, both ways. */
function compare(journal: Journal, entries: number): Run[] {
  const runs: Run[] = [];
  for (let after = 0; ; ) {
    const { columns, ...inParts } = gathered(journal, after, entries);
    const run = journal.read(after, { entries, bytes: 1e9 });
    expect({ ...inParts, entries: run.entries }).toEqual(run);
    const bytes = encoded({ ...inParts, columns });
    expect(bytes.equals(encoded(run))).toBe(true);
    const decoded = decodeBatch(bytes);
    expect(decoded.ok && decoded.value.entries).toEqual(run.entries);
    if (run.gone.length === 0)
      expect(Buffer.from(inParts.hashAfter)).toEqual(Buffer.from(runChain(run.hashBefore, run.entries)));
    runs.push(run);
    if (run.lastSeq === after) return runs;
    after = run.lastSeq;
  }
}

test("the bytes of a batch and its run are the same, whether read in parts or as entries", () => {
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 250 }), (written, entries) => {
      const box = build();
      box.append(...written);
      const runs = compare(box.journal, entries);
      // As they were given, and not only alike in both ways.
      expect(runs.flatMap((run) => run.entries.map((entry) => entry.body))).toEqual(written);
    }),
    { numRuns: 150 },
  );
});

test("they are the same past holes and damaged rows, and after a restart", () => {
  const harm = fc.record({ at: fc.nat(), byte: fc.nat(), bit: fc.nat(7), takes: fc.boolean() });
  fc.assert(
    fc.property(
      bodies,
      fc.array(harm, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 250 }),
      fc.boolean(),
      (written, harms, entries, reopens) => {
        const box = build();
        box.append(...written);
        const lost = new Set<number>();
        for (const { at, byte, bit, takes } of harms) {
          const seq = 1 + (at % written.length);
          const row = box.db.prepare<[number], Buffer>("SELECT row FROM journal_entry WHERE seq = ?").pluck().get(seq);
          if (row === undefined || lost.has(seq)) continue;
          row[byte % row.length]! ^= 1 << bit;
          if (takes) box.db.prepare("DELETE FROM journal_entry WHERE seq = ?").run(seq);
          else box.db.prepare("UPDATE journal_entry SET row = ? WHERE seq = ?").run(row, seq);
          lost.add(seq);
        }
        if (reopens) box.reopen();
        const runs = compare(box.journal, entries);
        const read = runs.flatMap((run) => run.entries.map(({ seq }) => seq));
        expect(read).toEqual(written.map((_, index) => index + 1).filter((seq) => !lost.has(seq)));
      },
    ),
    { numRuns: 150 },
  );
});

test("a usual reading comes in parts, with its own frame; one with more to it as an entry", () => {
  const box = build();
  const usual = fc.sample(plain, { numRuns: 40, seed: 7 }).map((each) => ({ ...each, measurements: named(5, true) }));
  const more = usual.slice(0, 5).map((each) => ({ ...each, notes: ["recovered"] }));
  box.append(...usual, ...more);
  const sink = () => ({
    whole: 0,
    frames: [] as string[],
    add(): void {
      this.whole++;
    },
    addPlain({ frames, frameFrom, frameTo }: PlainReading): void {
      this.frames.push(Buffer.from(frames.subarray(frameFrom, frameTo)).toString("hex"));
    },
  });
  const { into } = box.journal.readInto(0, { entries: 100, bytes: 1e6 }, sink);
  expect(into.whole).toBe(5);
  expect(into.frames).toEqual(usual.map(({ frame }) => Buffer.from(frame).toString("hex")));
});
