/**
 * Where two histories of one box parted: looked for when a person looks, in what is stored and in what was kept aside, so that no batch
 * waits for it. What is found only ever narrows; where a hole or a lost part hides a hash, bounds remain, and are told as bounds.
 */
import { isSound } from "../../cloud-sync/protocol/admit.ts";
import { batchFromJson, type DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { type ChainLink, RunningHash, sameHash } from "../../cloud-sync/protocol/chain.ts";
import { timeOf } from "./held-already.ts";
import { type Epochs, hashAt, linksIn, type Place } from "./held-places.ts";
import type { Queries } from "./sql.ts";
import { LOSS_REASONS } from "./words.ts";

/** Most of a day of a thousand devices: a person waits, some ten seconds on the embedded database. */
const FOLLOWED_MAX = 100_000;
/** So near to its end the accepted history is followed from the place on: mostly two boxes are found out soon after they parted. */
const NEAR = 10_000;
const PAGE = 5_000;
/** Looks at one incident: a box that says something else each time is not followed for ever. One that is merely refused needs fewer. */
const LOOKS_MAX = 100;
/** Incidents looked at for one question; the others with the next. */
const LOOKED_AT_MAX = 5;

/** Both hold the same up to `common`, and not at `parted`. */
export interface Bounds {
  readonly common: number;
  readonly parted?: number;
}

interface Case {
  readonly id: number;
  readonly box: number;
  readonly mark: string;
  readonly durable_seq: number;
  /** Refused by its hash at `durable_seq`. */
  readonly differs: boolean;
  readonly common_seq: number | null;
  readonly parted_seq: number | null;
  readonly place_seq: number | null;
  readonly place_hash: Uint8Array | null;
  readonly present: number;
  /** How far the accepted history is, and its hash there. */
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly branch_epochs: readonly number[] | null;
  readonly branch_seq: number | null;
}

// Of a history that was replaced meanwhile, and of one decided, what was found stands.
const CASES = `
  SELECT * FROM (
    SELECT incident.id, incident.box, durable_seq, reason LIKE 'another-history-%' AS differs, common_seq, parted_seq, place_seq, place_hash,
           box_cursor.epoch AS present, box_cursor.seq, box_cursor.hash, branch_epochs, branch_seq, looked,
           concat_ws(' ', place_seq, (SELECT count(*) FROM fork WHERE fork.box = incident.box AND fork.incident = incident.id)) AS mark
    FROM incident JOIN box ON box.id = incident.box JOIN box_cursor ON box_cursor.box = incident.box
    WHERE decision IS NULL AND reason <> ALL($1::text[]) AND place_seq IS NOT NULL AND box_cursor.hash IS NOT NULL
      AND looks < $4 AND incident.epoch >= box_cursor.epoch AND ($2::text IS NULL OR box.name = $2)) AS cases
  WHERE looked IS DISTINCT FROM mark ORDER BY id DESC LIMIT $3`;

const epochsOf = ({ box, present, branch_epochs, branch_seq }: Case): Epochs => ({
  box,
  epochs: [present, ...(branch_epochs ?? []).toReversed()],
  commonBefore: branch_seq ?? 0,
});

/** Whether what is stored leads from there to where the accepted history ends; undefined across numbers that are stored nowhere. */
const leadsOn = async (queries: Queries, of: Case, { seq, hash }: Place): Promise<boolean | undefined> => {
  if (of.seq - seq > FOLLOWED_MAX) return undefined;
  const running = new RunningHash(hash);
  const { epochs } = epochsOf(of);
  for (let from = seq + 1; from <= of.seq; from += PAGE) {
    const to = Math.min(from + PAGE - 1, of.seq);
    const links = await linksIn(queries, of.box, epochs, from, to);
    for (let at = from; at <= to; at++) {
      const link = links.get(at);
      if (link === undefined) return undefined;
      running.step(link);
    }
  }
  return sameHash(running.hash, of.hash);
};

const isReached = async (queries: Queries, of: Case, { seq, hash }: Place): Promise<boolean | undefined> => {
  const own = await hashAt(queries, epochsOf(of), 0, seq, FOLLOWED_MAX);
  return own === undefined ? undefined : sameHash(own, hash);
};

/** Whether the accepted history has that hash there; undefined where that cannot be told. */
const isHeldAt = async (queries: Queries, of: Case, { seq, hash }: Place): Promise<boolean | undefined> => {
  if (seq === 0) return true;
  if (seq > of.seq) return undefined;
  const ways = of.seq - seq <= NEAR ? [leadsOn, isReached] : [isReached, leadsOn];
  return (await ways[0]!(queries, of, { seq, hash })) ?? ways[1]!(queries, of, { seq, hash });
};

/** A place where both hold the same says nothing beyond one where they do not, and the other way round. */
const narrowed = ({ common, parted }: Bounds, seq: number, same: boolean): Bounds => {
  if (same) return parted !== undefined && seq >= parted ? { common, parted } : bounds(Math.max(common, seq), parted);
  return seq <= common ? bounds(common, parted) : { common, parted: Math.min(seq, parted ?? seq) };
};
const bounds = (common: number, parted: number | undefined): Bounds =>
  parted === undefined ? { common } : { common, parted };

/** From a place that both have on, entry by entry. */
const walk = async (queries: Queries, of: Case, batch: DecodedBatch, from: Bounds): Promise<Bounds> => {
  const hole = batch.gone[0]?.from ?? Number.POSITIVE_INFINITY;
  const links: ChainLink[] = [...batch.entries, ...batch.unusable].sort((a, b) => a.seq - b.seq);
  const [ours, theirs] = [new RunningHash(batch.hashBefore), new RunningHash(batch.hashBefore)];
  const { epochs } = epochsOf(of);
  const last = Math.min(batch.lastSeq, of.seq, hole - 1);
  let at = batch.firstSeq;
  for (let page = at; page <= last; page += PAGE) {
    const held = await linksIn(queries, of.box, epochs, page, Math.min(page + PAGE - 1, last));
    for (; at <= Math.min(page + PAGE - 1, last); at++) {
      const [own, other] = [held.get(at), links[at - batch.firstSeq]];
      if (own === undefined || other?.seq !== at) return narrowed(from, at - 1, true);
      ours.step(own);
      theirs.step(other);
      if (!sameHash(ours.hash, theirs.hash)) return { common: at - 1, parted: at };
    }
  }
  return narrowed(from, at - 1, true);
};

const keptAside = async (queries: Queries, { box, id }: Case): Promise<readonly DecodedBatch[]> => {
  const rows = await queries.query<{ batch: string }>(
    `(SELECT batch FROM fork WHERE box = $1 AND incident = $2 ORDER BY first_seq, entries DESC NULLS LAST LIMIT 1)
     UNION ALL
     (SELECT batch FROM fork WHERE box = $1 AND incident = $2 ORDER BY first_seq + entries DESC NULLS LAST LIMIT 1)`,
    [box, id],
  );
  return rows.flatMap(({ batch }) => {
    const read = batchFromJson(batch);
    return read.ok && isSound(read.value) ? [read.value] : [];
  });
};

const look = async (queries: Queries, of: Case): Promise<void> => {
  const { place_seq, place_hash, common_seq, parted_seq, durable_seq, differs } = of;
  let found = bounds(common_seq ?? 0, parted_seq ?? (differs && durable_seq > 0 ? durable_seq : undefined));
  const aside = await keptAside(queries, of);
  if (found.parted !== found.common + 1) {
    if (place_seq !== null && place_hash !== null) {
      const same = await isHeldAt(queries, of, { seq: place_seq, hash: place_hash });
      if (same !== undefined) found = narrowed(found, place_seq, same);
    }
    const [first] = aside;
    if (first !== undefined) {
      const seq = first.firstSeq - 1;
      const same = await isHeldAt(queries, of, { seq, hash: first.hashBefore });
      if (same !== undefined) found = narrowed(found, seq, same);
      if (same) found = await walk(queries, of, first, found);
    }
  }
  // What is surely its own.
  const own = found.parted ?? (found.common >= of.seq ? found.common + 1 : Number.POSITIVE_INFINITY);
  const times = aside.flatMap(({ entries }) => entries.flatMap(({ seq, body }) => (seq < own ? [] : [timeOf(body)])));
  const [first, last] = times.reduce<readonly [number, number] | readonly []>(
    ([least, most], time) => [Math.min(least ?? time, time), Math.max(most ?? time, time)],
    [],
  );
  await queries.query(
    `UPDATE incident SET common_seq = $2, parted_seq = $3, looked = $4, looks = looks + 1, own_first_at = to_timestamp($5::float8 / 1000),
       own_last_at = to_timestamp($6::float8 / 1000) WHERE id = $1`,
    [of.id, found.common, found.parted ?? null, of.mark, first ?? null, last ?? null],
  );
};

/** Looks again where a refused box has sent more since. */
export const lookForPartings = async (queries: Queries, box: string | undefined): Promise<void> => {
  const cases = await queries.query<Case>(CASES, [LOSS_REASONS, box ?? null, LOOKED_AT_MAX, LOOKS_MAX]);
  for (const each of cases) await look(queries, each);
};
