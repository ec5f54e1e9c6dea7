/** A journal of each former schema, read without being changed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openInspection } from "../../cloud-sync/journal/inspect.ts";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import type { Reading } from "../../cloud-sync/protocol/entry.ts";

const START = Date.UTC(2026, 2, 3);

const reading = (n: number): Reading => ({
  kind: "reading",
  device: `70b3d5e75e00000${n % 4}`,
  at: START + n * 60_000,
  receivedAt: START + n * 60_000,
  fCnt: n,
  fPort: 1,
  frame: Uint8Array.of(n % 256),
  measurements: [{ name: "air.temperature", value: n / 4, unit: "Cel" }],
  history: [],
  notes: [],
});

/** What each step added or changed, taken back: index n makes a file of version n + 1 of one of version n + 2. */
const BACK = [
  `DROP TABLE journal_thinned; DROP TABLE journal_kept; DROP TABLE journal_loss; DROP TABLE journal_word_copy;
   ALTER TABLE journal_word DROP COLUMN sum;
   UPDATE journal_checkpoint SET hash = substr(hash, 1, 32);`,
  "DROP TABLE journal_told_loss;",
  "DROP TABLE journal_taken_off;",
];

/** A journal of 400 readings, some of whose checkpoints lie between; at rest, in one file. */
const fileOf = (version: number): string => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-former-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "box.sqlite");
  const db = new Database(file);
  const journal = openJournal(db, { clock: { now: () => ({ wall: START, mono: 1, clock: "confirmed" }) }, epoch: 7 });
  for (let n = 0; n < 400; n += 20)
    journal.write((append) => {
      for (let each = n; each < n + 20; each++) append(reading(each));
    });
  for (const step of BACK.slice(version - 1).reverse()) db.exec(step);
  db.exec(`UPDATE schema_version SET version = ${version} WHERE room = 'journal'`);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
  return file;
};

test.each([1, 2, 3, 4])("version %i is verified and exported, and its file stays as it is", (version) => {
  const file = fileOf(version);
  const before = readFileSync(file);
  const { journal, entries, close } = openInspection(file);
  expect(journal).toMatchObject({ epoch: 7, oldestSeq: 1, lastSeq: 400 });
  expect(journal.verify()).toEqual({ entries: 400, firstSeq: 1, lastSeq: 400, declared: 0, findings: [] });
  expect([...entries({ from: 391, to: 400 })].map(({ body }) => body)).toEqual(
    Array.from({ length: 10 }, (_, n) => reading(390 + n)),
  );
  close();
  expect(readFileSync(file).equals(before)).toBe(true);
  const db = new Database(file, { readonly: true });
  expect(db.prepare("SELECT version FROM schema_version WHERE room = 'journal'").pluck().get()).toBe(version);
  db.close();
});

test.each([1, 2, 3])("damage of a file of version %i is found as in one of the present version", (version) => {
  const file = fileOf(version);
  const db = new Database(file);
  db.exec("UPDATE journal_entry SET row = x'01' WHERE seq = 300; DELETE FROM journal_entry WHERE seq = 200");
  db.close();
  const { journal, close } = openInspection(file);
  onTestFinished(close);
  expect(journal.verify().findings).toEqual([
    { from: 200, to: 200, what: "missing" },
    { from: 300, to: 300, what: "damaged" },
  ]);
});

test("a newer version is refused with both numbers", () => {
  expect(() => openInspection(fileOf(5))).toThrow(/journal schema 5, this program knows 4/);
});
