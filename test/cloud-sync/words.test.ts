/** Words of the dictionary lost in both copies: what named them is lost and declared, and nothing is ever read with another word. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Journal } from "../../cloud-sync/journal/journal.ts";
import type { Entry, Reading } from "../../cloud-sync/protocol/entry.ts";
import { journalFile, START } from "./journal-file.ts";

const base = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "words-"));
afterAll(() => rmSync(base, { recursive: true }));
const DAY = 86_400_000;
const COPIES = ["journal_word", "journal_word_copy"];
let files = 0;

const reading = (device: number, at: number, value: number): Reading => ({
  kind: "reading",
  device: `70b3d5e75e00000${device % 10}`,
  codec: `some@${device}`,
  at,
  receivedAt: at,
  fCnt: 1,
  fPort: 1,
  frame: Uint8Array.of(device),
  radio: { rssi: -100, snr: 5, gateway: `gateway-${device % 3}`, gateways: 1, dr: 5 },
  measurements: [{ name: `quantity-${device % 4}`, value, unit: "L" }],
  history:
    device % 5 === 0 ? [{ at: at - 1_000, measurements: [{ name: `older-${device % 7}`, value, unit: "L" }] }] : [],
  notes: [],
});

const build = () => journalFile(join(base, `${files++}.sqlite`));

/** How a word is lost: its text bent, its row gone, its number bent. */
const WAYS = ["bent", "gone", "renumbered"] as const;
type Way = (typeof WAYS)[number];

function lose(db: Database.Database, ids: readonly number[], way: Way): void {
  for (const table of COPIES)
    for (const id of ids) {
      if (way === "bent") db.prepare(`UPDATE ${table} SET word = word || ' ' WHERE id = ?`).run(id);
      else if (way === "gone") db.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id);
      else db.prepare(`UPDATE ${table} SET id = id + 1000 WHERE id = ?`).run(id);
    }
}

const newestOf = (db: Database.Database): number =>
  Number(db.prepare("SELECT max(id) FROM journal_word").pluck().get());

const all = (journal: Journal): readonly Entry[] => journal.read(0, { entries: 1e6, bytes: 1e9 }).entries;

test.each(WAYS)("the newest clock word, %s in both copies: its number is not given again", (way) => {
  const box = build();
  const written: Entry["body"][] = [];
  const write = (body: Entry["body"]) => {
    box.journal.write((append) => append(body));
    written.push(body);
  };
  for (let n = 0; n < 5; n++) write(reading(1, box.now(), n));
  box.later(3 * DAY);
  for (let n = 0; n < 5; n++) write(reading(1, box.now(), 10 + n));
  const clockWord = newestOf(box.db);
  lose(box.db, [clockWord], way);
  box.reopen();
  box.later(9 * DAY);
  for (let n = 0; n < 5; n++) write(reading(1, box.now(), 20 + n));
  box.reopen();
  const left = all(box.journal);
  expect(box.journal.damaged).toEqual([{ from: 6, to: 10 }]);
  expect(left.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 11, 12, 13, 14, 15]);
  for (const { seq, stamp, body } of left) {
    expect(body).toEqual(written[seq - 1]);
    expect(stamp.wall).toBe(START + (seq <= 5 ? 0 : 12 * DAY));
  }
  box.journal.declareDamaged();
  expect(box.journal.verify().findings).toEqual([]);
  expect(box.journal.lost().damaged).toBe(5);
  box.close();
});

test("whatever words are lost, an entry is as it was written or a declared loss, and the journal goes on", () => {
  const step = fc.record({
    readings: fc.array(fc.nat(11), { maxLength: 8 }),
    pause: fc.constantFrom(0, 1_000, 20_000, 2 * DAY),
    /** So many of the newest words, beginning so many before the end. */
    lost: fc.option(
      fc.record({ count: fc.integer({ min: 1, max: 6 }), before: fc.nat(6), way: fc.constantFrom(...WAYS) }),
      {
        nil: undefined,
        freq: 2,
      },
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const box = build();
      const written = new Map<number, Pick<Entry, "stamp" | "body">>();
      const known = (entries: readonly Entry[]) => {
        for (const { seq, stamp, body } of entries) written.set(seq, { stamp, body });
      };
      try {
        box.journal.onTail(known);
        let value = 0;
        for (const { readings, pause, lost } of steps) {
          box.later(pause);
          box.journal.write((append) => {
            for (const device of readings) append(reading(device, box.now(), value++));
          });
          if (lost === undefined) continue;
          const newest = newestOf(box.db) - lost.before;
          const ids = Array.from({ length: lost.count }, (_, index) => newest - index).filter((id) => id > 0);
          lose(box.db, ids, lost.way);
          box.reopen();
          box.journal.onTail(known);
          if (value % 2 === 0) box.journal.declareDamaged();
        }
        box.reopen();
        box.journal.onTail(known);
        for (const { seq, stamp, body } of all(box.journal))
          expect(isDeepStrictEqual({ stamp, body }, written.get(seq)), `entry ${seq}`).toBe(true);
        box.journal.declareDamaged();
        expect(box.journal.verify().findings).toEqual([]);
        const { lastSeq } = box.journal;
        const left = new Set(all(box.journal).map(({ seq }) => seq));
        const declared = box.db
          .prepare<[], { first: number; last: number }>("SELECT first, last FROM journal_loss")
          .all();
        for (let seq = 1; seq <= lastSeq; seq++)
          expect(left.has(seq) || declared.some(({ first, last }) => first <= seq && seq <= last), `${seq}`).toBe(true);
      } finally {
        box.close();
      }
    }),
    { numRuns: Number(process.env.WORD_RUNS ?? 60) },
  );
}, 600_000);
