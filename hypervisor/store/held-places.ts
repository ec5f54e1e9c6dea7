/** Whether a place of a box's history is held here: the running hash is followed over what is stored, epoch by epoch. */
import { type ChainLink, GENESIS, RunningHash, sameHash } from "../../cloud-sync/protocol/chain.ts";
import { linksOf } from "./links.ts";
import type { Queries } from "./sql.ts";

export interface Place {
  readonly seq: number;
  /** Running hash after that entry. */
  readonly hash: Uint8Array;
}

/** Of a box, newest first. The lowest number that a later epoch began with: what lies before was common to all. */
export interface Epochs {
  readonly box: number;
  readonly epochs: readonly number[];
  readonly commonBefore: number;
}

const PAGE = 5_000;
/** Some ten days of a thousand devices: what lies so far behind the last known hash is not followed. */
const FOLLOWED_MAX = 1_000_000;

interface KnownRow {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** The last hash up to there that is known without following: where a day began, where a hole ended, the beginning. */
const knownBefore = async (tx: Queries, { box, commonBefore }: Epochs, epoch: number, seq: number): Promise<Place> => {
  const rows = await tx.query<KnownRow>(
    `SELECT seq, hash FROM (
       SELECT first_seq - 1 AS seq, hash_before AS hash FROM box_day
       WHERE box = $1 AND (epoch = $2 OR first_seq <= $4) AND hash_before IS NOT NULL
       UNION ALL
       SELECT resume_seq, resume_hash FROM hole WHERE box = $1 AND (epoch = $2 OR resume_seq < $4) AND resume_hash IS NOT NULL
     ) AS known WHERE seq <= $3 ORDER BY seq DESC LIMIT 1`,
    [box, epoch, seq, commonBefore],
  );
  const known = rows[0];
  return known === undefined ? { seq: 0, hash: GENESIS } : { seq: known.seq, hash: new Uint8Array(known.hash) };
};

/** What an epoch left out, because the one before holds it under the same number, is taken from there. */
export const linksIn = async (tx: Queries, box: number, epochs: readonly number[], from: number, to: number) => {
  const bySeq = new Map<number, ChainLink>();
  for (const epoch of epochs) {
    const { links } = await linksOf(tx, { box, epoch, from, to });
    for (const link of links) if (!bySeq.has(link.seq)) bySeq.set(link.seq, link);
    if (bySeq.size === to - from + 1) break;
  }
  return bySeq;
};

/** Undefined across numbers that are stored nowhere, and further than `most` behind the last known hash. */
export const hashAt = async (
  tx: Queries,
  of: Epochs,
  newest: number,
  seq: number,
  most = FOLLOWED_MAX,
): Promise<Uint8Array | undefined> => {
  const epochs = of.epochs.slice(newest);
  const known = await knownBefore(tx, of, epochs[0]!, seq);
  if (seq - known.seq > most) return undefined;
  const running = new RunningHash(known.hash);
  for (let from = known.seq + 1; from <= seq; from += PAGE) {
    const to = Math.min(from + PAGE - 1, seq);
    const links = await linksIn(tx, of.box, epochs, from, to);
    for (let at = from; at <= to; at++) {
      const link = links.get(at);
      if (link === undefined) return undefined;
      running.step(link);
    }
  }
  return running.hash;
};

export const isPlaceHeld = async (tx: Queries, of: Epochs, { seq, hash }: Place): Promise<boolean> => {
  if (seq === 0) return true;
  for (let newest = 0; newest < of.epochs.length; newest++) {
    const own = await hashAt(tx, of, newest, seq);
    if (own !== undefined && sameHash(own, hash)) return true;
  }
  return false;
};
