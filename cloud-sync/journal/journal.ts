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
import { GENESIS, RunningHash, runChain } from "../protocol/chain.ts";
import type { Entry, Stamp } from "../protocol/entry.ts";
import { isWhole } from "../protocol/steps.ts";
import type { Append, Journal, JournalClock, JournalOptions, ReadLimits, Run } from "./contract.ts";
import { JournalError } from "./faults.ts";
import { readRow, writeRow } from "./row.ts";
import { makeDurable, migrate } from "./schema.ts";
import { prepareStatements } from "./statements.ts";
import { type VerifyReport, verifyJournal } from "./verify.ts";
import { Words } from "./words.ts";

export type { Append, Journal, JournalClock, JournalOptions, ReadLimits, Run };

const CHECKPOINT_EVERY = 1024;
const REMEMBERED_MAX = 16;
const EPOCH_MAX = 2 ** 31 - 1;

/** Migrates, counts the boot, and recomputes the running hash since the last checkpoint. */
export function openJournal(db: Database, options: JournalOptions): Journal {
  makeDurable(db);
  migrate(db);
  const life = db.transaction(() => beginLife(db, options)).immediate();
  return new SqliteJournal(db, options, life);
}

interface Life {
  readonly epoch: number;
  readonly boot: number;
}

interface Head {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** What one transaction has appended so far. */
interface Writing {
  readonly entries: Entry[];
  readonly running: RunningHash;
}

class SqliteJournal implements Journal {
  readonly epoch: number;
  readonly boot: number;
  private readonly db: Database;
  private readonly clock: JournalClock;
  private readonly checkpointEvery: number;
  private readonly words: Words;
  private readonly sql;
  private readonly scratch = new ByteWriter();
  private readonly listeners = new Set<(entries: readonly Entry[]) => void>();
  private head: Head;
  /** Where the last reads ended: the next one mostly starts there, and cursors move there. */
  private readonly remembered = new Map<number, Uint8Array>();
  private writing: Writing | undefined;

  constructor(db: Database, options: JournalOptions, { epoch, boot }: Life) {
    this.db = db;
    this.epoch = epoch;
    this.boot = boot;
    this.clock = options.clock;
    this.checkpointEvery = options.checkpointEvery ?? CHECKPOINT_EVERY;
    this.words = new Words(db);
    this.sql = prepareStatements(db);
    const seq = Math.max(this.sql.newest.get() ?? 0, this.sql.newestCheckpoint.get() ?? 0);
    this.head = { seq, hash: this.recompute(seq) };
  }

  get lastSeq(): number {
    return this.head.seq;
  }

  get lastHash(): Uint8Array {
    return this.head.hash;
  }

  get oldestSeq(): number {
    return this.sql.oldest.get() ?? this.head.seq + 1;
  }

  write<T>(work: (append: Append) => T): T {
    const { db, sql, words } = this;
    if (this.writing !== undefined || db.inTransaction) {
      throw new JournalError("nested-write", "write within a transaction");
    }
    const writing: Writing = { entries: [], running: new RunningHash(this.head.hash) };
    sql.begin.run();
    words.begin();
    this.writing = writing;
    let result: T;
    try {
      result = work((body) => this.append(writing, body));
      if (result instanceof Promise) throw new JournalError("not-synchronous", "work returned a promise");
      sql.commit.run();
    } catch (error) {
      // SQLite has rolled back by itself after some errors (disk full, I/O).
      if (db.inTransaction) sql.rollback.run();
      words.undo();
      throw error;
    } finally {
      this.writing = undefined;
    }
    const { entries, running } = writing;
    if (entries.length > 0) {
      this.head = { seq: this.head.seq + entries.length, hash: running.hash };
      this.tell(entries);
    }
    return result;
  }

