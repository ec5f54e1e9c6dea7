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
import { type ChainLink, GENESIS, runChain, sameHash } from "./chain.ts";

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
  | "disputed";

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
>;

/** `nextEpoch`: the one a person has decided on, until its first batch came. */
export function admit(cursor: Cursor | undefined, batch: Offered, nextEpoch?: number): Admission {
  if (cursor === undefined) return admitFirst(batch);
  const next = cursor.seq + 1;
  const isGap = batch.firstSeq > next;
  if (batch.epoch === nextEpoch && !isGap) return begin(batch);
  if (batch.epoch !== cursor.epoch && batch.epoch !== nextEpoch) return { verdict: "wrong-epoch", epoch: cursor.epoch };
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

const begin = (batch: Offered): Admission => ({
  verdict: "begin",
  from: batch.firstSeq,
  cursor: { epoch: batch.epoch, seq: batch.lastSeq, hash: batch.hashAfter },
});

const accept = (batch: Offered, from: number): Admission => ({
  verdict: "accept",
  from,
  cursor: { epoch: batch.epoch, seq: batch.lastSeq, hash: batch.hashAfter },
});

/** A box never heard of starts with the oldest entry it still has. */
function admitFirst(batch: Offered): Admission {
  const oldest = Math.max(1, batch.health.oldestSeq);
  if (batch.firstSeq > oldest) return { verdict: "gap", expectedSeq: oldest };
  if (batch.firstSeq === 1 && !sameHash(batch.hashBefore, GENESIS)) {
    return { verdict: "fork", reason: "not-a-beginning" };
  }
  return accept(batch, batch.firstSeq);
}

/** Undefined across a hole. */
function hashAt(batch: Offered, seq: number): Uint8Array | undefined {
  if (batch.gone.some(({ from }) => from <= seq)) return undefined;
  const links: ChainLink[] = [...batch.entries, ...batch.unusable].filter((link) => link.seq <= seq);
  return runChain(
    batch.hashBefore,
    links.sort((a, b) => a.seq - b.seq),
  );
}

/**
 * Whether the entries of a batch lead from `hashBefore` to `hashAfter`: costs about 2 µs an entry. Across a hole nobody can tell;
 * such a batch is taken on the box's word.
 */
export const isSound = (batch: Offered): boolean => {
  const hash = hashAt(batch, batch.lastSeq);
  return hash === undefined || sameHash(hash, batch.hashAfter);
};
