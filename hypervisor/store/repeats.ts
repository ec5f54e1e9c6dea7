/**
 * What a box was sent once more after an old image was put in the place of its disk, or while a copy of it was running: the region has
 * it under another epoch already. It is the same message, no second one: it stays as a link of the running hash, and nothing else
 * becomes of it.
 */
import type { Entry } from "../../cloud-sync/protocol/entry.ts";
import { DAY_MS, identityOf, mayRepeat, timeOf } from "./held-already.ts";
import { type KeptRow, keepRepeats, keptEntry } from "./kept-entries.ts";
import type { Place } from "./lots.ts";
import type { Queries } from "./sql.ts";

/** The other lives of a box's journal, as far as what they hold may come again. */
export interface Branches {
  readonly epochs: readonly number[];
  /** What lies before was common to all, and each box knows it. */
  readonly fromSeq: number;
  /** When the present epoch began: what is newer was sent to nobody before. ms since 1970. */
  readonly begunAt: number;
}

export interface BranchColumns {
  readonly epoch: number | null;
  readonly branch_epochs: readonly number[] | null;
  readonly branch_seq: number | null;
  readonly branch_at: Date | null;
}

export const BRANCH_COLUMNS = "branch_epochs, branch_seq, branch_at";

/** Seen from an epoch; undefined where a box has only had one, and nothing can have come twice. */
export const branchesOf = (
  { epoch, branch_epochs, branch_seq, branch_at }: BranchColumns,
  from: number,
): Branches | undefined => {
  if (epoch === null || branch_epochs === null || branch_seq === null || branch_at === null) return undefined;
  const epochs = [...branch_epochs, epoch].filter((each) => each !== from);
  return { epochs, fromSeq: branch_seq, begunAt: branch_at.getTime() };
};

/** With the first batch of a new epoch: the present one becomes a branch. */
export const beginBranch = async (tx: Queries, place: Place, before: BranchColumns, firstSeq: number) => {
  const { epoch, branch_epochs, branch_seq } = before;
  if (epoch === null) return undefined;
  const fromSeq = Math.min(branch_seq ?? firstSeq, firstSeq);
  const epochs = [...(branch_epochs ?? []), epoch];
  await tx.query(
    `UPDATE box_cursor SET branch_epochs = $2::int4[], branch_seq = $3, branch_at = to_timestamp($4::float8)
     WHERE box = $1`,
    [place.box, epochs, fromSeq, place.arrivedAt / 1_000],
  );
  return { epochs, fromSeq, begunAt: place.arrivedAt };
};

/**
 * Nothing that arrived long before it was received is the same: keeps the search to the parts of those days. What a clock far ahead
 * has timed may have arrived at any time.
 */
const arrivedFrom = (entries: readonly Entry[], arrivedAt: number): number => {
  const earliest = entries.reduce((least, { body }) => Math.min(least, timeOf(body)), Number.POSITIVE_INFINITY);
  const isAhead = entries.some(({ body }) => timeOf(body) > arrivedAt);
  return isAhead ? 0 : Math.max(0, earliest - DAY_MS);
};

/** The first four parameters of both searches: where in the other lives of a box these entries may lie. */
const whereHeld = ({ box, arrivedAt }: Place, { epochs, fromSeq }: Branches, entries: readonly Entry[]) => [
  box,
  epochs,
  fromSeq,
  arrivedFrom(entries, arrivedAt) / 1_000,
];

type Search = (tx: Queries, place: Place, branches: Branches, entries: readonly Entry[]) => Promise<readonly string[]>;

const heldReadings: Search = async (tx, place, branches, entries) => {
  const readings = entries.flatMap(({ body }) => (body.kind === "reading" ? [body] : []));
  if (readings.length === 0) return [];
  const rows = await tx.query<{ told: string }>(
    `SELECT told FROM (
       SELECT device || ' ' || f_cnt || ' ' || encode(frame, 'hex') || ' ' || round(extract(epoch FROM received_at) * 1000)::int8 AS told
       FROM reading WHERE box = $1 AND epoch = ANY($2::int4[]) AND seq >= $3 AND arrived_at >= to_timestamp($4::float8)
         AND device = ANY($5::text[]) AND f_cnt = ANY($6::int8[])) AS held
     WHERE told = ANY($7::text[])`,
    [
      ...whereHeld(place, branches, entries),
      [...new Set(readings.map(({ device }) => device))],
      [...new Set(readings.map(({ fCnt }) => fCnt))],
      readings.map((body) => identityOf(body)),
    ],
  );
  return rows.map(({ told }) => told);
};

const heldEvents: Search = async (tx, place, branches, entries) => {
  const events = entries.flatMap(({ body }) => (body.kind === "event" ? [body] : []));
  if (events.length === 0) return [];
  // As they came: the times of their rows may have been put right since.
  const rows = await tx.query<KeptRow>(
    `SELECT kept.seq, wall, mono, boot, clock_confirmed, is_foreign, body
     FROM event JOIN kept_entry AS kept ON kept.box = event.box AND kept.epoch = event.epoch AND kept.seq = event.seq
     WHERE event.box = $1 AND event.epoch = ANY($2::int4[]) AND event.seq >= $3 AND arrived_at >= to_timestamp($4::float8)
       AND event.kind = 'event' AND device = ANY($5::text[]) AND name = ANY($6::text[])`,
    [
      ...whereHeld(place, branches, entries),
      [...new Set(events.map(({ device }) => device))],
      [...new Set(events.map(({ event }) => event))],
    ],
  );
  return rows.flatMap((row) => {
    const held = keptEntry(row);
    return (held && identityOf(held.body)) ?? [];
  });
};

/** Of these entries what is held already under another epoch. */
export const repeatsAmong = async (
  tx: Queries,
  place: Place,
  branches: Branches | undefined,
  entries: readonly Entry[],
): Promise<readonly Entry[]> => {
  if (branches === undefined) return [];
  const candidates = entries.filter(({ body }) => mayRepeat(body, branches.begunAt, place.arrivedAt));
  if (candidates.length === 0) return [];
  const held = new Set([
    ...(await heldReadings(tx, place, branches, candidates)),
    ...(await heldEvents(tx, place, branches, candidates)),
  ]);
  return candidates.filter(({ body }) => held.has(identityOf(body) ?? ""));
};

/** Keeps the links of what is held already under another epoch; returns the rest. */
export const takeOutRepeats = async (
  tx: Queries,
  place: Place,
  branches: Branches | undefined,
  entries: readonly Entry[],
): Promise<readonly Entry[]> => {
  const repeats = new Set(await repeatsAmong(tx, place, branches, entries));
  if (repeats.size === 0) return entries;
  await keepRepeats(tx, place, [...repeats]);
  return entries.filter((entry) => !repeats.has(entry));
};
