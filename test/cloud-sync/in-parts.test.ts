/** What is read in parts is what is read as entries: on the wire, in the hash, past holes and damage. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Run } from "../../cloud-sync/journal/contract.ts";
import { groupAfter } from "../../cloud-sync/journal/groups.ts";
import type { Journal } from "../../cloud-sync/journal/journal.ts";
import { prepareStatements } from "../../cloud-sync/journal/statements.ts";
import { BatchColumns, decodeBatch, encodeBatch, type GatheredBatch } from "../../cloud-sync/protocol/batch.ts";
import { GENESIS, RunningHash, runChain } from "../../cloud-sync/protocol/chain.ts";
import type { Batch, Entry, EntryBody, Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import { asEntry, labelOf, PlainReading, sourceOf } from "../../cloud-sync/protocol/plain-reading.ts";
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

type About = "box" | "epoch" | "sentAt" | "health";

const encoded = (batch: Omit<Batch, About> | Omit<GatheredBatch, About>): Buffer =>
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
    { numRuns: 60 },
  );
});

const SET_ROW = "UPDATE journal_entry SET row =";

function bend({ db }: ReturnType<typeof build>, seq: number, byte: number, bit: number): void {
  const row = db.prepare<[number], Buffer>("SELECT row FROM journal_entry WHERE seq = ?").pluck().get(seq)!;
  row[byte % row.length]! ^= 1 << bit;
  db.prepare(`${SET_ROW} ? WHERE seq = ?`).run(row, seq);
}

test("they are the same past holes and damaged rows, and after a restart", () => {
  const is = fc.constantFrom("bent" as const, "a text" as const, "gone" as const);
  const harm = fc.record({ at: fc.nat(), byte: fc.nat(), bit: fc.nat(7), is });
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
        for (const { at, byte, bit, is } of harms) {
          const seq = 1 + (at % written.length);
          if (lost.has(seq)) continue;
          if (is === "gone") box.db.prepare("DELETE FROM journal_entry WHERE seq = ?").run(seq);
          else if (is === "a text") box.db.prepare(`${SET_ROW} CAST(row AS TEXT) WHERE seq = ?`).run(seq);
          else bend(box, seq, byte, bit);
          lost.add(seq);
        }
        if (reopens) box.reopen();
        const runs = compare(box.journal, entries);
        const read = runs.flatMap((run) => run.entries.map(({ seq }) => seq));
        expect(read).toEqual(written.map((_, index) => index + 1).filter((seq) => !lost.has(seq)));
      },
    ),
    { numRuns: 60 },
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
    add(found: Entry | PlainReading): void {
      if (!(found instanceof PlainReading)) this.whole++;
      else this.frames.push(Buffer.from(found.frames.subarray(found.frameFrom, found.frameTo)).toString("hex"));
    },
  });
  const { into } = box.journal.readInto(0, { entries: 100, bytes: 1e6 }, sink);
  expect(into.whole).toBe(5);
  expect(into.frames).toEqual(usual.map(({ frame }) => Buffer.from(frame).toString("hex")));
});

test("entries far larger than others are read with them, in order", () => {
  const box = build();
  const event = (length: number): EntryBody => ({
    kind: "event",
    event: "log",
    device: "24e124136b502217",
    at: 1,
    detail: { text: "é".repeat(length) },
  });
  const written = [10, 20_000, 20_000, 100_000, 5, 5, 40_000].map(event);
  box.append(...written);
  const [{ entries }] = compare(box.journal, 100) as [Run];
  expect(entries.map((entry) => entry.body)).toEqual(written);
});

test("a search that does not find again what was read last is not trusted", () => {
  const box = build();
  box.append(...fc.sample(plain, { numRuns: 20, seed: 3 }));
  const { whole } = prepareStatements(box.db);
  expect(groupAfter(whole, 5, true)?.seqs).toHaveLength(15);
  box.db.prepare("DELETE FROM journal_entry WHERE seq = 5").run();
  expect(groupAfter(whole, 5, true)).toBeUndefined();
  expect(groupAfter(whole, 5, false)?.seqs).toHaveLength(15);
});

test("parts of one source may name other columns from one reading to the next, and their values be of other types", () => {
  const source = sourceOf("24e124136b502217", "lamp:88383:042", undefined, undefined);
  const [power, on] = [[labelOf("lamp.power", "W")], [labelOf("lamp.on", "1")]];
  const [inParts, whole] = [new BatchColumns(), new BatchColumns()];
  const parts = Object.assign(new PlainReading(), { source });
  const [hashInParts, hashWhole] = [new RunningHash(GENESIS), new RunningHash(GENESIS)];
  for (const [labels, value] of [
    [power, 5],
    [on, true],
    [power, 7.5],
    [power, false],
    [on, false],
    [on, 0],
    [power, "éteint"],
    [power, 8],
  ] as const) {
    Object.assign(parts, { seq: parts.seq + 1, labels });
    parts.values[0] = value;
    inParts.add(parts);
    whole.add(asEntry(parts));
    hashInParts.step(parts);
    hashWhole.step(asEntry(parts));
    expect(hashInParts.hash, String(value)).toEqual(hashWhole.hash);
  }
  const run = { firstSeq: 1, hashBefore: new Uint8Array(32), hashAfter: new Uint8Array(32) };
  expect(encoded({ ...run, columns: inParts })).toEqual(encoded({ ...run, columns: whole }));
});

const numbersOf = ({ entries }: Run): number[] => entries.map(({ seq }) => seq);
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("a damaged row at the end of the older rows that claims a number among the newer is seen", () => {
  const box = build();
  box.append(...fc.sample(plain, { numRuns: 20, seed: 3 }));
  box.db.exec(`INSERT INTO journal_thinned SELECT * FROM journal_entry WHERE seq <= 10;
    DELETE FROM journal_entry WHERE seq <= 10;
    UPDATE journal_thinned SET seq = 15 WHERE seq = 10`);
  const run = box.journal.read(0, { entries: 100, bytes: 1e6 });
  expect(numbersOf(run)).toEqual([...upTo(1, 9), ...upTo(11, 20)]);
  expect(box.journal.broken).toBe(true);
});

type ChangeTree = (root: Buffer, page: (number: number) => Buffer) => void;

/** The page at the root of the entries' tree, to be changed: https://sqlite.org/fileformat2.html#b_tree_pages */
function changeRoot(file: string, change: ChangeTree): void {
  const db = new Database(file);
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'journal_entry'").pluck().get() as number;
  const size = db.pragma("page_size", { simple: true }) as number;
  db.close();
  const bytes = readFileSync(file);
  const page = (number: number): Buffer => bytes.subarray((number - 1) * size, number * size);
  change(page(root), page);
  writeFileSync(file, bytes);
}

