/**
 * The receiver's rule: what a batch is to the cursor it meets. The cursor says what of a box is durable, and the running hash
 * at that place. Pure; the receiver calls it inside the transaction that locks the cursor.
 *
 * What can be proved:
 * - a batch that starts right after the cursor must start with the cursor's hash;
 * - a batch that starts earlier and reaches the cursor or beyond is hashed from its start up to the cursor, and must arrive at
 *   the cursor's hash there;
 * - a batch that ends before the cursor cannot be compared, for only the hash at the cursor is kept, nor one that has holes before
 *   the cursor: it counts as a duplicate, and nothing of it is stored. The reply names hash and seq of the cursor, and the box,
 *   which knows more of its history, compares and goes on from there (`push.ts`).
 */
import type { DecodedBatch } from "./batch.ts";
import { type ChainLink, GENESIS, RunningHash, runChain, sameHash } from "./chain.ts";
import type { Gone } from "./entry.ts";
import type { EntryTable } from "./entry-table.ts";

export interface Cursor {
  readonly epoch: number;
  /** The last durable entry; 0 before the first. */
  readonly seq: number;
  /** Running hash after that entry. */
  readonly hash: Uint8Array;
}

export type Admission =
  /** Store the entries with seq ≥ `from`, then set the cursor; both in one transaction. */
  | { readonly verdict: "accept"; readonly from: number; readonly cursor: Cursor }
  /** All of it is durable already; reply 200 with the cursor. */
  | { readonly verdict: "duplicate"; readonly cursor: Cursor }
  | { readonly verdict: "gap"; readonly expectedSeq: number }
  | { readonly verdict: "wrong-epoch"; readonly epoch: number }
  /** The first batch of the epoch that a person has decided on: store the entries with seq ≥ `from` that are not held already. */
  | { readonly verdict: "begin"; readonly from: number; readonly cursor: Cursor }
  | { readonly verdict: "fork"; readonly reason: ForkReason };

export type ForkReason =
  /** The batch starts right after the cursor, from another history. */
  | "another-history-at-cursor"
  /** The batch overlaps what is durable, and its own entries lead to another hash there. */
  | "another-history-before-cursor"
  /** The batch claims to be the box's first and continues something. */
  | "not-a-beginning"
  /** The sender says so itself: its journal ends before the cursor, or holds something else there. */
  | "disputed"
  /** Of an epoch that the receiver would have to have given: it has forgotten what a person decided. */
  | "later-epoch";

type Offered = Pick<
  DecodedBatch,
  | "epoch"
  | "firstSeq"
  | "lastSeq"
  | "hashBefore"
  | "hashAfter"
  | "entries"
  | "gone"
  | "unusable"
  | "health"
  | "disputed"
  | "table"
  | "takenOff"
>;

/** What a person has decided on, until its first batch came. */
export interface NextEpoch {
  readonly epoch: number;
  /** Whether the receiver holds, of whatever epoch, the place the batch starts from. It does not where it has forgotten it. */
  readonly isHeld: boolean;
}

export function admit(cursor: Cursor | undefined, batch: Offered, chosen?: NextEpoch): Admission {
  if (cursor === undefined) return admitFirst(batch);
  const next = cursor.seq + 1;
  const isGap = batch.firstSeq > next;
  if (batch.epoch === chosen?.epoch && !isGap) return begin(batch, chosen.isHeld);
  if (batch.epoch > cursor.epoch && batch.epoch !== chosen?.epoch) return { verdict: "fork", reason: "later-epoch" };
  if (batch.epoch !== cursor.epoch && batch.epoch !== chosen?.epoch)
    return { verdict: "wrong-epoch", epoch: cursor.epoch };
  if (isGap) return { verdict: "gap", expectedSeq: next };
  /** What cannot be compared here: the box has compared, and says so. */
  const untold = (): Admission =>
    batch.disputed ? { verdict: "fork", reason: "disputed" } : { verdict: "duplicate", cursor };
  if (batch.lastSeq < cursor.seq) return untold();
  if (batch.firstSeq === next) {
    if (!sameHash(batch.hashBefore, cursor.hash)) return { verdict: "fork", reason: "another-history-at-cursor" };
    return accept(batch, next);
  }
  const hash = hashAt(batch, cursor.seq);
  if (hash === undefined) return untold();
  if (!sameHash(hash, cursor.hash)) {
    return { verdict: "fork", reason: "another-history-before-cursor" };
  }
  return batch.lastSeq === cursor.seq ? { verdict: "duplicate", cursor } : accept(batch, next);
}

