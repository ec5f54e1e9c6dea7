/**
 * The box's append-only record: what is in it is on the disk, in one order, and stays as it was written until it is shed by rule.
 *
 * A write is one IMMEDIATE transaction with synchronous=FULL; when `write` returns, its entries survive kill -9 and power loss.
 * The running hash (protocol/chain.ts) is kept in memory and as checkpoints, and computed again in between.
 */
import type { Database } from "better-sqlite3";
import type { Cursor } from "../protocol/admit.ts";
import { ByteWriter } from "../protocol/bytes.ts";
import { GENESIS, RunningHash } from "../protocol/chain.ts";
import type { RangeDigest } from "../protocol/digest.ts";
import type { Entry, Gone, Stamp, TakenOff } from "../protocol/entry.ts";
import { PlainReading } from "../protocol/plain-reading.ts";
import { isWhole } from "../protocol/steps.ts";
import type { Append, EntrySink, Journal, JournalClock, JournalOptions, Lost, ReadLimits, Run } from "./contract.ts";
import { type DeclareParts, declareForgotten, declareHoles, declareMissing, lostBy } from "./declare.ts";
import { digestOf, readHeld } from "./digest.ts";
import { JournalError } from "./faults.ts";
import { createHashes, type Hashes, oldestOf, type Place, toHoles } from "./hashes.ts";
import { findHead } from "./head.ts";
import { leadsOn } from "./leads-on.ts";
import { beginLife, type Life } from "./life.ts";
import { countPages, type PageCounts } from "./pages.ts";
import { createEntryList, createRowReader, type RowReader, readInto } from "./reading.ts";
import { readRow } from "./row.ts";
import { makeDurable, migrate } from "./schema.ts";
import { isCorrupt } from "./seal.ts";
import { drop, prune, type ShedParts, STRETCH, thin } from "./shed.ts";
import { levelsOf, prepareStatements } from "./statements.ts";
import { type StoreParts, storeEntries } from "./store-entries.ts";
import { takenOff } from "./taken-off.ts";
import { type VerifyProgress, type VerifyReport, verifyJournal } from "./verify.ts";
import { keepNumbers } from "./word-numbers.ts";
import { Words } from "./words.ts";

export type { Append, Journal, JournalClock, JournalOptions, Lost, ReadLimits, Run };

/** 0.3 bytes an entry; after a hole a run can begin or end no further away. */
const CHECKPOINT_EVERY = 128;
const REMEMBERED_MAX = 16;
/**
 * Migrates, counts the boot, and recomputes the running hash since the last checkpoint. Damaged entries do not hinder it. Of a
 * database opened for reading only nothing is changed: it has to be of the present version.
 * Throws `damaged-file` where SQLite itself cannot find its way any more.
 */
export function openJournal(db: Database, options: JournalOptions): Journal {
  try {
    if (!db.readonly) makeDurable(db);
    migrate(db);
    const life = db.readonly ? lifeOf(db) : db.transaction(() => beginLife(db, options)).immediate();
    return new SqliteJournal(db, options, life);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    throw new JournalError("damaged-file", error instanceof Error ? error.message : String(error));
  }
}

function lifeOf(db: Database): Life {
  const life = db.prepare<[], Life>("SELECT epoch, boot FROM journal_life").get();
  if (life === undefined) throw new JournalError("damaged-file", "no life of a journal");
  return life;
}

/** What a journal holds, of a database opened for reading only. */
export function inspectJournal(
  db: Database,
): Pick<Journal, "epoch" | "lastSeq" | "oldestSeq" | "verify" | "read" | "knownAt"> {
  const life = lifeOf(db);
  const clock = { now: () => ({ wall: 0, mono: 0, clock: "unknown" as const }) };
  return new SqliteJournal(db, { clock }, life);
}

/** What one transaction has appended so far. */
interface Writing {
  readonly entries: Entry[];
}

class SqliteJournal implements Journal {
  epoch: number;
  readonly boot: number;
  private readonly db: Database;
  private readonly clock: JournalClock;
  private readonly stretch: number;
  private readonly words: Words;
  private readonly sql;
  private readonly hashes: Hashes;
  private readonly pages: PageCounts;
  private readonly rows: RowReader;
  private readonly storing: StoreParts;
  private readonly listeners = new Set<(entries: readonly Entry[]) => void>();
  private readonly bad = new Set<number>();
  broken = false;
  private head: Place;
  /** Where the last reads ended: the next one mostly starts there, and cursors move there. */
  private readonly remembered = new Map<number, Uint8Array>();
  private writing: Writing | undefined;
  private losses: Lost | undefined;

