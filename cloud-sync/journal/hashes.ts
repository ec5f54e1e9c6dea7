/**
 * What is known of the running hash: at the checkpoints, at the cursors, at the end; in between it is computed from the entries, as
 * far as no hole lies there.
 */
import { GENESIS } from "../protocol/chain.ts";
import type { Gone } from "../protocol/entry.ts";
import { sealed, unsealed } from "./seal.ts";
import { type JournalSql, levelsOf } from "./statements.ts";

export interface Place {
  readonly seq: number;
  readonly hash: Uint8Array;
}

const START: Place = { seq: 0, hash: GENESIS };

export const createHashes = (sql: JournalSql, epoch: number, head: () => Place) => {
  /** Newest stored place in [from, to]. */
  const storedIn = (from: number, to: number): Place | undefined => {
    let best: Place | undefined;
    const offer = (place: Place): void => {
      if (place.seq >= from && place.seq <= to && place.seq > (best?.seq ?? -1)) best = place;
    };
    offer(START);
    if (head().seq > 0) offer(head());
    for (const { epoch: of, seq, hash } of sql.cursors.all()) {
      if (of === epoch) offer({ seq, hash: new Uint8Array(hash) });
    }
    for (const { seq, hash } of sql.checkpointsDown.iterate(to)) {
      const intact = unsealed(seq, hash);
      if (seq < from) break;
      if (intact === undefined) continue;
      offer({ seq, hash: intact });
      break;
    }
    return best;
  };
  return {
    storedIn,
    /** At exactly this number, by whatever is stored. */
    storedAt: (seq: number): Uint8Array | undefined => storedIn(seq, seq)?.hash,
    /** As checkpoints, which stay when what lies around them is shed. */
    notStored: (places: readonly Place[]): readonly Place[] =>
      places.filter(({ seq }) => seq > 0 && sql.checkpointsDown.get(seq)?.seq !== seq),
    /** Within the caller's transaction. */
    store(places: readonly Place[]): void {
      for (const { seq, hash } of places) sql.insertCheckpoint.run(seq, sealed(seq, hash));
    },
  };
};

export type Hashes = ReturnType<typeof createHashes>;

/** Numbers, given one by one in rising order, as holes. */
export function toHoles(seqs: Iterable<number>): Gone[] {
  const holes: { from: number; to: number }[] = [];
  for (const seq of seqs) {
    const last = holes.at(-1);
    if (last !== undefined && last.to === seq - 1) last.to = seq;
    else holes.push({ from: seq, to: seq });
  }
  return holes;
}

/** The oldest number of any level. */
export const oldestOf = (sql: JournalSql): number | undefined => {
  for (const level of levelsOf(sql)) {
    const oldest = level.oldest.get();
    if (oldest !== null && oldest !== undefined) return oldest;
  }
  return undefined;
};
