/**
 * A container whose depth changed was as full as the new depth says all along: its fill is computed anew from the distances that are
 * kept. What was sent stays as it came (`reading`); the lines of values and the latest one follow. The rule is the box's
 * (device-registry/interpretation.ts); a test holds the two together.
 */
import type { RegistryChange } from "../../device-registry/words.ts";
import type { Queries } from "./sql.ts";

export interface Refill {
  readonly asset: string;
  /** By which fill was computed until now, mm. */
  readonly before: readonly number[];
  /** Undefined: it is not known any more. */
  readonly depthMm: number | undefined;
}

/** Before the replica follows them: the containers whose depth these changes change. */
export const refillsOf = async (
  tx: Queries,
  box: number,
  changes: readonly { readonly change: RegistryChange }[],
): Promise<readonly Refill[]> => {
  const told = new Map<string, (number | undefined)[]>();
  for (const { change } of changes)
    if (change.op === "put-asset" && change.asset.kind === "container")
      told.set(change.asset.ref, [...(told.get(change.asset.ref) ?? []), change.asset.attributes.depthMm]);
  if (told.size === 0) return [];
  const rows = await tx.query<{ ref: string; depth: number | null }>(
    `SELECT ref, (attributes->>'depthMm')::float8 AS depth FROM asset WHERE box = $1 AND ref = ANY($2::text[])`,
    [box, [...told.keys()]],
  );
  const stored = new Map(rows.map(({ ref, depth }) => [ref, depth ?? undefined]));
  return [...told].flatMap(([asset, depths]) => {
    const depthMm = depths.at(-1);
    // A container that is new has no former depth.
    const known = [...(stored.has(asset) ? [stored.get(asset)] : []), ...depths.slice(0, -1)];
    if (known.every((depth) => depth === depthMm)) return [];
    return [{ asset, before: known.filter((depth) => depth !== undefined), depthMm }];
  });
};

const LEVEL = (distance: string, depth: string): string =>
  `floor(100 * greatest(0::float8, 1 - ${distance} / ${depth}) + 0.5)`;
/** A sensor sits a little above the rim: so much beyond the depth still means empty. */
const FITS = (distance: string, depth: string): string => `${distance} <= ${depth} * 1.1::float8`;

const DISTANCES = `
distance AS (
  SELECT DISTINCT ON (series.device, measurement.at) series.device, measurement.at, measurement.number AS mm
  FROM series JOIN measurement ON measurement.series = series.id
  WHERE series.box = $1::int4 AND series.asset = $2 AND series.name = 'container.distance' AND series.instance = ''
    AND series.unit = 'mm'
), level AS (
  SELECT id, device FROM series
  WHERE box = $1::int4 AND asset = $2 AND name = 'container.level' AND instance = '' AND unit = '%'
)`;

/** After the batch's own readings are in. */
export const refill = async (
  tx: Queries,
  place: { readonly box: number; readonly arrivedAt: number },
  { asset, before, depthMm }: Refill,
): Promise<void> => {
  const about = [place.box, asset];
  // A level that a device reports itself is left as it is: it is not what the distance and a former depth gave.
  await tx.query(
    `WITH ${DISTANCES}
     DELETE FROM measurement USING level, distance
     WHERE measurement.series = level.id AND distance.device = level.device AND distance.at = measurement.at
       AND measurement.number IN (SELECT ${LEVEL("distance.mm", "depth")} FROM unnest($3::float8[]) AS depth)`,
    [...about, before],
  );
  const newest = `SELECT (value #>> '{}')::float8 AS mm FROM latest
                  WHERE box = $1::int4 AND asset = $2 AND measurement = 'container.distance'`;
  await tx.query(
    `DELETE FROM latest WHERE box = $1::int4 AND asset = $2 AND measurement = 'container.level'
       AND (value #>> '{}')::float8 IN (SELECT ${LEVEL("newest.mm", "depth")} FROM (${newest}) newest, unnest($3::float8[]) AS depth)`,
    [...about, before],
  );
  if (depthMm === undefined) return;
  await tx.query(
    `INSERT INTO series (box, device, asset, name, instance, unit)
     SELECT DISTINCT box, device, asset, 'container.level', '', '%' FROM series
     WHERE box = $1::int4 AND asset = $2 AND name = 'container.distance' AND instance = '' AND unit = 'mm'
     ON CONFLICT DO NOTHING`,
    about,
  );
  await tx.query(
    `WITH ${DISTANCES}
     INSERT INTO measurement (box, series, at, arrived_at, number)
     SELECT $1::int4, level.id, distance.at, to_timestamp($4::float8), ${LEVEL("distance.mm", "$3::float8")}
     FROM distance JOIN level ON level.device = distance.device
     WHERE ${FITS("distance.mm", "$3::float8")}
       AND NOT EXISTS (SELECT 1 FROM measurement other WHERE other.series = level.id AND other.at = distance.at)`,
    [...about, depthMm, place.arrivedAt / 1000],
  );
  await tx.query(
    `INSERT INTO latest (box, asset, measurement, at, ranked_at, value, unit)
     SELECT box, asset, 'container.level', at, ranked_at, to_jsonb(${LEVEL("(value #>> '{}')::float8", "$3::float8")}), '%'
     FROM latest WHERE box = $1::int4 AND asset = $2 AND measurement = 'container.distance'
       AND ${FITS("(value #>> '{}')::float8", "$3::float8")}
     ON CONFLICT DO NOTHING`,
    [...about, depthMm],
  );
};