  constructor(db: Database, options: JournalOptions, { epoch, boot }: Life) {
    this.db = db;
    this.epoch = epoch;
    this.boot = boot;
    this.clock = options.clock;
    this.stretch = options.stretch ?? STRETCH;
    this.words = new Words(db);
    this.sql = prepareStatements(db);
    if (!db.readonly) keepNumbers(db, this.sql, this.words);
    this.pages = countPages(db);
    const checkpointEvery = options.checkpointEvery ?? CHECKPOINT_EVERY;
    const [scratch, plain] = [new ByteWriter(), new PlainReading()];
    this.storing = { sql: this.sql, words: this.words, scratch, plain, checkpointEvery };
    this.head = { seq: 0, hash: GENESIS };
    this.hashes = createHashes(this.sql, epoch, () => this.head);
    this.rows = createRowReader(
      this.sql,
      this.words,
      (seq) => this.notice(seq),
      () => {
        this.broken = true;
      },
    );
    this.head = findHead({
      sql: this.sql,
      words: this.words,
      hashes: this.hashes,
      epoch,
      isReadOnly: db.readonly,
      recompute: (seq) => this.recompute(seq),
    });
  }

  get lastSeq(): number {
    return this.head.seq;
  }

  get lastHash(): Uint8Array {
    return this.head.hash;
  }

  get oldestSeq(): number {
    return oldestOf(this.sql) ?? this.head.seq + 1;
  }

  get damaged(): readonly Gone[] {
    return toHoles([...this.bad].sort((a, b) => a - b));
  }

  write<T>(work: (append: Append) => T): T {
    const { db, sql, words } = this;
    if (this.writing !== undefined || db.inTransaction) {
      throw new JournalError("nested-write", "write within a transaction");
    }
    const writing: Writing = { entries: [] };
    sql.begin.run();
    words.begin();
    this.writing = writing;
    let result: T;
    let { head } = this;
    try {
      result = work((body) => this.append(writing, body));
      if (result instanceof Promise) throw new JournalError("not-synchronous", "work returned a promise");
      head = storeEntries(this.storing, this.head, writing.entries);
      sql.commit.run();
    } catch (error) {
      // SQLite has rolled back by itself after some errors (disk full, I/O).
      if (db.inTransaction) sql.rollback.run();
      words.undo();
      throw error;
    } finally {
      this.writing = undefined;
    }
    this.head = head;
    if (writing.entries.length > 0) this.tell(writing.entries);
    return result;
  }

  read(afterSeq: number, limits: ReadLimits): Run {
    const { into, ...run } = this.readInto(afterSeq, limits, createEntryList);
    return { ...run, entries: into.entries };
  }

  readInto<Into extends EntrySink>(afterSeq: number, limits: ReadLimits, begin: () => Into) {
    const hashBefore = this.hashAt(afterSeq);
    if (hashBefore === undefined) throw new JournalError("missing-entry", `hash after ${afterSeq}`, afterSeq);
    const bounds = { start: { seq: afterSeq, hash: hashBefore }, head: this.head, limits };
    const run = readInto(this.rows, this.hashes, bounds, begin);
    this.remember(run.lastSeq, run.hashAfter);
    return run;
  }

  entry(seq: number): Entry | undefined {
    for (const level of levelsOf(this.sql)) {
      const row = level.entry.get(seq);
      if (row !== undefined) return readRow(this.words, seq, row);
    }
    return undefined;
  }

  digest(from: number, to: number): RangeDigest {
    return digestOf(this.digestParts(), from, to);
  }

  held(from: number, to: number): Run {
    return readHeld(this.digestParts(), from, to);
  }

  takenOff(): TakenOff | undefined {
    return takenOff(this.sql, this.oldestSeq - 1);
  }

  private digestParts() {
    return { sql: this.sql, rows: this.rows, hashAt: (seq: number) => this.hashAt(seq) };
  }

