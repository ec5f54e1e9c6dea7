/** What a journal is to those who write, read and send it. */
import type { Cursor } from "../protocol/admit.ts";
import type { ClockQuality, Entry, EntryBody } from "../protocol/entry.ts";
import type { VerifyReport } from "./verify.ts";

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
