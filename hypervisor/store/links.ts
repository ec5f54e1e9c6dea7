/** What is stored of a box's journal, as the entries it was made from: the running hash is followed over them. */
import type { ChainLink } from "../../cloud-sync/protocol/chain.ts";
import type { Reading } from "../../cloud-sync/protocol/entry.ts";
import { allAsCorrected } from "./corrections.ts";
import { type KeptRow, keptLink } from "./kept-entries.ts";
import { READING_COLUMNS, STAMP_COLUMNS, type StampedRow, stampedReading } from "./readings.ts";
import type { Placed } from "./sorting.ts";
import type { Queries } from "./sql.ts";
import type { StoredReadings } from "./values.ts";

/** A run of numbers of one journal. */
export interface Span {
  /** The box's number. */
  readonly box: number;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

const IN_SPAN = "box = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4";

export interface Links {
  /** In order of seq; a number that stands in two places is there once, as it was kept whole. */
  readonly links: readonly ChainLink[];
  /** Numbers of what another epoch holds: no second message. */
  readonly repeats: ReadonlySet<number>;
  /** The rows of readings, by their arrival and as corrected since: what their values were taken from. */
  readonly readings: readonly StoredReadings[];
}

const byArrival = (box: number, epoch: number, rows: readonly StampedRow[]): StoredReadings[] => {
  const groups = new Map<number, Placed<Reading>[]>();
  for (const row of rows) {
    const arrivedAt = row.arrived_at.getTime();
    const group = groups.get(arrivedAt) ?? [];
    groups.set(arrivedAt, group);
    group.push(stampedReading(row));
  }
  return [...groups].map(([arrivedAt, readings]) => ({ place: { box, epoch, arrivedAt }, readings }));
};

export const linksOf = async (queries: Queries, { box, epoch, from, to }: Span): Promise<Links> => {
  const values = [box, epoch, from, to];
  const rows = await queries.query<StampedRow>(
    `SELECT ${READING_COLUMNS}, ${STAMP_COLUMNS} FROM reading WHERE ${IN_SPAN}`,
    values,
  );
  const kept = await queries.query<KeptRow & { readonly repeats: boolean }>(
    `SELECT seq, wall, mono, boot, clock_confirmed, is_foreign, body, repeats FROM kept_entry WHERE ${IN_SPAN}`,
    values,
  );
  const sent = byArrival(box, epoch, rows);
  const readings: StoredReadings[] = [];
  for (const group of sent)
    readings.push({ place: group.place, readings: await allAsCorrected(queries, group.place, group.readings) });
  const bySeq = new Map(kept.map((row) => [row.seq, keptLink(row)]));
  const links = sent.flatMap((group) => group.readings.filter(({ seq }) => !bySeq.has(seq)));
  const repeats = new Set(kept.filter((row) => row.repeats).map(({ seq }) => seq));
  return { links: [...links, ...bySeq.values()].sort((a, b) => a.seq - b.seq), repeats, readings };
};

export const countIn = async (queries: Queries, { box, epoch, from, to }: Span): Promise<number> => {
  const rows = await queries.query<{ n: number }>(
    `SELECT count(*)::int8 AS n FROM (
       SELECT seq FROM reading WHERE ${IN_SPAN} UNION SELECT seq FROM kept_entry WHERE ${IN_SPAN}) AS held`,
    [box, epoch, from, to],
  );
  return rows[0]?.n ?? 0;
};

interface Hole {
  readonly from: number;
  readonly to: number;
}

/** Numbers of the span that are stored nowhere and in no hole already known. */
export const missingIn = async (queries: Queries, { box, epoch, from, to }: Span): Promise<readonly Hole[]> => {
  const gaps = await queries.query<Hole>(
    `SELECT before + 1 AS "from", seq - 1 AS "to" FROM (
       SELECT seq, lag(seq, 1, $3::int8 - 1) OVER (ORDER BY seq) AS before FROM (
         SELECT seq FROM reading WHERE ${IN_SPAN} UNION SELECT seq FROM kept_entry WHERE ${IN_SPAN} UNION SELECT $4::int8 + 1
       ) AS held) AS pairs
     WHERE seq > before + 1 ORDER BY seq`,
    [box, epoch, from, to],
  );
  if (gaps.length === 0) return [];
  const known = await queries.query<Hole>(
    `SELECT first AS "from", last AS "to" FROM hole
     WHERE box = $1 AND epoch = $2 AND last >= $3 AND first <= $4 ORDER BY first`,
    [box, epoch, from, to],
  );
  return gaps.flatMap((gap) => without(gap, known));
};

/** What of a gap lies in none of the holes, which are in order. */
const without = (gap: Hole, holes: readonly Hole[]): Hole[] => {
  const left: Hole[] = [];
  let next = gap.from;
  for (const hole of holes) {
    if (hole.to < next || hole.from > gap.to) continue;
    if (hole.from > next) left.push({ from: next, to: hole.from - 1 });
    next = hole.to + 1;
  }
  if (next <= gap.to) left.push({ from: next, to: gap.to });
  return left;
};