  hashAt(seq: number): Uint8Array | undefined {
    const { head } = this;
    if (!Number.isInteger(seq) || seq < 0 || seq > head.seq) throw new JournalError("unknown-seq", `${seq}`, seq);
    if (seq === head.seq) return head.hash;
    return this.remembered.get(seq) ?? this.recompute(seq);
  }

  knownAt(seq: number): number {
    if (this.hashAt(seq) !== undefined) return seq;
    return this.hashes.storedIn(0, seq)!.seq;
  }

  leadsOn(place: Place): boolean | undefined {
    return leadsOn(this.rows, this.hashes, place);
  }

  keepHashes(places: readonly Place[]): void {
    const open = this.hashes.notStored(places);
    if (open.length > 0) this.write(() => this.hashes.store(open));
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

  adoptEpoch(epoch: number): void {
    this.db.prepare("UPDATE journal_life SET epoch = ?").run(epoch);
    this.epoch = epoch;
  }

  moveCursor(destination: string, seq: number, hash?: Uint8Array): Cursor {
    const own = this.hashAt(seq) ?? hash;
    if (own === undefined) throw new JournalError("missing-entry", `hash after ${seq}`, seq);
    const cursor = { epoch: this.epoch, seq, hash: own };
    this.sql.moveCursor.run(destination, cursor.epoch, cursor.seq, cursor.hash);
    return cursor;
  }

  bytes(): number {
    return this.pages.bytes();
  }

  usedBytes(): number {
    return this.pages.usedBytes();
  }

  verify(progress?: VerifyProgress): VerifyReport {
    return verifyJournal(this.sql, this.words, this.head, progress);
  }

  declareMissing(given?: number): number {
    return this.whole(declareMissing(this.declaring(), this.verify().findings, given));
  }

  declareDamaged(): number {
    return this.whole(declareHoles(this.declaring(), this.damaged));
  }

  declareForgotten(from: number, to: number): number {
    return declareForgotten(this.declaring(), from, to);
  }

  /** What was found damaged has been declared. */
  private whole(entries: number): number {
    this.bad.clear();
    this.losses = undefined;
    return entries;
  }

  private declaring(): DeclareParts {
    return {
      sql: this.sql,
      head: this.head,
      now: () => this.now(),
      write: (work) => this.write(work),
      skipTo: (place) => {
        this.head = place;
      },
      epoch: this.epoch,
    };
  }

  prune(seq: number): number {
    return prune(this.shedParts(), Math.min(seq, this.head.seq));
  }

  thin(): number | undefined {
    this.losses = undefined;
    return thin(this.shedParts());
  }

  drop(): number | undefined {
    this.losses = undefined;
    return drop(this.shedParts());
  }

  lost(): Lost {
    this.losses ??= lostBy(this.sql);
    return this.losses;
  }

  private remember(seq: number, hash: Uint8Array): void {
    this.remembered.delete(seq);
    this.remembered.set(seq, hash);
    if (this.remembered.size > REMEMBERED_MAX) this.remembered.delete(this.remembered.keys().next().value!);
  }

  private shedParts(): ShedParts {
    return {
      sql: this.sql,
      words: this.words,
      hashes: this.hashes,
      hashAt: (seq) => this.hashAt(seq),
      headSeq: this.head.seq,
      stretch: this.stretch,
      now: () => this.now(),
      write: (work) => this.write(work),
      damaged: (seq) => this.notice(seq),
      declareDamaged: () => void this.declareDamaged(),
    };
  }

  private now(): number {
    return Math.round(this.clock.now().wall);
  }

  private notice(seq: number): void {
    if (seq <= this.head.seq) this.bad.add(seq);
  }

  private append(writing: Writing, body: Entry["body"]): number {
    if (this.writing !== writing) throw new JournalError("not-synchronous", "append was kept and called later");
    const entry: Entry = { seq: this.head.seq + writing.entries.length + 1, stamp: this.stamp(), body };
    writing.entries.push(entry);
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

  private recompute(seq: number): Uint8Array | undefined {
    const from = this.hashes.storedIn(0, seq)!;
    if (from.seq === seq) return from.hash;
    const running = new RunningHash(from.hash);
    let at = from.seq;
    for (const { found } of this.rows.after(at)) {
      if (found.seq !== at + 1) return undefined;
      running.step(found);
      at = found.seq;
      if (at === seq) return running.hash;
    }
    return undefined;
  }
}
