/** Whether a place of a box's history is held here: the running hash is followed over what is stored, epoch by epoch. */
import { type ChainLink, GENESIS, RunningHash, sameHash } from "../../cloud-sync/protocol/chain.ts";
import { type HeldMarks, markOf } from "../../cloud-sync/protocol/taken-off.ts";
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

interface Known extends Place {
  /** The entry of that number is gone. */
  readonly isHole: boolean;
}

/**
 * The last hash up to `from` that is known without following: where a day began, where a hole ended, the beginning; and those behind it,
 * up to `to`.
 */
const knownIn = async (
  tx: Queries,
  { box, commonBefore }: Epochs,
  epoch: number,
  { from, to }: Stretch,
): Promise<readonly Known[]> => {
  const rows = await tx.query<Known>(
    `WITH known AS (
       SELECT first_seq - 1 AS seq, hash_before AS hash FROM box_day
       WHERE box = $1 AND (epoch = $2 OR first_seq <= $5) AND hash_before IS NOT NULL
       UNION ALL
       SELECT resume_seq, resume_hash FROM hole WHERE box = $1 AND (epoch = $2 OR resume_seq < $5) AND resume_hash IS NOT NULL
     )
     SELECT seq, hash, EXISTS (
       SELECT FROM hole WHERE box = $1 AND (epoch = $2 OR last < $5) AND seq BETWEEN first AND last
     ) AS "isHole"
     FROM ((SELECT seq, hash FROM known WHERE seq <= $3 ORDER BY seq DESC LIMIT 1)
           UNION ALL SELECT seq, hash FROM known WHERE seq > $3 AND seq <= $4) AS places
     ORDER BY seq`,
    [box, epoch, from, to, commonBefore],
  );
  const places = rows.map(({ seq, hash, isHole }) => ({ seq, hash: new Uint8Array(hash), isHole }));
  const isBefore = (places[0]?.seq ?? Number.POSITIVE_INFINITY) <= from;
  return isBefore ? places : [{ seq: 0, hash: GENESIS, isHole: false }, ...places];
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

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Calls `each` with every number of the stretch, and the running hash after it where that can be followed. */
const follow = async (
  tx: Queries,
  of: Epochs,
  newest: number,
  { from, to }: Stretch,
  most: number,
  each: (seq: number, hash: Uint8Array | undefined, isStored: boolean) => void,
): Promise<void> => {
  const epochs = of.epochs.slice(newest);
  const [start, ...resumes] = await knownIn(tx, of, epochs[0]!, { from, to });
  const known = new Map(resumes.map(({ seq, hash }) => [seq, hash]));
  if (from - start!.seq > most) {
    for (let seq = from; seq <= to; seq++) each(seq, undefined, true);
    return;
  }
  let running: RunningHash | undefined = new RunningHash(start!.hash);
  if (start!.seq === from) each(from, start!.hash, !start!.isHole);
  for (let first = start!.seq + 1; first <= to; first += PAGE) {
    const last = Math.min(first + PAGE - 1, to);
    const links = await linksIn(tx, of.box, epochs, first, last);
    for (let at = first; at <= last; at++) {
      const link = links.get(at);
      const resumed = known.get(at);
      if (resumed !== undefined) running = new RunningHash(resumed);
      else if (link === undefined) running = undefined;
      else running?.step(link);
      if (at >= from) each(at, running?.hash, link !== undefined);
    }
  }
};

interface Found {
  /** Undefined across numbers that are stored nowhere, and further than `most` behind the last known hash. */
  readonly hash: Uint8Array | undefined;
  readonly isStored: boolean;
}

const findAt = async (tx: Queries, of: Epochs, newest: number, seq: number, most: number): Promise<Found> => {
  let found: Found = { hash: undefined, isStored: false };
  await follow(tx, of, newest, { from: seq, to: seq }, most, (_, hash, isStored) => {
    found = { hash, isStored };
  });
  return found;
};

export const hashAt = async (
  tx: Queries,
  of: Epochs,
  newest: number,
  seq: number,
  most = FOLLOWED_MAX,
): Promise<Uint8Array | undefined> => (await findAt(tx, of, newest, seq, most)).hash;

/** Not at the end of a hole: what the box took off there, a copy of it may still keep. */
export const isPlaceHeld = async (tx: Queries, of: Epochs, { seq, hash }: Place): Promise<boolean> => {
  if (seq === 0) return true;
  for (let newest = 0; newest < of.epochs.length; newest++) {
    const own = await findAt(tx, of, newest, seq, FOLLOWED_MAX);
    if (own.isStored && own.hash !== undefined && sameHash(own.hash, hash)) return true;
  }
  return false;
};

/** What the box, or what was in its place before, told to be gone; without the end of it whose hash is known. */
const holesIn = (tx: Queries, { box, epochs }: Epochs, { from, to }: Stretch): Promise<readonly Stretch[]> =>
  tx.query<Stretch>(
    `SELECT greatest(first, $3) AS "from", least(CASE WHEN resume_seq = last THEN last - 1 ELSE last END, $4) AS "to" FROM hole
     WHERE box = $1 AND epoch = ANY ($2::int4[]) AND last >= $3 AND first <= $4`,
    [box, epochs, from, to],
  );

/** What a box's marks of these numbers are held against (cloud-sync/protocol/taken-off.ts). */
export const marksHeld = async (tx: Queries, of: Epochs, stretch: Stretch): Promise<HeldMarks> => {
  const marks = new Map<number, number[]>();
  const unknown = new Set<number>();
  const gone = new Set<number>();
  for (const { from, to } of await holesIn(tx, of, stretch)) for (let seq = from; seq <= to; seq++) gone.add(seq);
  for (let newest = 0; newest < of.epochs.length; newest++) {
    await follow(tx, of, newest, stretch, FOLLOWED_MAX, (seq, hash, isStored) => {
      if (hash === undefined && isStored) unknown.add(seq);
      if (hash === undefined) return;
      const found = marks.get(seq) ?? [];
      marks.set(seq, found);
      found.push(markOf(hash));
    });
  }
  return (seq) => ({ marks: marks.get(seq) ?? [], isOpen: gone.has(seq) || (unknown.has(seq) && !marks.has(seq)) });
};
