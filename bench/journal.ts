/**
 * The journal against bare better-sqlite3: as many rows of the same bytes, in groups of 100, every commit synced, in alternating
 * rounds; what a reading takes on disk; and what a day at one uplink a second writes, by the kernel's count. Flags: `--delays 1,5,30`
 * measures other delays than 5 s too. Run it on the kind of disk a box has: the folder is `--folder`, else the system's for temporary files.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import { GENESIS, runChain } from "../cloud-sync/protocol/chain.ts";
import type { Reading } from "../cloud-sync/protocol/entry.ts";
import { asEntries, mix } from "../fixtures/mix.ts";
import { openBoxState } from "../gateway/box-state.ts";
import { openBoxStore } from "../gateway/box-store.ts";
import { openDuplicates } from "../gateway/duplicates.ts";
import type { ChirpStackEvent } from "../gateway/words.ts";

const GROUP = 100;
const ROUNDS = 5;
/** Not timed: a box meets its devices once, in its first hours. */
const FIRST = 8_000;
const DAY_SECONDS = 86_400;
/** A day is measured over this many seconds after as many to settle, and told as a day. */
const WEAR_SECONDS = 21_600;
const BYTES_MAX = 80;
const MB_MAX = 200;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const entries = asEntries(mix(2, 48));
const timed = entries.slice(0, FIRST + 13_000);

function journalRound(file: string): { seconds: number; rows: Buffer[] } {
  const db = new Database(file);
  let at = 0;
  const journal = openJournal(db, { clock: { now: () => ({ ...timed[at++]!.stamp }) } });
  let from = 0;
  for (let start = 0; start < timed.length; start += GROUP) {
    if (start === FIRST) from = performance.now();
    journal.write((append) => {
      for (let each = start; each < start + GROUP; each++) append(timed[each]!.body);
    });
  }
  const seconds = (performance.now() - from) / 1000;
  if (Buffer.compare(journal.lastHash, runChain(GENESIS, timed)) !== 0) throw new Error("another hash");
  const { findings, entries: whole } = journal.verify();
  if (findings.length > 0 || whole !== timed.length) throw new Error(`not whole: ${JSON.stringify(findings)}`);
  const rows = db.prepare<[], Buffer>("SELECT row FROM journal_entry ORDER BY seq").pluck().all();
  db.close();
  return { seconds, rows };
}

function bareRound(file: string, rows: readonly Buffer[]): number {
  const db = new Database(file);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("CREATE TABLE entry (seq INTEGER PRIMARY KEY, row BLOB NOT NULL)");
  const insert = db.prepare("INSERT INTO entry VALUES (?, ?)");
  const group = db.transaction((start: number) => {
    for (let each = start; each < start + GROUP; each++) insert.run(each + 1, rows[each]);
  });
  let from = 0;
  for (let start = 0; start < rows.length; start += GROUP) {
    if (start === FIRST) from = performance.now();
    group.immediate(start);
  }
  const seconds = (performance.now() - from) / 1000;
  const count = db.prepare("SELECT count(*) FROM entry").pluck().get();
  if (count !== rows.length) throw new Error(`bare: ${count} rows`);
  db.close();
  return seconds;
}

function bytesPerReading(folder: string): number {
  const { db, file, close } = openBoxStore(join(folder, "size"));
  let at = 0;
  const journal = openJournal(db, { clock: { now: () => ({ ...entries[at++]!.stamp }) } });
  for (let from = 0; from < entries.length; from += GROUP) {
    journal.write((append) => {
      for (const { body } of entries.slice(from, from + GROUP)) append(body);
    });
  }
  db.pragma("wal_checkpoint(TRUNCATE)");
  close();
  return statSync(file).size / entries.length;
}

const writtenBytes = (): number => Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))![1]);

