/**
 * The box's append-only record: what is in it is on the disk, in one order, and stays as it was written.
 *
 * A write is one IMMEDIATE transaction with synchronous=FULL; when `write` returns, its entries survive kill -9 and power loss.
 * The running hash (protocol/chain.ts) is kept in memory and as checkpoints, and computed again in between.
 */
import { randomInt } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { Cursor } from "../protocol/admit.ts";
import { ByteWriter } from "../protocol/bytes.ts";
import { chainStep, GENESIS, runChain } from "../protocol/chain.ts";
import type { ClockQuality, Entry, EntryBody, Stamp } from "../protocol/entry.ts";
import { isWhole } from "../protocol/steps.ts";
import { JournalError } from "./faults.ts";
import { readRow, writeRow } from "./row.ts";
import { makeDurable, migrate } from "./schema.ts";
import { type VerifyReport, verifyJournal } from "./verify.ts";
import { Words } from "./words.ts";

export interface JournalClock {
  /** ms since 1970; ms since boot, never stepped; fractions are rounded away. */
  now(): { readonly wall: number; readonly mono: number; readonly clock: ClockQuality };
}

export interface JournalOptions {
  readonly clock: JournalClock;
  /** What names this boot of the machine whose monotonic clock is used; without it every opening counts as a boot. */
  readonly bootId?: string;
  /**
   * Epoch of a journal that is created now. By default drawn at random, so that two lives of one box (a data folder lost
   * and begun anew) never pass for one another; the hypervisor's enrolment gives one.
   */
  readonly epoch?: number;
  /** Entries between two stored hashes. */
  readonly checkpointEvery?: number;
}

export interface ReadLimits {
  readonly entries: number;
  /** Of rows on disk; at least one entry is read whatever its size. */
  readonly bytes: number;
}

/** Consecutive entries. `hashBefore` is the running hash before the first, `hashAfter` after the last. */
export interface Run {
  readonly entries: readonly Entry[];
  /** seq of the first entry; the next seq to come when there are none. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly hashBefore: Uint8Array;
  readonly hashAfter: Uint8Array;
}

export type Append = (body: EntryBody) => number;

export interface Journal {
  readonly epoch: number;
  /** Which boot of the box, from 1 in this epoch. */
  readonly boot: number;
  /** 0 while empty. */
  readonly lastSeq: number;
  /** The oldest entry still kept; lastSeq + 1 while there is none. */
  readonly oldestSeq: number;
  readonly lastHash: Uint8Array;
  /**
   * One transaction: `work` appends entries (each call returns its seq) and may write to other stores of the same database.
   * Whatever throws undoes everything. `work` must be synchronous.
   */
  write<T>(work: (append: Append) => T): T;
  /** Entries after `afterSeq`, in order, within the limits. */
  read(afterSeq: number, limits: ReadLimits): Run;
  entry(seq: number): Entry | undefined;
  /** Running hash after entry `seq`; 0 gives the genesis. */
  hashAt(seq: number): Uint8Array;
  /** Called after each commit with its new entries; returns how to stop. */
  onTail(listener: (entries: readonly Entry[]) => void): () => void;
  /** How far a destination has confirmed; entry 0 of this epoch until it has. */
  cursor(destination: string): Cursor;
  moveCursor(destination: string, seq: number): Cursor;
  /** Bytes of the whole database file, all rooms; the write-ahead log comes on top. */
  bytes(): number;
  /** Reads everything, checks each row, the numbering and the running hash. */
  verify(): VerifyReport;
}

const CHECKPOINT_EVERY = 1024;
const EPOCH_MAX = 2 ** 31 - 1;

