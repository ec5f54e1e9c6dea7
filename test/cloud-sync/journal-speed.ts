/**
 * The journal against bare better-sqlite3: the same number of rows of the same bytes, in groups of 100, every commit synced,
 * in alternating rounds. `node test/cloud-sync/journal-speed.ts`; the last line is JSON.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { runChain } from "../../cloud-sync/protocol/chain.ts";
import { asEntries, mix } from "../../fixtures/mix.ts";

const GROUP = 100;
const ROUNDS = 7;
/** Not timed: a box meets its devices once, in its first hours. */
const FIRST = 8_000;

const entries = asEntries(mix(2, 24)).slice(0, 21_000);
const folder = mkdtempSync(join(tmpdir(), "speed-"));
let files = 0;
const openFile = () => new Database(join(folder, `${files++}.db`));

function journalRound(): { seconds: number; rows: Buffer[] } {
  const db = openFile();
  let at = 0;
  const clock = { now: () => ({ ...entries[at++]!.stamp }) };
  const journal = openJournal(db, { clock });
  let from = 0;
  for (let start = 0; start < entries.length; start += GROUP) {
    if (start === FIRST) from = performance.now();
    journal.write((append) => {
      for (let each = start; each < start + GROUP; each++) append(entries[each]!.body);
    });
  }
  const seconds = (performance.now() - from) / 1000;
  if (journal.lastSeq !== entries.length) throw new Error("not all were written");
  if (Buffer.compare(journal.lastHash, runChain(new Uint8Array(32), entries)) !== 0) throw new Error("another hash");
  const rows = db.prepare<[], Buffer>("SELECT row FROM journal_entry ORDER BY seq").pluck().all();
  db.close();
  return { seconds, rows };
}

function bareRound(rows: readonly Buffer[]): number {
  const db = openFile();
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
  db.close();
  return seconds;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const ours: number[] = [];
const bare: number[] = [];
let { rows } = journalRound();
for (let round = 0; round < ROUNDS; round++) {
  bare.push(bareRound(rows));
  const done = journalRound();
  ours.push(done.seconds);
  rows = done.rows;
}
rmSync(folder, { recursive: true });
const ratio = median(bare.map((seconds, round) => seconds / ours[round]!));
const perSecond = (times: number[]): number => Math.round((entries.length - FIRST) / median(times));
console.log(`journal ${perSecond(ours)} entries/s, bare ${perSecond(bare)} rows/s`);
console.log(JSON.stringify({ bench: "journal", ratio, perSecond: perSecond(ours), barePerSecond: perSecond(bare) }));
