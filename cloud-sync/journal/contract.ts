/** What a journal is to those who write, read and send it. */
import type { Cursor } from "../protocol/admit.ts";
import type { RangeDigest } from "../protocol/digest.ts";
import type { ClockQuality, Entry, EntryBody, Gone, Hole, TakenOff } from "../protocol/entry.ts";
import type { PlainReading } from "../protocol/plain-reading.ts";
import type { VerifyProgress, VerifyReport } from "./verify.ts";

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
   * and begun anew) never pass for one another.
   */
  readonly epoch?: number;
  /** Entries between two stored hashes. */
  readonly checkpointEvery?: number;
  /** Entries looked at in one go when room is made. */
  readonly stretch?: number;
}

export interface ReadLimits {
  readonly entries: number;
  /** Of rows on disk; at least one entry is read whatever its size. */
  readonly bytes: number;
}

/**
 * A stretch of the journal: each number from `firstSeq` to `lastSeq` is that of an entry or lies in a hole. `hashBefore` is the
 * running hash before the first, `hashAfter` after the last.
 */
/** Takes entries one by one, in order. */
export interface EntrySink {
  /** A reading in parts is filled again for the next one. */
  add(entry: Entry | PlainReading): void;
}

/** What was read of the journal. */
export interface Stretch {
  /** Entries. */
  readonly count: number;
  /** Numbers whose entries are no longer there: shed, or damaged. */
  readonly gone: readonly Hole[];
  /** The number after `afterSeq`. */
  readonly firstSeq: number;
  /** firstSeq − 1 where there is nothing. */
  readonly lastSeq: number;
  readonly hashBefore: Uint8Array;
  readonly hashAfter: Uint8Array;
}

export interface Run extends Stretch {
  readonly entries: readonly Entry[];
}

export type Append = (body: EntryBody) => number;

/** Entries lost so far, by reason. */
export interface Lost {
  readonly thinned: number;
  readonly dropped: number;
  readonly damaged: number;
}

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
  /**
   * What follows `afterSeq`, in order, within the limits; past a hole it may go over them, up to the next number whose hash is
   * known. Where the hash after `afterSeq` itself is not known, begin at `knownAt`. Damaged entries read as holes.
   */
  read(afterSeq: number, limits: ReadLimits): Run;
  /** The same, each entry given away as it is read and not kept; `begin` may be called twice: the last made holds the run. */
  readInto<Into extends EntrySink>(
    afterSeq: number,
    limits: ReadLimits,
    begin: () => Into,
  ): Stretch & { readonly into: Into };
  entry(seq: number): Entry | undefined;
  /** What [from, to] holds, by its hash. */
  digest(from: number, to: number): RangeDigest;
  /** All that [from, to] holds; where a hole hides the running hash, `hashBefore` is zeros. */
  held(from: number, to: number): Run;
  /** Running hash after entry `seq`; 0 gives the genesis. Undefined where a hole lies between it and what is stored of the hash. */
  hashAt(seq: number): Uint8Array | undefined;
  /** The highest number up to `seq` whose hash is known. */
  knownAt(seq: number): number;
  /**
   * Whether that hash of an entry leads, over the entries behind it, to our own at the next place where that is known. Undefined where a
   * hole lies between, or nothing is behind it.
   */
  leadsOn(place: { readonly seq: number; readonly hash: Uint8Array }): boolean | undefined;
  /** Stores running hashes, so that they are known also when what lies around them is shed; one commit, none where all are stored. */
  keepHashes(places: readonly { readonly seq: number; readonly hash: Uint8Array }[]): void;
  /** Called after each commit with its new entries; returns how to stop. */
  onTail(listener: (entries: readonly Entry[]) => void): () => void;
  /** How far a destination has confirmed; entry 0 of this epoch until it has. */
  cursor(destination: string): Cursor;
  /** The numbering goes on, under another epoch: a person at the region has decided so. */
  adoptEpoch(epoch: number): void;
  /** `hash` is the destination's own, for where ours is not known; throws `missing-entry` when it is needed and not given. */
  moveCursor(destination: string, seq: number, hash?: Uint8Array): Cursor;
  /** Bytes of the whole database file, all rooms; the write-ahead log comes on top. */
  bytes(): number;
  /** Of these, how many hold something: shed entries leave room that is used again. */
  usedBytes(): number;
  /** Reads everything, checks each row, the numbering and the running hash. Goes on past what it cannot read. In bounded memory. */
  verify(progress?: VerifyProgress): VerifyReport;
  /** Numbers that could not be read since opening and are not declared yet; the entries of a page lie side by side. */
  readonly damaged: readonly Gone[];
  /** SQLite met a page it could not make sense of: the file has to be built anew. */
  readonly broken: boolean;
  /**
   * To be called once after the file was built anew: what is missing without a declared loss becomes one, and some numbers are left
   * out, for the last ones given out may have been lost. `given`: a number that is known to have been given out. Returns how many
   * entries are known to be lost.
   */
  declareMissing(given?: number): number;
  /** Declares them: they become a counted loss. Returns how many entries that were. */
  declareDamaged(): number;
  /**
   * Declares entries lost that were taken off because the region had them, and that it has no longer; once for each range. What
   * entries among them had counted as lost before `from` is told again. Returns how many the range holds.
   */
  declareForgotten(from: number, to: number): number;
  /**
   * Takes off what all destinations have, up to `seq` at most: no loss. Ends where the hash is stored, and takes a bounded number
   * at a time. Returns how many entries went.
   */
  prune(seq: number): number;
  /** What is remembered of what was taken off below the oldest entry, of the newest numbers; undefined where nothing is. */
  takenOff(): TakenOff | undefined;
  /**
   * Thins the oldest stretch that is still whole: of each device's readings the first, the last, the smallest and largest of each
   * quantity and every change of state are kept for each hour; all else stays. Returns how many entries went, undefined when
   * there is nothing left to thin.
   */
  thin(): number | undefined;
  /** Drops the oldest stretch: readings and events first; alarms, outcomes and registry changes when nothing else is left. */
  drop(): number | undefined;
  /** Since the beginning of the epoch. */
  lost(): Lost;
}
