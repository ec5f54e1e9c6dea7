/** Values, latest state and times that stand here are put as the box corrected them. */
import { correctEntry } from "../../cloud-sync/protocol/clock.ts";
import type { ClockCorrection, Correction, Reading, Value } from "../../cloud-sync/protocol/entry.ts";
import { asCorrected, correctionsOf, putCorrections, putLeads } from "./corrections.ts";
import { type KeptRow, keptEntry } from "./kept-entries.ts";
import { putSeen } from "./latest.ts";
import { forEachValue, type Lot, type Place, placedReadings } from "./lots.ts";
import { measurementRows } from "./reading-rows.ts";
import { READING_COLUMNS, STAMP_COLUMNS, type StampedRow, stampedReading } from "./readings.ts";
import type { Series, SeriesIds } from "./series.ts";
import type { Placed } from "./sorting.ts";
import type { Transaction } from "./sql.ts";

/** Rows looked at in one go. */
const PAGE = 2_000;

interface Stored {
  readonly arrivedAt: number;
  readonly reading: Placed<Reading>;
}

/** Takes away one row for each of these values: others that tell the same of another reading stay. */
const removeValues = async (
  tx: Transaction,
  arrivedAt: number,
  readings: readonly Placed<Reading>[],
  series: readonly Series[],
): Promise<void> => {
  const [times, values]: [number[], Value[]] = [[], []];
  forEachValue(readings, (_reading, at, { value }) => {
    times.push(Math.round(at * 1_000));
    values.push(value);
  });
  const of = (type: "number" | "string" | "boolean") => values.map((value) => (typeof value === type ? value : null));
  await tx.query(
    `WITH gone AS (
       SELECT series, to_timestamp(0) + at * interval '1 microsecond' AS at, number, word, flag, count(*) AS times
       FROM unnest($1::int4[], $2::int8[], $3::float8[], $4::text[], $5::bool[]) AS value (series, at, number, word, flag)
       GROUP BY 1, 2, 3, 4, 5),
     found AS (
       SELECT m.tableoid AS part, m.ctid AS place, gone.times,
         row_number() OVER (PARTITION BY m.series, m.at, m.number, m.word, m.flag) AS nth
       FROM gone JOIN measurement m ON m.series = gone.series AND m.at = gone.at AND m.arrived_at = to_timestamp($6::float8)
         AND m.number IS NOT DISTINCT FROM gone.number AND m.word IS NOT DISTINCT FROM gone.word
         AND m.flag IS NOT DISTINCT FROM gone.flag)
     DELETE FROM measurement USING found
     WHERE measurement.tableoid = found.part AND measurement.ctid = found.place AND nth <= times`,
    [series.map(({ id }) => id), times, of("number"), of("string"), of("boolean"), arrivedAt / 1_000],
  );
};

/** The latest values that came from these readings make room for the newest that stands now. */
const renewLatest = async (
  tx: Transaction,
  box: number,
  before: readonly Placed<Reading>[],
  series: readonly Series[],
): Promise<void> => {
  const old: { asset: string; name: string; at: number }[] = [];
  forEachValue(before, ({ asset }, at, { name }) => {
    if (asset !== undefined) old.push({ asset, name, at: Math.round(at * 1_000) });
  });
  await tx.query(
    `DELETE FROM latest USING unnest($2::text[], $3::text[], $4::int8[]) AS old (asset, name, at)
     WHERE latest.box = $1 AND latest.asset = old.asset AND latest.measurement = old.name
       AND latest.at = to_timestamp(0) + old.at * interval '1 microsecond'`,
    [box, old.map(({ asset }) => asset), old.map(({ name }) => name), old.map(({ at }) => at)],
  );
  await tx.query(
    `INSERT INTO latest (box, asset, measurement, at, ranked_at, value, unit)
     SELECT $1, line.asset, line.name || CASE WHEN line.instance = '' THEN '' ELSE '@' || line.instance END,
       newest.at, least(newest.at, newest.arrived_at),
       coalesce(to_jsonb(newest.number), to_jsonb(newest.word), to_jsonb(newest.flag)), newest.unit
     FROM (SELECT DISTINCT asset, name, instance FROM series WHERE id = ANY($2::int4[]) AND asset <> '') AS line
     CROSS JOIN LATERAL (
       SELECT last.*, series.unit FROM series
       CROSS JOIN LATERAL (
         SELECT at, arrived_at, number, word, flag FROM measurement WHERE measurement.series = series.id
         ORDER BY at DESC LIMIT 1) AS last
       WHERE series.box = $1 AND series.asset = line.asset AND series.name = line.name AND series.instance = line.instance
       ORDER BY least(last.at, last.arrived_at) DESC LIMIT 1) AS newest
     ON CONFLICT (box, asset, measurement) DO UPDATE
       SET at = excluded.at, ranked_at = excluded.ranked_at, value = excluded.value, unit = excluded.unit
       WHERE excluded.ranked_at >= latest.ranked_at`,
    [box, [...new Set(series.map(({ id }) => id))]],
  );
};

type Restated = readonly { readonly before: Placed<Reading>; readonly after: Placed<Reading> }[];

