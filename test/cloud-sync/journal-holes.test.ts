/** Entries that are gone: damaged, thinned, dropped, pruned. What is left reads on, and everything that went is counted. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Journal } from "../../cloud-sync/journal/journal.ts";
import { keptOf } from "../../cloud-sync/journal/thinning.ts";
import { admit, type Cursor, isSound } from "../../cloud-sync/protocol/admit.ts";
import { decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { GENESIS, runChain } from "../../cloud-sync/protocol/chain.ts";
import type { Entry, EntryBody, Reading } from "../../cloud-sync/protocol/entry.ts";
import { HEALTH } from "./arbitrary.ts";
import { journalFile, START } from "./journal-file.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

function build(stretch = 8_192) {
  const path = mkdtempSync(join(tmpdir(), "holes-"));
  undo.push(() => rmSync(path, { recursive: true }));
  const box = journalFile(join(path, "box.db"), { checkpointEvery: 16, stretch });
  undo.push(() => box.close());
  return box;
}

const reading = (device: string, at: number, value: number, more: Partial<Reading> = {}): Reading => ({
  kind: "reading",
  device,
  asset: `meter:88383:${device}`,
  commune: "88383",
  codec: "some@1",
  at,
  receivedAt: at,
  fCnt: Math.round(at / 60_000) % 65_536,
  fPort: 1,
  frame: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  measurements: [{ name: "water.volume", value, unit: "L" }],
  history: [],
  notes: [],
  ...more,
});

/** A region that follows the rule of the receiver, batch by batch. */
function createReceiver(journal: () => Journal) {
  let cursor: Cursor | undefined;
  const stored: Entry[] = [];
  return {
    stored,
    get cursor() {
      return cursor;
    },
    /** Reads from where it stands until the end, with runs of at most so many entries. */
    follow(entries: number): void {
      for (;;) {
        const from = cursor?.seq ?? 0;
        const known = journal();
        if (known.cursor("region").seq !== from) known.moveCursor("region", from, cursor?.hash);
        const run = known.read(from, { entries, bytes: 1e6 });
        expect(run.firstSeq).toBe(from + 1);
        const numbers = [...run.entries.map(({ seq }) => [seq, seq]), ...run.gone.map(({ from: a, to }) => [a, to])];
        numbers.sort(([a], [b]) => a! - b!);
        let next = run.firstSeq;
        for (const [a, b] of numbers) {
          expect(a).toBe(next);
          next = b! + 1;
        }
        expect(next - 1).toBe(run.lastSeq);
        if (run.lastSeq === from) return;
        const health = { ...HEALTH, oldestSeq: known.oldestSeq };
        const decoded = decodeBatch(encodeBatch({ box: "b", epoch: 5, ...run, sentAt: 1, health }));
        if (!decoded.ok) throw new Error(decoded.fault.message);
        expect(isSound(decoded.value)).toBe(true);
        const verdict = admit(cursor, decoded.value);
        if (verdict.verdict !== "accept") throw new Error(JSON.stringify(verdict));
        stored.push(...decoded.value.entries);
        cursor = verdict.cursor;
      }
    },
  };
}

type Act =
  | { readonly write: number }
  | { readonly damage: number }
  | { readonly follow: number }
  | "declare"
  | "thin"
  | "drop"
  | "prune"
  | "reopen";

test("whatever is lost, runs follow one another, hashes join, losses add up, and the region gets the rest", () => {
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 80 }) }) },
    { weight: 2, arbitrary: fc.record({ damage: fc.nat(2_000) }) },
    { weight: 2, arbitrary: fc.record({ follow: fc.integer({ min: 1, max: 50 }) }) },
    fc.constantFrom("declare" as const, "thin" as const, "drop" as const, "prune" as const, "reopen" as const),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const box = build(64);
      const receiver = createReceiver(() => box.journal);
      let minute = 0;
      let written = 0;
      for (const each of acts) {
        if (each === "declare") box.journal.declareDamaged();
        else if (each === "thin") box.journal.thin();
        else if (each === "drop") box.journal.drop();
        else if (each === "prune") box.journal.prune(receiver.cursor?.seq ?? 0);
        else if (each === "reopen") {
          const { lastHash } = box.journal;
          const wasWhole = box.journal.damaged.length === 0;
          box.reopen();
          if (
            wasWhole &&
            box.journal.damaged.length === 0 &&
            !acts.some((one) => typeof one === "object" && "damage" in one)
          )
            expect(box.journal.lastHash).toEqual(lastHash);
        } else if ("write" in each) {
          const bodies: EntryBody[] = [];
          for (let n = 0; n < each.write; n++) {
            minute += 1;
            written += 1;
            const at = START + minute * 60_000;
            box.at(minute * 60_000);
            if (n % 20 === 7) bodies.push({ kind: "alarm", alarm: "x", raised: true, at, detail: {} });
            else bodies.push(reading(`d${n % 3}`, at, (minute * 37) % 101));
          }
          box.append(...bodies);
        } else if ("damage" in each) {
          for (const table of ["journal_entry", "journal_thinned", "journal_kept"]) {
            box.db.prepare(`UPDATE ${table} SET row = x'0102' WHERE seq = ?`).run(each.damage);
          }
        } else receiver.follow(each.follow);
      }
      receiver.follow(40);
      box.journal.read(0, { entries: 1e6, bytes: 1e9 });
      box.journal.declareDamaged();
      receiver.follow(40);
      const { journal } = box;
      if (written === 0) return;
      expect(receiver.cursor).toMatchObject({ epoch: 5, seq: journal.lastSeq });
      expect(receiver.cursor!.hash).toEqual(journal.lastHash);
      const left = journal.read(0, { entries: 1e6, bytes: 1e9 });
      // Nothing reached the region that was not written, twice, or out of order.
      const seqs = receiver.stored.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      const known = new Map(receiver.stored.map((entry) => [entry.seq, entry]));
      for (const entry of left.entries) expect(known.get(entry.seq)).toEqual(entry);
      expect(journal.verify().findings).toEqual([]);
      expect(written).toBeLessThanOrEqual(journal.lastSeq);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test("shed up to the last entry, the journal knows its hash after a restart", () => {
  const box = build(8);
  // Fewer than there are between two checkpoints.
  for (let minute = 0; minute < 9; minute++) box.append(reading("d0", START + minute * 60_000, minute));
  for (let each = 0; each < 3; each++) {
    box.journal.drop();
    const { lastHash } = box.journal;
    box.reopen();
    expect(box.journal.lastHash).toEqual(lastHash);
    box.append(reading("d1", START, 1));
  }
  const receiver = createReceiver(() => box.journal);
  receiver.follow(5);
  expect(receiver.cursor!.hash).toEqual(box.journal.lastHash);
});