interface Head {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** Migrates, counts the boot, and recomputes the running hash since the last checkpoint. */
export function openJournal(db: Database, options: JournalOptions): Journal {
  makeDurable(db);
  migrate(db);
  const checkpointEvery = options.checkpointEvery ?? CHECKPOINT_EVERY;
  const life = db.transaction(() => beginLife(db, options)).immediate();
  const words = new Words(db);
  const scratch = new ByteWriter();
  const listeners = new Set<(entries: readonly Entry[]) => void>();

  const insertEntry = db.prepare("INSERT INTO journal_entry (seq, row) VALUES (?, ?)");
  const insertCheckpoint = db.prepare("INSERT INTO journal_checkpoint (seq, hash) VALUES (?, ?)");
  const selectEntry = db.prepare<[number], Buffer>("SELECT row FROM journal_entry WHERE seq = ?").pluck();
  const selectAfter = db.prepare<[number, number], { seq: number; row: Buffer }>(
    "SELECT seq, row FROM journal_entry WHERE seq > ? ORDER BY seq LIMIT ?",
  );
  const selectOldest = db.prepare<[], number | null>("SELECT min(seq) FROM journal_entry").pluck();
  const selectCheckpoint = db.prepare<[number], Head>(
    "SELECT seq, hash FROM journal_checkpoint WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
  );
  const selectCursor = db.prepare<[string], Cursor>(
    "SELECT epoch, seq, hash FROM journal_cursor WHERE destination = ?",
  );
  const upsertCursor = db.prepare(
    `INSERT INTO journal_cursor (destination, epoch, seq, hash) VALUES (?, ?, ?, ?)
     ON CONFLICT (destination) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash`,
  );
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");

  function* entriesAfter(afterSeq: number, limit: number): Generator<{ entry: Entry; bytes: number }> {
    for (const { seq, row } of selectAfter.iterate(afterSeq, limit)) {
      yield { entry: readRow(words, seq, row), bytes: row.length };
    }
  }

  function recompute(seq: number): Uint8Array {
    const from = selectCheckpoint.get(seq) ?? { seq: 0, hash: GENESIS };
    let { seq: at, hash } = from;
    for (const { entry } of entriesAfter(at, seq - at)) {
      if (entry.seq !== at + 1) throw new JournalError("missing-entry", `entry ${at + 1}`, at + 1);
      hash = chainStep(hash, entry);
      at = entry.seq;
    }
    if (at !== seq) throw new JournalError("missing-entry", `entry ${at + 1}`, at + 1);
    return new Uint8Array(hash);
  }

  const lastSeq = Math.max(
    db.prepare<[], number | null>("SELECT max(seq) FROM journal_entry").pluck().get() ?? 0,
    db.prepare<[], number | null>("SELECT max(seq) FROM journal_checkpoint").pluck().get() ?? 0,
  );
  let head: Head = { seq: lastSeq, hash: recompute(lastSeq) };
  /** Where the last read ended: the next one mostly starts there. */
  let remembered: Head = head;
  let writing: Entry[] | undefined;

  function stampNow(): Stamp {
    const { wall, mono, clock } = options.clock.now();
    const stamp = { wall: Math.round(wall), mono: Math.round(mono), boot: life.boot, clock };
    if (!isWhole(stamp.wall) || !isWhole(stamp.mono)) throw new JournalError("unfit-clock", `${wall}, ${mono}`);
    return stamp;
  }

  function createAppend(entries: Entry[]): Append {
    return (body) => {
      if (writing !== entries) throw new JournalError("not-synchronous", "append was kept and called later");
      const entry: Entry = { seq: head.seq + 1, stamp: stampNow(), body };
      writeRow(scratch, words, entry.seq, entry.stamp, body);
      insertEntry.run(entry.seq, scratch.written());
      head = { seq: entry.seq, hash: chainStep(head.hash, entry) };
      if (entry.seq % checkpointEvery === 0) insertCheckpoint.run(entry.seq, head.hash);
      entries.push(entry);
      return entry.seq;
    };
  }

  function tell(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    for (const listener of listeners) {
      try {
        listener(entries);
      } catch (error) {
        // The entries are durable: the writer must not take a listener's mistake for its own failure.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  function write<T>(work: (append: Append) => T): T {
    if (writing !== undefined || db.inTransaction) throw new JournalError("nested-write", "write within a transaction");
    const before = head;
    const entries: Entry[] = [];
    begin.run();
    words.begin();
    writing = entries;
    let result: T;
    try {
      result = work(createAppend(entries));
      if (result instanceof Promise) throw new JournalError("not-synchronous", "work returned a promise");
      commit.run();
    } catch (error) {
      // SQLite has rolled back by itself after some errors (disk full, I/O).
      if (db.inTransaction) rollback.run();
      words.undo();
      head = before;
      throw error;
    } finally {
      writing = undefined;
    }
    tell(entries);
    return result;
  }

  function hashAt(seq: number): Uint8Array {
    if (!Number.isInteger(seq) || seq < 0 || seq > head.seq) throw new JournalError("unknown-seq", `${seq}`, seq);
    if (seq === head.seq) return head.hash;
    return seq === remembered.seq ? remembered.hash : recompute(seq);
  }

  function read(afterSeq: number, limits: ReadLimits): Run {
    const entries: Entry[] = [];
    let bytes = 0;
    for (const each of entriesAfter(afterSeq, Math.max(1, limits.entries))) {
      const previous = entries.at(-1);
      if (previous !== undefined && each.entry.seq !== previous.seq + 1) break;
      bytes += each.bytes;
      if (previous !== undefined && bytes > limits.bytes) break;
      entries.push(each.entry);
    }
    const firstSeq = entries[0]?.seq ?? head.seq + 1;
    const hashBefore = hashAt(firstSeq - 1);
    const hashAfter = runChain(hashBefore, entries);
    const end = firstSeq + entries.length - 1;
    remembered = { seq: end, hash: hashAfter };
    return { entries, firstSeq, lastSeq: end, hashBefore, hashAfter };
  }

  return {
    epoch: life.epoch,
    boot: life.boot,
    get lastSeq() {
      return head.seq;
    },
    get oldestSeq() {
      return selectOldest.get() ?? head.seq + 1;
    },
    get lastHash() {
      return head.hash;
    },
    write,
    read,
    hashAt,
    entry(seq) {
      const row = selectEntry.get(seq);
      return row === undefined ? undefined : readRow(words, seq, row);
    },
    onTail(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    cursor(destination) {
      const found = selectCursor.get(destination);
      if (found === undefined) return { epoch: life.epoch, seq: 0, hash: GENESIS };
      return { ...found, hash: new Uint8Array(found.hash) };
    },
    moveCursor(destination, seq) {
      const cursor = { epoch: life.epoch, seq, hash: hashAt(seq) };
      upsertCursor.run(destination, cursor.epoch, cursor.seq, cursor.hash);
      return cursor;
    },
    bytes: () => Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true })),
    verify: () => verifyJournal(db, words, head),
  };
}

function beginLife(db: Database, { epoch, bootId }: JournalOptions): { epoch: number; boot: number } {
  const found = db
    .prepare<[], { epoch: number; boot: number; boot_id: string | null }>(
      "SELECT epoch, boot, boot_id FROM journal_life",
    )
    .get();
  if (found === undefined) {
    const life = { epoch: epoch ?? randomInt(1, EPOCH_MAX), boot: 1 };
    db.prepare("INSERT INTO journal_life (one, epoch, boot, boot_id) VALUES (1, ?, ?, ?)").run(
      life.epoch,
      life.boot,
      bootId ?? null,
    );
    return life;
  }
  if (bootId !== undefined && bootId === found.boot_id) return found;
  db.prepare("UPDATE journal_life SET boot = boot + 1, boot_id = ?").run(bootId ?? null);
  return { epoch: found.epoch, boot: found.boot + 1 };
}
