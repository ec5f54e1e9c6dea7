/**
 * Small batches of many boxes in one transaction: what thousands of boxes bring in the same moment costs a few statements instead of a
 * dozen for each. Only what needs nothing but its rows and its cursor moved is taken so; all other batches, and all of them where
 * one statement fails, go each by itself (accept-batch.ts), so that no box suffers for another.
 */
import { admit, type Cursor } from "../../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply } from "../../cloud-sync/protocol/entry.ts";
import { durable, lifeOf } from "./accept-batch.ts";
import { insertLots } from "./insert-readings.ts";
import { toBeKept } from "./kept-entries.ts";
import { type LockedBox, lockFree } from "./locked-box.ts";
import { type Lot, type Place, placedReadings } from "./lots.ts";
import { notify } from "./notices.ts";
import { type Caller, senderText } from "./senders.ts";
import type { SeriesIds } from "./series.ts";
import { sortEntries } from "./sorting.ts";
import type { Queries, Transaction } from "./sql.ts";
import type { Change } from "./words.ts";

/** A batch that came. */
export interface Arrival {
  readonly batch: DecodedBatch;
  /** ms since 1970. */
  readonly arrivedAt: number;
  /** What its sender's connection shows; absent: carried here. */
  readonly from?: Caller | undefined;
}

/** Above, the statements of a batch of its own weigh little beside its rows. */
const ENTRIES_MAX = 100;
const NOTHING_ASIDE: ReadonlySet<number> = new Set();

/** Readings only, whose rows hold all there is of them, by a clock that was known. */
export const isSmall = (batch: DecodedBatch): boolean => {
  const { firstSeq, lastSeq, gone, unusable, disputed } = batch;
  if (lastSeq < firstSeq || lastSeq - firstSeq >= ENTRIES_MAX) return false;
  if (gone.length + unusable.length > 0 || disputed === true) return false;
  const { entries } = batch;
  const areReadings = entries.every(({ body, stamp }) => body.kind === "reading" && stamp.clock === "confirmed");
  return areReadings && toBeKept(entries, NOTHING_ASIDE).length === 0;
};

/** What is to be written of one batch. */
interface Plain extends Lot {
  readonly arrival: Arrival;
  readonly locked: LockedBox;
  readonly cursor: Cursor;
}

/** Undefined where the batch needs more than its rows written, or a refusal. */
const plainOf = (arrival: Arrival, locked: LockedBox | undefined): Plain | undefined => {
  if (locked === undefined) return undefined;
  const { batch, arrivedAt } = arrival;
  const { id: box, communes, epoch, seq, hash, next_epoch, before_epoch, branch_epochs } = locked;
  const hasPast = next_epoch !== null || before_epoch !== null || branch_epochs !== null;
  if (epoch === null || hash === null || hasPast) return undefined;
  const admission = admit({ epoch, seq, hash }, batch);
  if (admission.verdict !== "accept" || admission.from !== batch.firstSeq) return undefined;
  const { readings } = sortEntries(batch.entries, communes);
  if (readings.length !== batch.entries.length) return undefined;
  const place: Place = { box, epoch, arrivedAt };
  return { arrival, locked, cursor: admission.cursor, place, readings: placedReadings(readings) };
};

/** Boxes that have corrected any of these readings before they came. */
const correctedAmong = async (tx: Queries, all: readonly Plain[]): Promise<ReadonlySet<number>> => {
  const rows = await tx.query<{ readonly box: number }>(
    `SELECT DISTINCT correction.box
     FROM unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[]) AS sent (box, epoch, first, last)
     JOIN correction ON correction.box = sent.box AND correction.epoch = sent.epoch AND reading BETWEEN first AND last`,
    [
      all.map(({ place }) => place.box),
      all.map(({ place }) => place.epoch),
      all.map(({ arrival }) => arrival.batch.firstSeq),
      all.map(({ arrival }) => arrival.batch.lastSeq),
    ],
  );
  return new Set(rows.map(({ box }) => box));
};

/** And records the signs of life. */
const moveCursors = (tx: Queries, all: readonly Plain[]): Promise<unknown> => {
  const lives = all.map(({ place, arrival }) => lifeOf(place, arrival.batch));
  return tx.query(
    `WITH moved AS (
       SELECT * FROM unnest($1::int4[], $2::float8[], $3::int8[], $4::text[], $5::int8[], $6::bytea[], $7::int8[], $8::text[])
         AS moved (box, at, offset_ms, health, seq, hash, confirmed_seq, sender)
     ), life AS (
       UPDATE box_life SET last_proof_at = greatest(last_proof_at, to_timestamp(moved.at)),
         clock_offset_ms = moved.offset_ms, health = moved.health::jsonb
       FROM moved WHERE box_life.box = moved.box
     )
     UPDATE box_cursor SET seq = moved.seq, hash = moved.hash, confirmed_seq = moved.confirmed_seq, sender = coalesce(moved.sender, box_cursor.sender)
     FROM moved WHERE box_cursor.box = moved.box`,
    [
      ...[0, 1, 2, 3].map((column) => lives.map((life) => life[column])),
      all.map(({ cursor }) => cursor.seq),
      all.map(({ cursor }) => cursor.hash),
      all.map(({ arrival }) => arrival.batch.health.confirmedSeq ?? null),
      all.map(({ arrival }) => senderText(arrival.batch, arrival.from)),
    ],
  );
};

/** The first batch of each box; the others come after it. */
const firstOfEach = (arrivals: readonly Arrival[]): ReadonlyMap<string, Arrival> => {
  const first = new Map<string, Arrival>();
  for (const arrival of arrivals) if (!first.has(arrival.batch.box)) first.set(arrival.batch.box, arrival);
  return first;
};

/**
 * All in the caller's transaction. One answer for each batch, in their order; undefined: nothing was stored of it, and it is to go by
 * itself.
 */
export const acceptSmall = async (
  tx: Transaction,
  arrivals: readonly Arrival[],
  memory: SeriesIds,
): Promise<readonly (BatchReply | undefined)[]> => {
  const first = firstOfEach(arrivals);
  const locked = await lockFree(tx, [...first.keys()]);
  const candidates = [...first].flatMap(([name, arrival]) => plainOf(arrival, locked.get(name)) ?? []);
  const replies = new Map<Arrival, BatchReply>();
  if (candidates.length > 0) {
    const corrected = await correctedAmong(tx, candidates);
    const lots = candidates.filter(({ place }) => !corrected.has(place.box));
    if (lots.length > 0) await store(tx, lots, memory);
    for (const { arrival, cursor, locked: box } of lots)
      replies.set(arrival, durable(cursor, [], arrival.arrivedAt, box));
  }
  return arrivals.map((arrival) => replies.get(arrival));
};

const store = async (tx: Transaction, lots: readonly Plain[], memory: SeriesIds): Promise<void> => {
  const refs = await insertLots(tx, { sent: lots, corrected: lots }, memory);
  await moveCursors(tx, lots);
  const heard: readonly Change[] = refs.length === 0 ? [] : [{ type: "assets", refs: [...refs] }];
  const alive = lots.map(({ arrival }): Change => ({ type: "box", box: arrival.batch.box }));
  await notify(tx, [...heard, ...alive]);
};