test("an entry that counts losses and goes itself is counted on in the next", () => {
  const box = build(16);
  const readings = 30;
  for (let minute = 0; minute < readings; minute++)
    box.append(reading(`d${minute % 2}`, START + minute * 60_000, minute));
  for (let each = 0; each < 40; each++) box.journal.drop();
  const left = box.journal.read(0, { entries: 1e6, bytes: 1e9 }).entries;
  const counted = left.flatMap(({ body }) => (body.kind === "loss" ? [body] : []));
  const sum = (of: (loss: (typeof counted)[number]) => number): number =>
    counted.reduce((all, each) => all + of(each), 0);
  const whole = left.filter(({ body }) => body.kind === "reading").length;
  expect(sum(({ counts }) => counts.reading ?? 0)).toBe(readings - whole);
  expect(sum(({ devices }) => (devices?.reading?.d0 ?? 0) + (devices?.reading?.d1 ?? 0))).toBe(readings - whole);
  expect(Math.min(...counted.map(({ range }) => range!.from))).toBe(1);
  expect(box.journal.lost().dropped).toBe(readings - whole);
  // What is left cannot be made shorter by counting.
  const { lastSeq } = box.journal;
  expect(box.journal.drop()).toBeUndefined();
  expect(box.journal.lastSeq).toBe(lastSeq);
});

test("losses are counted by device and kind, and what is important goes last", () => {
  const box = build();
  const bodies: EntryBody[] = [];
  for (let minute = 0; minute < 3_000; minute++) {
    const at = START + minute * 60_000;
    bodies.push(reading(`d${minute % 2}`, at, minute));
    if (minute % 500 === 0) bodies.push({ kind: "alarm", alarm: "disk", raised: true, at, detail: {} });
    if (minute % 500 === 1) bodies.push({ kind: "event", event: "join", device: "d1", at, detail: {} });
  }
  box.append(...bodies);
  const thinned = box.journal.thin()!;
  expect(thinned).toBeGreaterThan(1_000);
  const loss = box.journal.read(box.journal.lastSeq - 1, { entries: 1, bytes: 1e6 }).entries[0]!.body;
  if (loss.kind !== "loss") throw new Error(loss.kind);
  expect(loss).toMatchObject({ reason: "thinned", counts: { reading: thinned } });
  expect(loss.devices!.reading!.d0! + loss.devices!.reading!.d1!).toBe(thinned);
  expect(box.journal.thin()).toBeUndefined();
  box.journal.drop();
  box.journal.drop();
  const kinds = new Set(box.journal.read(0, { entries: 1e6, bytes: 1e9 }).entries.map(({ body }) => body.kind));
  expect(kinds.has("alarm")).toBe(true);
  const lost = box.journal.lost();
  expect(lost.dropped).toBeGreaterThan(1_000);
  expect(lost.thinned).toBe(thinned);
  const counted = box.journal
    .read(0, { entries: 1e6, bytes: 1e9 })
    .entries.flatMap(({ body }) => (body.kind === "loss" ? [body] : []));
  const sum = (reason: string): number =>
    counted
      .filter((each) => each.reason === reason)
      .reduce((total, { counts }) => total + Object.values(counts).reduce((a, b) => a + b, 0), 0);
  expect(sum("thinned")).toBe(lost.thinned);
  expect(sum("dropped")).toBe(lost.dropped);
  expect(box.journal.verify().findings).toEqual([]);
  box.reopen();
  expect(box.journal.lost()).toEqual(lost);
});

