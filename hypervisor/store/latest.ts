/**
 * The newest value of each quantity of each asset, and when each asset was last heard. How new the stored values are is remembered,
 * so that history, which is older, costs nothing here.
 */
import type { Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import { forEachValue } from "./reading-rows.ts";
import type { Placed } from "./sorting.ts";
import type { Queries } from "./sql.ts";

/** About 50 MB when full; then it starts again. */
const REMEMBERED_MAX = 500_000;

interface Newest {
  readonly at: number;
  /** `at`, but never later than the arrival. */
  readonly rankedAt: number;
  readonly measurement: Measurement;
}

type ByMeasurement<T> = Map<string, T>;

/** By asset, then by measurement. */
type ByAsset<T> = Map<string, ByMeasurement<T>>;

const innerOf = <T>(outer: ByAsset<T>, asset: string): ByMeasurement<T> => {
  const found = outer.get(asset);
  if (found !== undefined) return found;
  const inner: ByMeasurement<T> = new Map();
  outer.set(asset, inner);
  return inner;
};

/** Equal times: the later in the journal. */
const newestOf = (readings: readonly Placed<Reading>[], arrivedAt: number): ByAsset<Newest> => {
  const newest: ByAsset<Newest> = new Map();
  let [asset, held]: [string?, ByMeasurement<Newest>?] = [];
  forEachValue(readings, (reading, at, measurement) => {
    if (reading.asset === undefined) return;
    if (reading.asset !== asset) {
      asset = reading.asset;
      held = innerOf(newest, asset);
    }
    const rankedAt = Math.min(at, arrivedAt);
    const other = held!.get(measurement.name);
    if (other === undefined || rankedAt >= other.rankedAt) held!.set(measurement.name, { at, rankedAt, measurement });
  });
  return newest;
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

type Line = Newest & { readonly asset: string };

const putLatest = async (tx: Queries, box: number, lines: readonly Line[]): Promise<void> => {
  if (lines.length === 0) return;
  await tx.query(
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
};

const putSeen = async (tx: Queries, box: number, seen: ReadonlyMap<string, number>): Promise<void> => {
  if (seen.size === 0) return;
  await tx.query(
    `INSERT INTO asset_seen (box, asset, at)
     SELECT $1::int4, asset, to_timestamp(at) FROM unnest($2::text[], $3::float8[]) AS seen (asset, at)
     ON CONFLICT (box, asset) DO UPDATE SET at = excluded.at WHERE excluded.at > asset_seen.at`,
    [box, [...seen.keys()], [...seen.values()].map(seconds)],
  );
};

export interface LatestState {
  /** Returns the assets that were heard. */
  put(tx: Queries, box: number, readings: readonly Placed<Reading>[], arrivedAt: number): Promise<readonly string[]>;
}

/** What one transaction learns. `keep` is to be called after its commit. */
export interface LatestLesson extends LatestState {
  keep(): void;
}

/** Rank by measurement, and under this name when the asset was seen. */
const SEEN = "\0seen";

export const rememberLatest = (): { readonly lesson: () => LatestLesson } => {
  /** No rank ever falls, so one that was committed is a floor for what is stored. */
  const floor: ByAsset<number> = new Map();
  let count = 0;
  const raise = (place: string, name: string, rank: number): void => {
    const ranks = innerOf(floor, place);
    const known = ranks.get(name);
    if (known === undefined) count++;
    if (known === undefined || rank > known) ranks.set(name, rank);
  };
  const lesson = (): LatestLesson => {
    const learnt: [place: string, name: string, rank: number][] = [];
    return {
      async put(tx, box, readings, arrivedAt) {
        const lines: Line[] = [];
        for (const [asset, held] of newestOf(readings, arrivedAt)) {
          const place = `${box}\0${asset}`;
          const known = floor.get(place);
          for (const [name, newest] of held) {
            if (newest.rankedAt < (known?.get(name) ?? Number.NEGATIVE_INFINITY)) continue;
            lines.push({ ...newest, asset });
            learnt.push([place, name, newest.rankedAt]);
          }
        }
        await putLatest(tx, box, lines);
        const seen = seenOf(readings, arrivedAt);
        const news = new Map<string, number>();
        for (const [asset, at] of seen) {
          const place = `${box}\0${asset}`;
          if (at <= (floor.get(place)?.get(SEEN) ?? Number.NEGATIVE_INFINITY)) continue;
          news.set(asset, at);
          learnt.push([place, SEEN, at]);
        }
        await putSeen(tx, box, news);
        return [...seen.keys()];
      },
      keep() {
        if (count + learnt.length > REMEMBERED_MAX) {
          floor.clear();
          count = 0;
        }
        for (const each of learnt) raise(...each);
      },
    };
  };
  return { lesson };
};
