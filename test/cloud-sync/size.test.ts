/** What a reading costs on disk and on the wire, with its frame and radio data. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { zstdCompressSync } from "node:zlib";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { decodeBatch, encodeBatch } from "../../cloud-sync/protocol/batch.ts";
import { packBodySync } from "../../cloud-sync/protocol/body.ts";
import { GENESIS } from "../../cloud-sync/protocol/chain.ts";
import type { Batch, Entry } from "../../cloud-sync/protocol/entry.ts";
import { asEntries, mix } from "../../fixtures/mix.ts";
import { HEALTH } from "./arbitrary.ts";

/** The dictionary is learnt in the first hours; two days are nearer to ninety than one. */
const all = mix(2, 48);
const entries = asEntries(all);

const batchOf = (part: readonly Entry[]): Batch => ({
  box: "remiremont",
  epoch: 1,
  firstSeq: part[0]!.seq,
  entries: part,
  hashBefore: GENESIS,
  hashAfter: GENESIS,
  sentAt: 1,
  health: HEALTH,
});

test("the mix is what it says", () => {
  const devices = new Set(all.map(({ reading }) => reading.device));
  expect(devices.size).toBe(1000);
  expect(all.length).toBeGreaterThan(10_000);
  const frames = all.reduce((sum, { reading }) => sum + reading.frame.length, 0) / all.length;
  const values = all.reduce((sum, { reading }) => sum + reading.measurements.length, 0) / all.length;
  const older = all.reduce((sum, { reading }) => sum + reading.history.length, 0) / all.length;
  console.log(JSON.stringify({ readings: all.length, frames, values, older }));
});

test("at most 80 bytes on disk, dictionary and indexes included", () => {
  const folder = mkdtempSync(join(tmpdir(), "size-"));
  try {
    const file = join(folder, "box.db");
    const db = new Database(file);
    let at = 0;
    const clock = {
      now: () => ({ wall: entries[at]!.stamp.wall, mono: entries[at++]!.stamp.mono, clock: "confirmed" as const }),
    };
    const journal = openJournal(db, { clock });
    for (let from = 0; from < entries.length; from += 100) {
      journal.write((append) => {
        for (const { body } of entries.slice(from, from + 100)) append(body);
      });
    }
    expect(isDeepStrictEqual(journal.read(0, { entries: 1e6, bytes: 1e9 }).entries, entries)).toBe(true);
    db.pragma("wal_checkpoint(TRUNCATE)");
    const bytes = statSync(file).size / entries.length;
    const words = db.prepare("SELECT count(*) n, sum(length(word)) b FROM journal_word").get();
    const rows = db.prepare("SELECT avg(length(row)) FROM journal_entry").pluck().get();
    db.close();
    console.log(JSON.stringify({ bytesPerReadingOnDisk: bytes, rows, words }));
    expect(bytes).toBeLessThanOrEqual(80);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("at most 18 bytes on the wire in batches of 5,000", () => {
  let packed = 0;
  let plain = 0;
  let count = 0;
  for (let from = 0; from + 5000 <= entries.length; from += 5000) {
    const batch = batchOf(entries.slice(from, from + 5000));
    const bytes = encodeBatch(batch);
    const back = decodeBatch(bytes);
    expect(back.ok && isDeepStrictEqual(back.value.entries, batch.entries)).toBe(true);
    plain += bytes.length;
    packed += packBodySync(batch).length;
    count += 5000;
  }
  const frames = entries.slice(0, count).map(({ body }) => (body.kind === "reading" ? body.frame : new Uint8Array()));
  const framesAlone = zstdCompressSync(Buffer.concat(frames)).length / count;
  console.log(JSON.stringify({ bytesPerReadingOnWire: packed / count, plain: plain / count, framesAlone }));
  expect(packed / count).toBeLessThanOrEqual(18);
});