  read(afterSeq: number, limits: ReadLimits): Run {
    const entries: Entry[] = [];
    let bytes = 0;
    for (const { seq, row } of this.sql.after.iterate(afterSeq, Math.max(1, limits.entries))) {
      const previous = entries.at(-1);
      bytes += row.length;
      if (previous !== undefined && (bytes > limits.bytes || seq !== previous.seq + 1)) break;
      entries.push(readRow(this.words, seq, row));
    }
    const firstSeq = entries[0]?.seq ?? this.head.seq + 1;
    const lastSeq = firstSeq + entries.length - 1;
    const hashBefore = this.hashAt(firstSeq - 1);
    const hashAfter = lastSeq === this.head.seq ? this.head.hash : runChain(hashBefore, entries);
    this.remember(lastSeq, hashAfter);
    return { entries, firstSeq, lastSeq, hashBefore, hashAfter };
  }

  entry(seq: number): Entry | undefined {
    const row = this.sql.entry.get(seq);
    return row === undefined ? undefined : readRow(this.words, seq, row);
  }

  hashAt(seq: number): Uint8Array {
    const { head } = this;
    if (!Number.isInteger(seq) || seq < 0 || seq > head.seq) throw new JournalError("unknown-seq", `${seq}`, seq);
    if (seq === head.seq) return head.hash;
    return this.remembered.get(seq) ?? this.recompute(seq);
  }

  private remember(seq: number, hash: Uint8Array): void {
    this.remembered.delete(seq);
    this.remembered.set(seq, hash);
    if (this.remembered.size > REMEMBERED_MAX) this.remembered.delete(this.remembered.keys().next().value!);
  }

  onTail(listener: (entries: readonly Entry[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  cursor(destination: string): Cursor {
    const found = this.sql.cursor.get(destination);
    if (found === undefined) return { epoch: this.epoch, seq: 0, hash: GENESIS };
    return { ...found, hash: new Uint8Array(found.hash) };
  }

  moveCursor(destination: string, seq: number): Cursor {
    const cursor = { epoch: this.epoch, seq, hash: this.hashAt(seq) };
    this.sql.moveCursor.run(destination, cursor.epoch, cursor.seq, cursor.hash);
    return cursor;
  }

  bytes(): number {
    const { db } = this;
    return Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true }));
  }

  verify(): VerifyReport {
    return verifyJournal(this.db, this.words, this.head);
  }

  private append(writing: Writing, body: Entry["body"]): number {
    if (this.writing !== writing) throw new JournalError("not-synchronous", "append was kept and called later");
    const { scratch, words, sql } = this;
    const entry: Entry = { seq: this.head.seq + writing.entries.length + 1, stamp: this.stamp(), body };
    writeRow(scratch, words, entry);
    sql.insertEntry.run(entry.seq, scratch.written());
    writing.running.step(entry);
    writing.entries.push(entry);
    if (entry.seq % this.checkpointEvery === 0) sql.insertCheckpoint.run(entry.seq, writing.running.hash);
    return entry.seq;
  }

  private stamp(): Stamp {
    const { wall, mono, clock } = this.clock.now();
    const stamp = { wall: Math.round(wall), mono: Math.round(mono), boot: this.boot, clock };
    if (!isWhole(stamp.wall) || !isWhole(stamp.mono)) throw new JournalError("unfit-clock", `${wall}, ${mono}`);
    return stamp;
  }

  private tell(entries: readonly Entry[]): void {
    for (const listener of this.listeners) {
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

  private recompute(seq: number): Uint8Array {
    const from = this.sql.checkpoint.get(seq) ?? { seq: 0, hash: GENESIS };
    const running = new RunningHash(from.hash);
    let at = from.seq;
    for (const found of this.sql.after.iterate(at, seq - at)) {
      if (found.seq !== at + 1) break;
      running.step(readRow(this.words, found.seq, found.row));
      at = found.seq;
    }
    if (at !== seq) throw new JournalError("missing-entry", `entry ${at + 1}`, at + 1);
    return running.hash;
  }
}

function beginLife(db: Database, { epoch, bootId }: JournalOptions): Life {
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
