/**
 * The newest value of each quantity of each asset, and when each asset was last heard. History, which is older than what is stored,
 * costs nothing here.
 */
import type { Value } from "../../cloud-sync/protocol/entry.ts";
import type { Heard } from "./heard.ts";
import type { Lot, Place, ValueRun } from "./lots.ts";
import type { Series, SeriesIds } from "./series.ts";
import type { Queries } from "./sql.ts";

interface Newest {
  readonly box: number;
  readonly asset: string;
  readonly at: number;
  /** `at`, but never later than the arrival: a clock in the future must not hold the place for years. */
  readonly rankedAt: number;
  /** Among equal times, and among equal ranks. */
  readonly rank: number;
  readonly order: number;
  readonly run: ValueRun;
  readonly value: Value;
}

/** Of a run that is not all older than what is stored. */
const newestIn = ({ box, arrivedAt }: Place, asset: string, run: ValueRun, order: number): Newest => {
  const { ats, atsFrom, ranks, count } = run;
  let [best, rankedAt] = [0, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < count; index++) {
    const time = Math.min(ats[atsFrom + index]!, arrivedAt);
    if (time < rankedAt || (time === rankedAt && ranks[atsFrom + index]! < ranks[atsFrom + best]!)) continue;
    [best, rankedAt] = [index, time];
  }
  const value = run.values[run.valuesFrom + best]!;
  return { box, asset, at: ats[atsFrom + best]!, rankedAt, rank: ranks[atsFrom + best]!, order, run, value };
};

/** Of two of one box. */
const isNewer = (one: Newest, other: Newest): boolean => {
  if (one.rankedAt !== other.rankedAt) return one.rankedAt > other.rankedAt;
  return one.rank === other.rank ? one.order > other.order : one.rank > other.rank;
};

/**
 * The newest value of each quantity of each asset that is not known to be older than what is stored. Equal times: the later in the
 * journal. `series`: of each run, lot by lot.
 */
const newestOf = (lots: readonly Lot[], series: readonly Series[]): Map<Series, Newest> => {
  const bySeries = new Map<Series, Newest>();
  let index = 0;
  for (const { place, readings } of lots)
    for (const run of readings.runs) {
      const order = index++;
      const line = series[order]!;
      if (run.asset === undefined || Math.min(run.newestAt, place.arrivedAt) < line.latestAtLeast) continue;
      const newest = newestIn(place, run.asset, run, order);
      const other = bySeries.get(line);
      if (other === undefined || isNewer(newest, other)) bySeries.set(line, newest);
    }
  return bySeries;
};

/** Of several devices at one asset only one holds the place. */
const byQuantity = (newest: Iterable<Newest>): readonly Newest[] => {
  const places = new Map<string, Newest>();
  for (const each of newest) {
    const place = `${each.box}\0${each.asset}\0${each.run.name}`;
    const other = places.get(place);
    if (other === undefined || isNewer(each, other)) places.set(place, each);
  }
  return [...places.values()];
};

const heardIn = (lots: readonly Lot[]): readonly Heard[] => {
  const all = new Map<string, Heard>();
  for (const { place, readings } of lots)
    for (const heard of readings.heard) {
      const { asset } = heard;
      const at = Math.min(heard.at, place.arrivedAt);
      const key = `${place.box}\0${asset}`;
      const other = all.get(key);
      if (other === undefined || at > other.at) all.set(key, { box: place.box, asset, at });
    }
  return [...all.values()];
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
      lines.map(({ run }) => run.name),
      lines.map(({ at }) => seconds(at)),
      lines.map(({ rankedAt }) => seconds(rankedAt)),
      lines.map(({ value }) => JSON.stringify(value)),
      lines.map(({ run }) => run.unit),
    ],
  );

/** Returns the ranks that stand now, at least. `series`: of each run, lot by lot. */
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
export const putSeen = async (
  tx: Queries,
  lots: readonly Lot[],
  memory: Pick<SeriesIds, "isHeard" | "heard">,
): Promise<readonly string[]> => {
  const all = heardIn(lots);
  const news = all.filter((heard) => !memory.isHeard(heard));
  if (news.length > 0)
    await tx.query(
      `INSERT INTO asset_seen (box, asset, at)
       SELECT box, asset, to_timestamp(at) FROM unnest($1::int4[], $2::text[], $3::float8[]) AS seen (box, asset, at)
       ON CONFLICT (box, asset) DO UPDATE SET at = excluded.at WHERE excluded.at > asset_seen.at`,
      [news.map(({ box }) => box), news.map(({ asset }) => asset), news.map(({ at }) => seconds(at))],
    );
  memory.heard(news);
  return [...new Set(all.map(({ asset }) => asset))];
};
