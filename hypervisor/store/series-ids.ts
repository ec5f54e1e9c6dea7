/**
 * The numbers of the lines of values. Known ones are remembered, so that a batch of known devices costs no look-up; new ones are
 * remembered only once their transaction is committed.
 */
import type { SeriesKey } from "./columns.ts";
import type { Queries } from "./sql.ts";

/** About 100 MB when full; then it starts again. */
const REMEMBERED_MAX = 500_000;

const textOf = (box: number, { device, asset, name, instance, unit }: SeriesKey): string =>
  `${box}\0${device}\0${asset}\0${name}\0${instance}\0${unit}`;

export interface SeriesIds {
  /** One number for each key, in their order. */
  resolve(tx: Queries, box: number, keys: readonly SeriesKey[]): Promise<readonly number[]>;
}

/** What one transaction learns. `keep` is to be called after its commit. */
export interface SeriesLesson extends SeriesIds {
  keep(): void;
}

const insertMissing = async (tx: Queries, box: number, keys: readonly SeriesKey[]): Promise<readonly number[]> => {
  const columns = [
    keys.map(({ device }) => device),
    keys.map(({ asset }) => asset),
    keys.map(({ name }) => name),
    keys.map(({ instance }) => instance),
    keys.map(({ unit }) => unit),
  ];
  const source = "unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])";
  await tx.query(
    `INSERT INTO series (box, device, asset, name, instance, unit) SELECT $1::int4, * FROM ${source} ON CONFLICT DO NOTHING`,
    [box, ...columns],
  );
  const rows = await tx.query<{ id: number }>(
    `SELECT series.id FROM ${source} WITH ORDINALITY AS key (device, asset, name, instance, unit, place)
     JOIN series ON series.box = $1::int4 AND series.device = key.device AND series.asset = key.asset
       AND series.name = key.name AND series.instance = key.instance AND series.unit = key.unit
     ORDER BY key.place`,
    [box, ...columns],
  );
  return rows.map(({ id }) => id);
};

export const rememberSeries = (): { readonly lesson: () => SeriesLesson } => {
  const remembered = new Map<string, number>();
  const lesson = (): SeriesLesson => {
    const learnt = new Map<string, number>();
    return {
      async resolve(tx, box, keys) {
        const texts = keys.map((key) => textOf(box, key));
        const missing = new Map<string, SeriesKey>();
        texts.forEach((text, place) => {
          if (!remembered.has(text) && !learnt.has(text)) missing.set(text, keys[place]!);
        });
        if (missing.size > 0) {
          const ids = await insertMissing(tx, box, [...missing.values()]);
          [...missing.keys()].forEach((text, place) => {
            learnt.set(text, ids[place]!);
          });
        }
        return texts.map((text) => (remembered.get(text) ?? learnt.get(text))!);
      },
      keep() {
        if (remembered.size + learnt.size > REMEMBERED_MAX) remembered.clear();
        for (const [text, id] of learnt) remembered.set(text, id);
      },
    };
  };
  return { lesson };
};
