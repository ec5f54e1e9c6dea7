/** Values against the readings they were taken from: found missing or changed, and written anew. */
import type { Measurement, Reading, Value } from "../../cloud-sync/protocol/entry.ts";
import { forEachValue, type Lot, type Place, placedReadings } from "./lots.ts";
import { measurementRows } from "./reading-rows.ts";
import type { Series, SeriesIds } from "./series.ts";
import type { Placed } from "./sorting.ts";
import type { Queries, Transaction } from "./sql.ts";

export interface StoredReadings {
  readonly place: Place;
  readonly readings: readonly Placed<Reading>[];
}

export const lotOf = ({ place, readings }: StoredReadings): Lot => ({ place, readings: placedReadings(readings) });

const REFILLED = "container.level";

/** A fill that was computed from a distance follows the container's depth (refill.ts): what was sent of it is no measure. */
export const withoutRefilled = ({ place, readings }: StoredReadings): StoredReadings => {
  const own = ({ name }: Measurement): boolean => name !== REFILLED;
  const strip = (placed: Placed<Reading>): Placed<Reading> => {
    const { measurements, history } = placed.body;
    if (!measurements.some(({ name }) => name === "container.distance")) return placed;
    const past = history.map((each) => ({ ...each, measurements: each.measurements.filter(own) }));
    return { ...placed, body: { ...placed.body, measurements: measurements.filter(own), history: past } };
  };
  return { place, readings: readings.map(strip) };
};

const microseconds = (ms: number): number => Math.round(ms * 1_000);
const AT = "to_timestamp(0) + value.at * interval '1 microsecond'";

const timesOf = (readings: readonly Placed<Reading>[]): number[] => {
  const times: number[] = [];
  forEachValue(readings, (_reading, at) => times.push(microseconds(at)));
  return times;
};

/** The number of the reading of each value. */
const ownersOf = (readings: readonly Placed<Reading>[]): number[] =>
  readings.flatMap(({ body, seq }) => {
    const count = body.history.reduce((sum, past) => sum + past.measurements.length, body.measurements.length);
    return Array.from({ length: count }, () => seq);
  });

/** Numbers of the readings of which a value is not stored as it was sent. */
export const withoutValues = async (
  queries: Queries,
  { place, readings }: StoredReadings,
  series: readonly Series[],
): Promise<ReadonlySet<number>> => {
  if (series.length === 0) return new Set();
  const values: Value[] = [];
  forEachValue(readings, (_reading, _at, { value }) => values.push(value));
  const of = (type: "number" | "string" | "boolean") => values.map((value) => (typeof value === type ? value : null));
  const rows = await queries.query<{ nth: number }>(
    `SELECT value.nth FROM unnest($1::int4[], $2::int8[], $3::float8[], $4::text[], $5::bool[])
       WITH ORDINALITY AS value (series, at, number, word, flag, nth)
     WHERE NOT EXISTS (
       SELECT FROM measurement WHERE measurement.series = value.series AND measurement.at = ${AT}
         AND measurement.arrived_at = to_timestamp($6::float8)
         AND measurement.number IS NOT DISTINCT FROM value.number AND measurement.word IS NOT DISTINCT FROM value.word
         AND measurement.flag IS NOT DISTINCT FROM value.flag)`,
    [series.map(({ id }) => id), timesOf(readings), of("number"), of("string"), of("boolean"), place.arrivedAt / 1_000],
  );
  const owners = ownersOf(readings);
  return new Set(rows.map(({ nth }) => owners[nth - 1]!));
};

/** Takes away whatever stands at the times of these readings in their lines. */
export const clearValues = async (
  tx: Queries,
  readings: readonly Placed<Reading>[],
  series: readonly Series[],
): Promise<void> => {
  if (series.length === 0) return;
  await tx.query(
    `DELETE FROM measurement USING unnest($1::int4[], $2::int8[]) AS value (series, at)
     WHERE measurement.series = value.series AND measurement.at = ${AT}`,
    [series.map(({ id }) => id), timesOf(readings)],
  );
};

/** Each value's line and time, as a word. */
const instantsOf = (readings: readonly Placed<Reading>[]): Set<string> => {
  const instants = new Set<string>();
  forEachValue(readings, ({ device, asset = "" }, at, { name }) => instants.add(`${device} ${asset} ${name} ${at}`));
  return instants;
};

/**
 * Writes the values of the `broken` readings anew, from what is `stored`. Others that tell of the same quantity at the same instant
 * are written with them, for a line does not say of which reading a value is.
 */
export const rewriteValues = async (
  tx: Transaction,
  stored: readonly StoredReadings[],
  broken: readonly Placed<Reading>[],
  memory: SeriesIds,
): Promise<void> => {
  const instants = instantsOf(broken);
  const shares = (reading: Placed<Reading>): boolean => [...instantsOf([reading])].some((each) => instants.has(each));
  const groups = stored.map(({ place, readings }) => ({ place, readings: readings.filter(shares) }));
  const [first] = groups;
  if (first === undefined) return;
  const all = groups.flatMap(({ readings }) => readings);
  await clearValues(tx, all, await memory.resolve(tx, groups.map(lotOf)));
  for (const group of groups) {
    const lot = lotOf(group);
    const series = await memory.resolve(tx, [lot]);
    const rows = measurementRows([lot], series);
    if (series.length > 0) await tx.copy(rows.target, rows.parts);
  }
};
