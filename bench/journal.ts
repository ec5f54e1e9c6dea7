/**
 * The journal against bare better-sqlite3: as many rows of the same bytes, in groups of 100, every commit synced; they take turns
 * every thousand rows, so that what else the machine does falls on all; once as the library opens a file, whose log grows, and once with a
 * log that has its room from the start, as the box's has (the ratio is against the first); what a reading takes on disk; and what a day at one uplink a second writes, by the kernel's count. Flags: `--delays 1,5,30`
 * measures other delays than 5 s too; `--device` instead measures that day on file systems made for it, by the count of their device
 * (root; mkfs of ext4, XFS and btrfs); `--days 90` instead writes so many days of 1,000 devices and says how large the box's file is. Run it on the kind of disk a box has: the folder is `--folder`, else the system's for temporary files.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import { GENESIS, runChain } from "../cloud-sync/protocol/chain.ts";
import { asEntries, mix } from "../fixtures/mix.ts";
import { openBoxStore } from "../gateway/box-store.ts";
import { makeLogRoom } from "../gateway/log-room.ts";
import { measureDays } from "./journal-days.ts";
import { deviceMbPerDay, FILE_SYSTEMS, type FileSystem, mbPerDay } from "./journal-wear.ts";

const GROUP = 100;
const ROUNDS = 7;
/** Rows one of the two writes before it is the other's turn. */
const TURN = 1_000;
/** Not timed: a box meets its devices once, in its first hours. */
const FIRST = 8_000;
const RATIO_MIN = 0.5;
const BYTES_MAX = 80;
const MB_MAX = 200;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const entries = asEntries(mix(2, 48));
const timed = entries.slice(0, FIRST + 37_000);

/** Writes the rows from one number to another, in groups. */
interface Writer {
  write(from: number, to: number): void;
  /** Checks that everything is there; its rows. */
  end(): Buffer[];
}

/** As the box opens it, its log with the room it has. */
function journalWriter(folder: string): Writer {
  const store = openBoxStore(folder);
  const { db, close } = store;
  makeLogRoom(store);
  let at = 0;
  const journal = openJournal(db, { clock: { now: () => ({ ...timed[at++]!.stamp }) } });
  return {
    write(from, to) {
      for (let start = from; start < to; start += GROUP) {
        journal.write((append) => {
          for (let each = start; each < start + GROUP; each++) append(timed[each]!.body);
        });
      }
    },
    end() {
      if (Buffer.compare(journal.lastHash, runChain(GENESIS, timed)) !== 0) throw new Error("another hash");
      const { findings, entries: whole } = journal.verify();
      if (findings.length > 0 || whole !== timed.length) throw new Error(`not whole: ${JSON.stringify(findings)}`);
      const rows = db.prepare<[], Buffer>("SELECT row FROM journal_entry ORDER BY seq").pluck().all();
      close();
      return rows;
    },
  };
}

function bareWriter(file: string, rows: readonly Buffer[], hasLogRoom: boolean): Writer {
  const db = new Database(file);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("CREATE TABLE entry (seq INTEGER PRIMARY KEY, row BLOB NOT NULL)");
  if (hasLogRoom) makeLogRoom({ db, file });
  const insert = db.prepare("INSERT INTO entry VALUES (?, ?)");
  const group = db.transaction((start: number) => {
    for (let each = start; each < start + GROUP; each++) insert.run(each + 1, rows[each]);
  });
  return {
    write(from, to) {
      for (let start = from; start < to; start += GROUP) group.immediate(start);
    },
    end() {
      const written = db.prepare<[], Buffer>("SELECT row FROM entry ORDER BY seq").pluck().all();
      if (written.length !== rows.length) throw new Error(`bare: ${written.length} rows`);
      db.close();
      return written;
    },
  };
}

const secondsOf = (work: () => void): number => {
  const from = performance.now();
  work();
  return (performance.now() - from) / 1_000;
};

const NAMES = ["ours", "bare", "bareWithRoom"] as const;
type Named<T> = Readonly<Record<(typeof NAMES)[number], T>>;