/** Two leaves of the tree change places. */
const swapLeaves = (page: Buffer): void => {
  const cell = (index: number): number => page.readUInt16BE(12 + 2 * index);
  const [first, second] = [page.readUInt32BE(cell(0)), page.readUInt32BE(cell(1))];
  page.writeUInt32BE(second, cell(0));
  page.writeUInt32BE(first, cell(1));
};

/** Two cells of a leaf that follow each other change places. */
const swapCells = (leaf: Buffer, first: number): void => {
  const [one, other] = [leaf.readUInt16BE(8 + 2 * first), leaf.readUInt16BE(10 + 2 * first)];
  leaf.writeUInt16BE(other, 8 + 2 * first);
  leaf.writeUInt16BE(one, 10 + 2 * first);
};

/** Read with a file whose tree was changed, of so many entries. */
function readChanged(entries: number, change: ChangeTree) {
  const path = mkdtempSync(join(tmpdir(), "in-parts-"));
  undo.push(() => rmSync(path, { recursive: true }));
  const file = join(path, "box.db");
  const before = journalFile(file);
  before.append(...fc.sample(plain, { numRuns: entries, seed: 3 }));
  before.close();
  changeRoot(file, change);
  const box = journalFile(file);
  undo.push(() => box.close());
  return { journal: box.journal, seqs: numbersOf(box.journal.read(0, { entries: 1_000, bytes: 1e6 })) };
}

test("where the file's own tree is out of order, what is read is in order, and the file is known to be broken", () => {
  const { journal, seqs } = readChanged(600, swapLeaves);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect(seqs.at(-1)).toBe(600);
  expect(seqs.length).toBeGreaterThan(400);
  expect(journal.broken).toBe(true);
});

test("the same where two rows side by side are out of order: the second is left out until the file is built anew", () => {
  const { journal, seqs } = readChanged(10, (root) => swapCells(root, 4));
  expect(seqs).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 10]);
  expect(journal.broken).toBe(true);
});

test("a search that goes astray between two groups of rows costs no row, and the file is known to be broken", () => {
  const { journal, seqs } = readChanged(400, (root) => {
    // The last number of the third leaf, 170, as the page above it has it: 120, behind which a search for 128 goes to the fourth.
    const key = root.readUInt16BE(12 + 2 * 2) + 4;
    expect(root.readUInt16BE(key)).toBe(0x812a);
    root.writeUInt16BE(0x8078, key);
  });
  expect(seqs).toEqual(upTo(1, 400));
  expect(journal.broken).toBe(true);
});

test("a row behind the first group of rows whose number is bent to one already read is seen", () => {
  const { journal, seqs } = readChanged(400, (root, page) => {
    // The third leaf holds 112 to 170.
    const leaf = page(root.readUInt32BE(root.readUInt16BE(12 + 2 * 2)));
    const cell = leaf.readUInt16BE(8 + 2 * (140 - 112));
    const number = cell + (leaf[cell]! < 128 ? 1 : 2);
    expect(leaf.readUInt16BE(number)).toBe(0x810c);
    leaf.writeUInt16BE(0x8032, number);
  });
  expect(seqs).toEqual([...upTo(1, 139), ...upTo(141, 400)]);
  expect(journal.broken).toBe(true);
});