const oldestOf = ({ health }: Offered): number => Math.max(1, health.oldestSeq);

/** What was acknowledged before the receiver forgot it comes again, as far as the box keeps it. */
function begin(batch: Offered, isHeld: boolean): Admission {
  const { epoch, firstSeq, lastSeq: seq, hashAfter: hash } = batch;
  const oldest = oldestOf(batch);
  if (!isHeld && firstSeq > oldest) return { verdict: "gap", expectedSeq: oldest };
  // It can tell which of them are gone, and is asked to.
  const couldCount = batch.takenOff?.marks.length === 0 && goneOfChosen(batch, isHeld) !== undefined;
  if (couldCount) return { verdict: "gap", expectedSeq: firstSeq };
  return { verdict: "begin", from: firstSeq, cursor: { epoch, seq, hash } };
}

/**
 * Of the first batch of a chosen history: the numbers that it was acknowledged once and no longer keeps, and that the receiver may have
 * forgotten. What of them lies before the place where the two histories parted is there.
 */
export function goneOfChosen(batch: Offered, isHeld: boolean): Gone | undefined {
  const { confirmedSeq } = batch.health;
  const from = isHeld ? batch.firstSeq : 1;
  const to = Math.min(confirmedSeq ?? (isHeld ? 0 : Number.POSITIVE_INFINITY), oldestOf(batch) - 1);
  return from <= to ? { from, to } : undefined;
}

const accept = (batch: Offered, from: number): Admission => ({
  verdict: "accept",
  from,
  cursor: { epoch: batch.epoch, seq: batch.lastSeq, hash: batch.hashAfter },
});

/**
 * Of a box in whose place another goes on: the numbers of its epoch that it was acknowledged and no longer keeps, and that the receiver
 * has forgotten since.
 */
export function goneOfReplaced(
  batch: Offered,
  before: { readonly epoch: number; readonly seq: number },
): Gone | undefined {
  if (batch.epoch !== before.epoch) return undefined;
  const from = before.seq + 1;
  const to = Math.min(batch.health.confirmedSeq ?? 0, oldestOf(batch) - 1);
  return from <= to ? { from, to } : undefined;
}

/** A box never heard of starts with the oldest entry it still has. */
function admitFirst(batch: Offered): Admission {
  const oldest = oldestOf(batch);
  if (batch.firstSeq > oldest) return { verdict: "gap", expectedSeq: oldest };
  if (batch.firstSeq === 1 && !sameHash(batch.hashBefore, GENESIS)) {
    return { verdict: "fork", reason: "not-a-beginning" };
  }
  return accept(batch, batch.firstSeq);
}

/** Undefined in a hole, and behind one whose hash the sender did not say. */
function hashAt(batch: Offered, seq: number): Uint8Array | undefined {
  const hole = batch.gone.findLast(({ from }) => from <= seq);
  if (hole !== undefined && seq < hole.to) return undefined;
  const [after, hash] = hole === undefined ? [batch.firstSeq - 1, batch.hashBefore] : [hole.to, hole.hashAfter];
  if (hash === undefined) return undefined;
  if (batch.table !== undefined) return hashOfTable(hash, batch.table, after, seq);
  const links: ChainLink[] = [...batch.entries, ...batch.unusable].filter(
    (link) => after < link.seq && link.seq <= seq,
  );
  return runChain(
    hash,
    links.sort((a, b) => a.seq - b.seq),
  );
}

function hashOfTable(before: Uint8Array, table: EntryTable, after: number, seq: number): Uint8Array {
  const running = new RunningHash(before);
  for (let position = 0; position < table.count && table.seqAt(position) <= seq; position++) {
    if (table.seqAt(position) > after) running.step(table.at(position));
  }
  return running.hash;
}

/**
 * Whether the entries of a batch lead from `hashBefore` to `hashAfter`: costs about 2 µs an entry. Across a hole whose hash
 * the box does not know nobody can tell; such a batch is taken on its word.
 */
export const isSound = (batch: Offered): boolean => {
  const hash = hashAt(batch, batch.lastSeq);
  return hash === undefined || sameHash(hash, batch.hashAfter);
};