/** Readings of one arrival. Returns the assets concerned. */
const restate = async (
  tx: Transaction,
  place: Place,
  pairs: Restated,
  memory: SeriesIds,
): Promise<readonly string[]> => {
  const before = pairs.map((pair) => pair.before);
  const after = pairs.map((pair) => pair.after);
  const now: Lot = { place, readings: placedReadings(after) };
  const oldSeries = await memory.resolve(tx, [{ place, readings: placedReadings(before) }]);
  const newSeries = await memory.resolve(tx, [now]);
  if (oldSeries.length > 0) await removeValues(tx, place.arrivedAt, before, oldSeries);
  if (newSeries.length > 0) {
    const rows = measurementRows([now], newSeries);
    await tx.copy(rows.target, rows.parts);
  }
  const touched = [...oldSeries, ...newSeries];
  memory.lowered(touched);
  await renewLatest(tx, place.box, before, touched);
  return putSeen(tx, [now], memory);
};

const byArrival = (stored: readonly Stored[]): ReadonlyMap<number, Placed<Reading>[]> => {
  const groups = new Map<number, Placed<Reading>[]>();
  for (const { arrivedAt, reading } of stored) {
    const group = groups.get(arrivedAt) ?? [];
    groups.set(arrivedAt, group);
    group.push(reading);
  }
  return groups;
};

const toStored = (row: StampedRow): Stored => ({ arrivedAt: row.arrived_at.getTime(), reading: stampedReading(row) });

/** Readings read again. Returns the assets concerned. */
export const applyCorrections = async (
  tx: Transaction,
  place: Place,
  corrections: readonly Placed<Correction>[],
  memory: SeriesIds,
): Promise<readonly string[]> => {
  if (corrections.length === 0) return [];
  const seqs = [...new Set(corrections.map(({ body }) => body.reading))];
  const rows = await tx.query<StampedRow>(
    `SELECT ${READING_COLUMNS}, ${STAMP_COLUMNS} FROM reading WHERE box = $1 AND epoch = $2 AND seq = ANY($3::int8[]) ORDER BY seq`,
    [place.box, place.epoch, seqs],
  );
  const groups = [...byArrival(rows.map(toStored))];
  const known = await Promise.all(groups.map(([, readings]) => correctionsOf(tx, place, readings)));
  await putCorrections(tx, place, corrections);
  const refs: string[] = [];
  for (const [index, [arrivedAt, readings]] of groups.entries()) {
    const now = await correctionsOf(tx, place, readings);
    const pairs = readings.map((raw) => ({ before: asCorrected(known[index]!, raw), after: asCorrected(now, raw) }));
    refs.push(...(await restate(tx, { ...place, arrivedAt }, pairs, memory)));
  }
  return refs;
};

/** Events and outcomes that were written while the box did not know the time. */
const shiftOthers = async (tx: Transaction, { box, epoch }: Place, boot: number, lead: number): Promise<void> => {
  for (let after = 0; ; ) {
    const rows = await tx.query<KeptRow>(
      `SELECT seq, wall, mono, boot, clock_confirmed, is_foreign, body FROM kept_entry
       WHERE box = $1 AND epoch = $2 AND boot = $3 AND NOT clock_confirmed AND seq > $4 ORDER BY seq LIMIT ${PAGE}`,
      [box, epoch, boot, after],
    );
    for (const row of rows) {
      after = row.seq;
      const entry = keptEntry(row);
      if (entry === undefined || entry.body.kind === "reading") continue;
      const { at } = correctEntry(entry, { boot, lead }).body;
      if (at === entry.body.at) continue;
      if (entry.body.kind === "outcome")
        await tx.query(
          `UPDATE command_step SET at = to_timestamp($3::float8)
           WHERE command::text = $1 AND state = $2 AND at = to_timestamp($4::float8)`,
          [entry.body.command, entry.body.state, at / 1_000, entry.body.at / 1_000],
        );
      else
        await tx.query("UPDATE event SET at = to_timestamp($4::float8) WHERE box = $1 AND epoch = $2 AND seq = $3", [
          box,
          epoch,
          entry.seq,
          at / 1_000,
        ]);
    }
    if (rows.length < PAGE) return;
  }
};

/** The box knows the time: what it sent before is put right. Returns the assets concerned. */
export const applyClocks = async (
  tx: Transaction,
  place: Place,
  clocks: readonly Placed<ClockCorrection>[],
  memory: SeriesIds,
): Promise<readonly string[]> => {
  if (clocks.length === 0) return [];
  const former = await tx.query<{ boot: number; lead: number }>(
    "SELECT boot, lead FROM clock_correction WHERE box = $1 AND epoch = $2",
    [place.box, place.epoch],
  );
  const refs: string[] = [];
  for (const boot of await putLeads(tx, place, clocks)) {
    const { lead } = clocks.findLast(({ body }) => body.boot === boot)!.body;
    for (let after = 0; ; ) {
      const rows = await tx.query<StampedRow>(
        `SELECT ${READING_COLUMNS}, ${STAMP_COLUMNS} FROM reading
         WHERE box = $1 AND epoch = $2 AND box_boot = $3 AND NOT box_clock_confirmed AND seq > $4 ORDER BY seq LIMIT ${PAGE}`,
        [place.box, place.epoch, boot, after],
      );
      for (const [arrivedAt, readings] of byArrival(rows.map(toStored))) {
        const now = await correctionsOf(tx, place, readings);
        const old = { ...now, leads: new Map(former.map((each) => [each.boot, each.lead])) };
        const pairs = readings.map((raw) => ({ before: asCorrected(old, raw), after: asCorrected(now, raw) }));
        refs.push(...(await restate(tx, { ...place, arrivedAt }, pairs, memory)));
      }
      if (rows.length < PAGE) break;
      after = rows.at(-1)!.seq;
    }
    await shiftOthers(tx, place, boot, lead);
  }
  return refs;
};
