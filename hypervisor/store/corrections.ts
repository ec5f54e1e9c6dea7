/**
 * What a box said later of readings it had sent: their times, once it knew the time, and their values, once their frames were read
 * again. The rows of `reading` stay as they were sent, for the running hash is followed over them; values, latest state and what the
 * API returns are as corrected.
 */
import { correctEntry } from "../../cloud-sync/protocol/clock.ts";
import { correctedReading } from "../../cloud-sync/protocol/correction.ts";
import type { ClockCorrection, Correction, Reading } from "../../cloud-sync/protocol/entry.ts";
import { type Content, contentOf, fromContent } from "./content.ts";
import type { Place } from "./lots.ts";
import type { Placed } from "./sorting.ts";
import type { Queries } from "./sql.ts";

/** What is known of some readings of one journal. */
export interface Corrections {
  /** By boot: the true lead of wall over monotonic clock, ms. */
  readonly leads: ReadonlyMap<number, number>;
  /** By number of the reading. */
  readonly again: ReadonlyMap<number, Correction>;
}

export const NONE: Corrections = { leads: new Map(), again: new Map() };

export const isNone = ({ leads, again }: Corrections): boolean => leads.size + again.size === 0;

/** The reading with the right time and as it was read last. */
export const asCorrected = ({ leads, again }: Corrections, placed: Placed<Reading>): Placed<Reading> => {
  const { seq, stamp } = placed;
  const correction = again.get(seq);
  const lead = stamp.clock === "unknown" ? leads.get(stamp.boot) : undefined;
  if (lead === undefined && (correction === undefined || correction.device !== placed.body.device)) return placed;
  const isThisOne = correction !== undefined && correction.device === placed.body.device;
  const body = isThisOne ? correctedReading(placed.body, correction) : placed.body;
  if (lead === undefined) return { seq, stamp, body };
  // The reading's own: stamp and number stay those it was sent with.
  return { seq, stamp, body: correctEntry({ seq, stamp, body }, { boot: stamp.boot, lead }).body as Reading };
};

interface CorrectionRow {
  readonly reading: number;
  readonly at: Date;
  readonly device: string;
  readonly f_cnt: number;
  readonly codec: string | null;
  readonly measured_at: Date;
  readonly content: Content;
}

const correctionOf = (row: CorrectionRow): Correction => ({
  kind: "correction",
  at: row.at.getTime(),
  reading: row.reading,
  device: row.device,
  fCnt: row.f_cnt,
  ...(row.codec === null ? {} : { codec: row.codec }),
  measuredAt: row.measured_at.getTime(),
  ...fromContent(row.content),
});

type Journal = Pick<Place, "box" | "epoch">;

export const correctionsOf = (
  queries: Queries,
  journal: Journal,
  readings: readonly Placed<Reading>[],
): Promise<Corrections> => {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  const boots = new Set<number>();
  for (const { seq, stamp } of readings) {
    from = Math.min(from, seq);
    to = Math.max(to, seq);
    if (stamp.clock === "unknown") boots.add(stamp.boot);
  }
  return correctionsIn(queries, journal, { from, to, boots });
};

/** Readings by their numbers, and the boots in which the box did not know the time when it wrote them. */
export interface CorrectionSpan {
  readonly from: number;
  readonly to: number;
  readonly boots: ReadonlySet<number>;
}

export const correctionsIn = async (
  queries: Queries,
  { box, epoch }: Journal,
  { from, to, boots }: CorrectionSpan,
): Promise<Corrections> => {
  if (from > to) return NONE;
  const rows = await queries.query<CorrectionRow>(
    `SELECT reading, at, device, f_cnt, codec, measured_at, content FROM correction
     WHERE box = $1 AND epoch = $2 AND reading BETWEEN $3 AND $4`,
    [box, epoch, from, to],
  );
  const leads =
    boots.size === 0
      ? []
      : await queries.query<{ boot: number; lead: number }>(
          "SELECT boot, lead FROM clock_correction WHERE box = $1 AND epoch = $2 AND boot = ANY($3::int4[])",
          [box, epoch, [...boots]],
        );
  return {
    leads: new Map(leads.map(({ boot, lead }) => [boot, lead])),
    again: new Map(rows.map((row) => [row.reading, correctionOf(row)])),
  };
};

export const allAsCorrected = async (
  queries: Queries,
  journal: Journal,
  readings: readonly Placed<Reading>[],
): Promise<readonly Placed<Reading>[]> => {
  const known = await correctionsOf(queries, journal, readings);
  if (isNone(known)) return readings;
  return readings.map((reading) => asCorrected(known, reading));
};

/** Returns those that are newer than what was known. */
export const putCorrections = async (
  tx: Queries,
  { box, epoch }: Journal,
  corrections: readonly Placed<Correction>[],
): Promise<readonly Placed<Correction>[]> => {
  // Of several for one reading in a batch the last.
  const newest = [...new Map(corrections.map((each) => [each.body.reading, each])).values()];
  const rows = await tx.query<{ reading: number }>(
    `INSERT INTO correction (box, epoch, reading, seq, at, device, f_cnt, codec, measured_at, content)
     SELECT $1::int4, $2::int4, reading, seq, to_timestamp(at), device, f_cnt, codec, to_timestamp(measured_at), content::jsonb
     FROM unnest($3::int8[], $4::int8[], $5::float8[], $6::text[], $7::int8[], $8::text[], $9::float8[], $10::text[])
       AS line (reading, seq, at, device, f_cnt, codec, measured_at, content)
     ON CONFLICT (box, epoch, reading) DO UPDATE
       SET seq = excluded.seq, at = excluded.at, device = excluded.device, f_cnt = excluded.f_cnt, codec = excluded.codec,
         measured_at = excluded.measured_at, content = excluded.content
       WHERE excluded.seq > correction.seq
     RETURNING reading`,
    [
      box,
      epoch,
      newest.map(({ body }) => body.reading),
      newest.map(({ seq }) => seq),
      newest.map(({ body }) => body.at / 1_000),
      newest.map(({ body }) => body.device),
      newest.map(({ body }) => body.fCnt),
      newest.map(({ body }) => body.codec ?? null),
      newest.map(({ body }) => body.measuredAt / 1_000),
      newest.map(({ body }) => JSON.stringify(contentOf(body))),
    ],
  );
  const taken = new Set(rows.map(({ reading }) => reading));
  return newest.filter(({ body }) => taken.has(body.reading));
};

/** Returns the boots whose lead is new. */
export const putLeads = async (
  tx: Queries,
  { box, epoch }: Journal,
  clocks: readonly Placed<ClockCorrection>[],
): Promise<readonly number[]> => {
  const boots: number[] = [];
  for (const { seq, body } of clocks) {
    const rows = await tx.query(
      `INSERT INTO clock_correction (box, epoch, boot, seq, lead) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (box, epoch, boot) DO UPDATE SET seq = excluded.seq, lead = excluded.lead
         WHERE excluded.seq > clock_correction.seq RETURNING boot`,
      [box, epoch, body.boot, seq, body.lead],
    );
    if (rows.length > 0) boots.push(body.boot);
  }
  return [...new Set(boots)];
};