/** As the intake writes: entry, memory of copies and counters in one transaction every `delaySeconds`; real syncs, driven clock. */
function mbPerDay(folder: string, delaySeconds: number): number {
  const store = openBoxStore(folder);
  let next = 0;
  let wall = entries[0]!.stamp.wall;
  const journal = openJournal(store.db, {
    clock: { now: () => ({ wall, mono: wall - entries[0]!.stamp.wall, clock: "confirmed" as const }) },
  });
  const state = openBoxState(store.db);
  const duplicates = openDuplicates(store.db);
  const group = Math.max(1, delaySeconds);
  const second = (seconds: number): void => {
    for (let at = 0; at < seconds; at += group) {
      wall += group * 1_000;
      journal.write((append) => {
        for (let each = 0; each < group; each++) {
          const reading = entries[next % entries.length]!.body as Reading;
          const time = wall - (group - each) * 1_000;
          next += 1;
          const fCnt = next % 65_536;
          append({ ...reading, at: time, receivedAt: time, fCnt });
          const event = {
            kind: "up",
            devEui: reading.device,
            devAddr: "01a3b2c4",
            deduplicationId: String(next),
            fCnt,
            data: reading.frame,
            time,
          } as ChirpStackEvent;
          duplicates.judge(event, { topic: "up", payload: reading.frame, redelivered: false });
          state.add("readings", 1);
        }
        duplicates.save();
        state.save();
      });
      duplicates.committed();
    }
  };
  second(WEAR_SECONDS / 4);
  const from = writtenBytes();
  const before = journal.lastSeq;
  second(WEAR_SECONDS);
  if (journal.lastSeq - before < WEAR_SECONDS) throw new Error("not every reading was written");
  // What SQLite's log still holds has to be written into the file too.
  store.db.pragma("wal_checkpoint(TRUNCATE)");
  const written = writtenBytes() - from;
  store.close();
  if (written === 0) throw new Error(`${folder} is on no disk: the kernel counted no byte`);
  return ((written / WEAR_SECONDS) * DAY_SECONDS) / 1e6;
}

export function run(flags: readonly string[]): void {
  const at = flags.indexOf("--folder");
  const folder = mkdtempSync(join(at < 0 ? tmpdir() : flags[at + 1]!, "bench-journal-"));
  let files = 0;
  const file = (): string => join(folder, `${files++}.db`);
  try {
    let { rows } = journalRound(file());
    const pairs = Array.from({ length: ROUNDS }, () => {
      const bare = bareRound(file(), rows);
      const ours = journalRound(file());
      rows = ours.rows;
      return { bare, ours: ours.seconds };
    });
    const perSecond = (seconds: number): number => Math.round((timed.length - FIRST) / seconds);
    const ratio = median(pairs.map(({ bare, ours }) => bare / ours));
    const perSecondOurs = perSecond(median(pairs.map(({ ours }) => ours)));
    const perSecondBare = perSecond(median(pairs.map(({ bare }) => bare)));
    console.log(`entries a second: journal ${perSecondOurs}, bare SQLite ${perSecondBare}, groups of ${GROUP}`);
    const bytes = bytesPerReading(folder);
    console.log(`bytes a reading on disk: ${bytes.toFixed(1)} over ${entries.length} readings of 1,000 devices`);
    const listed = flags.indexOf("--delays");
    const others = listed < 0 ? [] : flags[listed + 1]!.split(",").map(Number);
    const delays = [...new Set([5, ...others])].sort((a, b) => a - b);
    const wear = delays.map((delaySeconds) => ({
      delaySeconds,
      mbPerDay: mbPerDay(mkdtempSync(join(folder, "wear-")), delaySeconds),
    }));
    for (const { delaySeconds, mbPerDay: mb } of wear)
      console.log(`delay ${delaySeconds} s: ${mb.toFixed(0)} MB a day`);
    const daily = wear.find(({ delaySeconds }) => delaySeconds === 5)!.mbPerDay;
    if (bytes > BYTES_MAX || daily > MB_MAX) process.exitCode = 1;
    const figures = { entriesPerSecond: perSecondOurs, barePerSecond: perSecondBare };
    console.log(JSON.stringify({ bench: "journal", ratio, bytesPerReading: bytes, mbPerDay: daily, ...figures }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
