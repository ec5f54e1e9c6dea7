/**
 * The newest value of each quantity of each asset, and when each asset was last heard. History, which is older than what is stored,
 * costs nothing here.
 */
import type { Measurement } from "../../cloud-sync/protocol/entry.ts";
import { forEachValue, type Lot } from "./reading-rows.ts";
import type { Series } from "./series.ts";
import type { Queries } from "./sql.ts";

interface Newest {
  readonly box: number;
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
const newestOf = (lots: readonly Lot[], series: readonly Series[]): Map<Series, Newest> => {
  const bySeries = new Map<Series, Newest>();
  let index = 0;
  for (const { place, readings } of lots) {
    const { box, arrivedAt } = place;
    forEachValue(readings, ({ asset }, at, measurement) => {
      const line = series[index++]!;
      if (asset === undefined) return;
      const rankedAt = Math.min(at, arrivedAt);
      if (rankedAt < line.latestAtLeast) return;
      const other = bySeries.get(line);
      if (other === undefined || rankedAt >= other.rankedAt)
        bySeries.set(line, { box, asset, at, rankedAt, measurement });
    });
  }
  return bySeries;
};

/** Of several devices at one asset only one holds the place. */
const byQuantity = (newest: Iterable<Newest>): readonly Newest[] => {
  const places = new Map<string, Newest>();
  for (const each of newest) {
    const place = `${each.box}\0${each.asset}\0${each.measurement.name}`;
    const other = places.get(place);
    if (other === undefined || each.rankedAt >= other.rankedAt) places.set(place, each);
  }
  return [...places.values()];
};

interface Seen {
  readonly box: number;
  readonly asset: string;
  readonly at: number;
}

const seenOf = (lots: readonly Lot[]): readonly Seen[] => {
  const seen = new Map<string, Seen>();
  for (const { place, readings } of lots)
    for (const { body } of readings) {
      const { asset } = body;
      if (asset === undefined) continue;
      const at = Math.min(body.receivedAt, place.arrivedAt);
      const key = `${place.box}\0${asset}`;
      const other = seen.get(key);
      if (other === undefined || at > other.at) seen.set(key, { box: place.box, asset, at });
    }
  return [...seen.values()];
};

const seconds = (ms: number): number => ms / 1000;

const write = (tx: Queries, lines: readonly Newest[]): Promise<unknown> =>
  tx.query(
    `INSERT INTO latest (box, asset, measurement, at, ranked_at, value, unit)
     SELECT box, asset, measurement, to_timestamp(at), to_timestamp(ranked_at), value::jsonb, unit
     FROM unnest($1::int4[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::text[])
       AS newest (box, asset, measurement, at, ranked_at, value, unit)
     ON CONFLICT (box, asset, measurement) DO UPDATE
       SET at = excluded.at, ranked_at = excluded.ranked_at, value = excluded.value, unit = excluded.unit
       WHERE excluded.ranked_at >= latest.ranked_at`,
    [
      lines.map(({ box }) => box),
      lines.map(({ asset }) => asset),
      lines.map(({ measurement }) => measurement.name),
      lines.map(({ at }) => seconds(at)),
      lines.map(({ rankedAt }) => seconds(rankedAt)),
      lines.map(({ measurement }) => JSON.stringify(measurement.value)),
      lines.map(({ measurement }) => measurement.unit),
    ],
  );

/** Returns the ranks that stand now, at least. `series`: of each value, lot by lot. */
export const putLatest = async (
  tx: Queries,
  lots: readonly Lot[],
  series: readonly Series[],
): Promise<ReadonlyMap<Series, number>> => {
  const newest = newestOf(lots, series);
  if (newest.size > 0) await write(tx, byQuantity(newest.values()));
  return new Map([...newest].map(([series, { rankedAt }]) => [series, rankedAt]));
};

/** Returns the assets that were heard. */
export const putSeen = async (tx: Queries, lots: readonly Lot[]): Promise<readonly string[]> => {
  const seen = seenOf(lots);
  if (seen.length > 0)
    await tx.query(
      `INSERT INTO asset_seen (box, asset, at)
       SELECT box, asset, to_timestamp(at) FROM unnest($1::int4[], $2::text[], $3::float8[]) AS seen (box, asset, at)
       ON CONFLICT (box, asset) DO UPDATE SET at = excluded.at WHERE excluded.at > asset_seen.at`,
      [seen.map(({ box }) => box), seen.map(({ asset }) => asset), seen.map(({ at }) => seconds(at))],
    );
  return [...new Set(seen.map(({ asset }) => asset))];
};