test("thinning keeps first, last, least and most of each hour, changes of state, and indexes as they were", () => {
  const value = fc.integer({ min: -1_000, max: 1_000 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ device: fc.constantFrom("a", "b"), step: fc.nat(1_800_000), value, on: fc.boolean() }), {
        minLength: 1,
        maxLength: 200,
      }),
      (told) => {
        let at = START;
        const entries = told.map(({ device, step, value: number, on }, index): Entry => {
          at += step;
          const measurements = [
            { name: "water.volume", value: index, unit: "L" },
            { name: "temperature", value: number, unit: "Cel" },
            { name: "lamp.on", value: on, unit: "bool" },
          ];
          const body = reading(device, at, 0, { measurements });
          return { seq: index + 1, stamp: { wall: at, mono: at - START, boot: 1, clock: "confirmed" }, body };
        });
        const kept = keptOf(entries);
        const hours = Map.groupBy(entries, ({ body }) => {
          const { device, receivedAt } = body as Reading;
          return `${device} ${Math.floor(receivedAt / 3_600_000)}`;
        });
        for (const all of hours.values()) {
          const left = all.filter(({ seq }) => kept.has(seq));
          const numbers = (of: Entry[], index: number) =>
            of.map(({ body }) => Number((body as Reading).measurements[index]!.value));
          expect([left[0], left.at(-1)]).toEqual([all[0], all.at(-1)]);
          for (const index of [0, 1]) {
            expect(Math.min(...numbers(left, index))).toBe(Math.min(...numbers(all, index)));
            expect(Math.max(...numbers(left, index))).toBe(Math.max(...numbers(all, index)));
          }
        }
        for (const device of ["a", "b"]) {
          const own = entries.filter(({ body }) => (body as Reading).device === device);
          own.forEach((entry, index) => {
            const before = own[index - 1];
            const on = (of: Entry) => (of.body as Reading).measurements[2]!.value;
            if (before !== undefined && on(before) !== on(entry)) expect(kept.has(entry.seq)).toBe(true);
          });
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a damaged word of the dictionary is read from its second copy, and mended", () => {
  const box = build();
  box.append(...Array.from({ length: 40 }, (_, n) => reading("d1", START + n * 60_000, n)));
  const before = box.journal.read(0, { entries: 100, bytes: 1e6 });
  for (const [bent, whole] of [
    ["journal_word", "journal_word_copy"],
    ["journal_word_copy", "journal_word"],
  ]) {
    box.db.exec(`UPDATE ${bent} SET word = replace(word, 'd1', 'd2')`);
    box.reopen();
    expect(box.journal.read(0, { entries: 100, bytes: 1e6 })).toEqual(before);
    expect(box.db.prepare(`SELECT count(*) FROM ${bent} JOIN ${whole} USING (id, word, sum)`).pluck().get()).toBe(
      box.db.prepare(`SELECT count(*) FROM ${whole}`).pluck().get(),
    );
  }
});

test("the last entry damaged: its number is not given out again", () => {
  const box = build();
  box.append(...Array.from({ length: 40 }, (_, n) => reading("d1", START + n * 60_000, n)));
  box.db.exec("UPDATE journal_entry SET row = x'01' WHERE seq = 40");
  box.reopen();
  expect(box.journal.lastSeq).toBe(40);
  box.append(reading("d1", START, 1));
  expect(box.journal.lastSeq).toBe(41);
  const receiver = createReceiver(() => box.journal);
  receiver.follow(7);
  expect(receiver.stored.map(({ seq }) => seq)).toEqual([...Array.from({ length: 39 }, (_, n) => n + 1), 41]);
});

test("a database of the first version becomes the present one with its entries and hashes", () => {
  const box = build();
  box.append(...Array.from({ length: 40 }, (_, n) => reading(`d${n % 4}`, START + n * 60_000, n / 4)));
  const { entries } = box.journal.read(0, { entries: 100, bytes: 1e6 });
  // As version 1 left it: no copies, no sums, bare hashes.
  box.db.exec(`
    DROP TABLE journal_thinned; DROP TABLE journal_kept; DROP TABLE journal_loss; DROP TABLE journal_word_copy;
    DROP TABLE journal_told_loss; DROP TABLE journal_taken_off;
    ALTER TABLE journal_word DROP COLUMN sum;
    UPDATE journal_checkpoint SET hash = substr(hash, 1, 32);
    UPDATE schema_version SET version = 1 WHERE room = 'journal';`);
  box.reopen();
  expect(box.journal.read(0, { entries: 100, bytes: 1e6 }).entries).toEqual(entries);
  expect(box.journal.lastHash).toEqual(runChain(GENESIS, entries));
  expect(box.journal.verify()).toMatchObject({ entries: 40, findings: [] });
  box.append(reading("d9", START, 1));
  expect(box.journal.verify()).toMatchObject({ entries: 41, findings: [] });
});