/** All write the same; whose turn is first changes with every turn. */
function inTurns(writers: Named<Writer>): Named<number> {
  for (const name of NAMES) writers[name].write(0, FIRST);
  const seconds = { ours: 0, bare: 0, bareWithRoom: 0 };
  for (let from = FIRST, turns = 0; from < timed.length; from += TURN, turns++)
    for (const name of [...NAMES.slice(turns % NAMES.length), ...NAMES.slice(0, turns % NAMES.length)])
      seconds[name] += secondsOf(() => writers[name].write(from, from + TURN));
  for (const name of NAMES) writers[name].end();
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

const delaysOf = (flags: readonly string[]): readonly number[] => {
  const listed = flags.indexOf("--delays");
  const others = listed < 0 ? [] : flags[listed + 1]!.split(",").map(Number);
  return [...new Set([5, ...others])].sort((a, b) => a - b);
};

function* onDevices(folder: string, delays: readonly number[]): Generator<string> {
  const figures: { readonly fileSystem: FileSystem; readonly delaySeconds: number; readonly mbPerDay: number }[] = [];
  for (const fileSystem of Object.keys(FILE_SYSTEMS) as FileSystem[])
    for (const delaySeconds of delays) {
      const mb = deviceMbPerDay(folder, entries, delaySeconds, fileSystem);
      figures.push({ fileSystem, delaySeconds, mbPerDay: mb });
      yield `${fileSystem}, delay ${delaySeconds} s: ${mb.toFixed(0)} MB a day by the device's count`;
    }
  yield JSON.stringify({ bench: "journal", device: figures });
}

function compare(folder: string, flags: readonly string[]): void {
  let files = 0;
  const file = (): string => join(folder, `${files++}.db`);
  const first = journalWriter(file());
  first.write(0, timed.length);
  const rows = first.end();
  const rounds = Array.from({ length: ROUNDS }, () =>
    inTurns({
      ours: journalWriter(file()),
      bare: bareWriter(file(), rows, false),
      bareWithRoom: bareWriter(file(), rows, true),
    }),
  );
  const perSecond = (seconds: number): number => Math.round((timed.length - FIRST) / seconds);
  const ratio = median(rounds.map(({ bare, ours }) => bare / ours));
  const ratioWithRoom = median(rounds.map(({ bareWithRoom, ours }) => bareWithRoom / ours));
  const perSecondOurs = perSecond(median(rounds.map(({ ours }) => ours)));
  const perSecondBare = perSecond(median(rounds.map(({ bare }) => bare)));
  console.log(
    `entries a second: journal ${perSecondOurs}, bare SQLite ${perSecondBare}, ratio ${ratio.toFixed(3)}, groups of ${GROUP}`,
  );
  console.log(
    `against bare SQLite whose log has room from the start, as the journal's: ratio ${ratioWithRoom.toFixed(3)}`,
  );
  const bytes = bytesPerReading(folder);
  console.log(`bytes a reading on disk: ${bytes.toFixed(1)} over ${entries.length} readings of 1,000 devices`);
  const delays = delaysOf(flags);
  const wear = delays.map((delaySeconds) => ({ delaySeconds, mb: mbPerDay(folder, entries, delaySeconds) }));
  for (const { delaySeconds, mb } of wear) console.log(`delay ${delaySeconds} s: ${mb.toFixed(0)} MB a day`);
  const daily = wear.find(({ delaySeconds }) => delaySeconds === 5)!.mb;
  if (ratio < RATIO_MIN || bytes > BYTES_MAX || daily > MB_MAX) process.exitCode = 1;
  const figures = { ratioWithRoom, entriesPerSecond: perSecondOurs, barePerSecond: perSecondBare };
  console.log(JSON.stringify({ bench: "journal", ratio, bytesPerReading: bytes, mbPerDay: daily, ...figures }));
}

export function run(flags: readonly string[]): void {
  const at = flags.indexOf("--folder");
  const folder = mkdtempSync(join(at < 0 ? tmpdir() : flags[at + 1]!, "bench-journal-"));
  const days = flags.indexOf("--days");
  try {
    if (days >= 0) console.log(JSON.stringify({ bench: "journal", ...measureDays(folder, Number(flags[days + 1])) }));
    else if (flags.includes("--device")) for (const line of onDevices(folder, delaysOf(flags))) console.log(line);
    else compare(folder, flags);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
