/**
 * The newest value of each quantity of each asset, and when each asset was last heard. History, which is older than what is stored,
 * costs nothing here.
 */
import type { Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import { forEachValue } from "./reading-rows.ts";
import type { Series } from "./series.ts";
import type { Placed } from "./sorting.ts";
import type { Queries } from "./sql.ts";

interface Newest {
  readonly asset: string;
  readonly at: number;
  /** `at`, but never later than the arrival: a clock in the future must not hold the place for years. */
  readonly rankedAt: number;
  readonly measurement: Measurement;
}

/**
 * The newest value of each quantity of each asset that is not known to be older than what is stored. Equal times: the later in the
 * journal. `series`: of each value, in the order of `forEachValue`.
 */
const newestOf = (
  readings: readonly Placed<Reading>[],
  series: readonly Series[],
  arrivedAt: number,
): Map<Series, Newest> => {
  const bySeries = new Map<Series, Newest>();
  let index = 0;
  forEachValue(readings, ({ asset }, at, measurement) => {
    const line = series[index++]!;
    if (asset === undefined) return;
    const rankedAt = Math.min(at, arrivedAt);
    if (rankedAt < line.latestAtLeast) return;
    const other = bySeries.get(line);
    if (other === undefined || rankedAt >= other.rankedAt) bySeries.set(line, { asset, at, rankedAt, measurement });
  });
  return bySeries;
};

/** Of several devices at one asset only one holds the place. */
const byQuantity = (newest: Iterable<Newest>): readonly Newest[] => {
  const places = new Map<string, Newest>();
  for (const each of newest) {
    const place = `${each.asset}\0${each.measurement.name}`;
    const other = places.get(place);
    if (other === undefined || each.rankedAt >= other.rankedAt) places.set(place, each);
  }
  return [...places.values()];
};

const seenOf = (readings: readonly Placed<Reading>[], arrivedAt: number): Map<string, number> => {
  const seen = new Map<string, number>();
  for (const { body } of readings) {
    if (body.asset === undefined) continue;
    const at = Math.min(body.receivedAt, arrivedAt);
    seen.set(body.asset, Math.max(seen.get(body.asset) ?? at, at));
  }
  return seen;
};

const seconds = (ms: number): number => ms / 1000;

const write = (tx: Queries, box: number, lines: readonly Newest[]): Promise<unknown> =>
  tx.query(
    `INSERT INTO latest (box, asset, measurement, at, ranked_at, value, unit)
     SELECT $1::int4, asset, measurement, to_timestamp(at), to_timestamp(ranked_at), value::jsonb, unit
     FROM unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::text[])
       AS newest (asset, measurement, at, ranked_at, value, unit)
     ON CONFLICT (box, asset, measurement) DO UPDATE
       SET at = excluded.at, ranked_at = excluded.ranked_at, value = excluded.value, unit = excluded.unit
       WHERE excluded.ranked_at >= latest.ranked_at`,
    [
      box,
      lines.map(({ asset }) => asset),
      lines.map(({ measurement }) => measurement.name),
      lines.map(({ at }) => seconds(at)),
      lines.map(({ rankedAt }) => seconds(rankedAt)),
      lines.map(({ measurement }) => JSON.stringify(measurement.value)),
      lines.map(({ measurement }) => measurement.unit),
    ],
  );

/** Returns the ranks that stand now, at least. */
export const putLatest = async (
  tx: Queries,
  box: number,
  batch: {
    readonly readings: readonly Placed<Reading>[];
    readonly series: readonly Series[];
    readonly arrivedAt: number;
  },
): Promise<ReadonlyMap<Series, number>> => {
  const newest = newestOf(batch.readings, batch.series, batch.arrivedAt);
  if (newest.size > 0) await write(tx, box, byQuantity(newest.values()));
  return new Map([...newest].map(([series, { rankedAt }]) => [series, rankedAt]));
};

/** Returns the assets that were heard. */
export const putSeen = async (
  tx: Queries,
  box: number,
  readings: readonly Placed<Reading>[],
  arrivedAt: number,
): Promise<readonly string[]> => {
  const seen = seenOf(readings, arrivedAt);
  if (seen.size > 0)
    await tx.query(
      `INSERT INTO asset_seen (box, asset, at)
       SELECT $1::int4, asset, to_timestamp(at) FROM unnest($2::text[], $3::float8[]) AS seen (asset, at)
       ON CONFLICT (box, asset) DO UPDATE SET at = excluded.at WHERE excluded.at > asset_seen.at`,
      [box, [...seen.keys()], [...seen.values()].map(seconds)],
    );
  return [...seen.keys()];
};
