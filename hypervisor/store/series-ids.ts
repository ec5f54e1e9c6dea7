/**
 * The numbers of the lines of values. Known ones are remembered, so that a batch of known devices costs no look-up; new ones are
 * remembered only once their transaction is committed.
 */
import type { Reading } from "../../cloud-sync/protocol/entry.ts";
import { type SeriesKey, splitInstance } from "./content.ts";
import { forEachValue } from "./reading-rows.ts";
import type { Placed } from "./sorting.ts";
import type { Queries } from "./sql.ts";

/** About 100 MB when full; then it starts again. */
const REMEMBERED_MAX = 500_000;

export interface SeriesIds {
  /** The number of each value's series, in the order of `forEachValue`. */
  resolve(tx: Queries, box: number, readings: readonly Placed<Reading>[]): Promise<readonly number[]>;
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

/** The series of one device at one asset: by measurement, then by unit. */
type Lines = Map<string, Map<string, number>>;

/** One device at one asset of one box. */
const sourceOf = (box: number, { device, asset }: Reading): string => `${box}\0${device}\0${asset ?? ""}`;

/** Numbers by source, measurement and unit. */
class SeriesBook {
  readonly sources = new Map<string, Lines>();
  count = 0;

  linesOf(source: string): Lines {
    const found = this.sources.get(source);
    if (found !== undefined) return found;
    const lines: Lines = new Map();
    this.sources.set(source, lines);
    return lines;
  }

  put(source: string, measurement: string, unit: string, id: number): void {
    const lines = this.linesOf(source);
    const units = lines.get(measurement) ?? new Map<string, number>();
    lines.set(measurement, units);
    if (!units.has(unit)) this.count++;
    units.set(unit, id);
  }

  add(other: SeriesBook): void {
    for (const [source, lines] of other.sources)
      for (const [measurement, units] of lines) for (const [unit, id] of units) this.put(source, measurement, unit, id);
  }

  clear(): void {
    this.sources.clear();
    this.count = 0;
  }
}

interface Missing {
  readonly source: string;
  readonly measurement: string;
  readonly key: SeriesKey;
}

/** Not known yet. */
const NONE = 0;

export const rememberSeries = (): { readonly lesson: () => SeriesLesson } => {
  const remembered = new SeriesBook();
  const lesson = (): SeriesLesson => {
    const learnt = new SeriesBook();

    const look = (box: number, readings: readonly Placed<Reading>[]): { ids: number[]; missing: Missing[] } => {
      const ids: number[] = [];
      const missing: Missing[] = [];
      let last: Reading | undefined;
      let source = "";
      let [known, fresh]: (Lines | undefined)[] = [];
      forEachValue(readings, (reading, _at, { name, unit }) => {
        if (reading !== last) {
          last = reading;
          source = sourceOf(box, reading);
          known = remembered.sources.get(source);
          fresh = learnt.sources.get(source);
        }
        const id = known?.get(name)?.get(unit) ?? fresh?.get(name)?.get(unit) ?? NONE;
        ids.push(id);
        if (id === NONE) {
          const key = { asset: reading.asset ?? "", device: reading.device, ...splitInstance(name), unit };
          missing.push({ source, measurement: name, key });
        }
      });
      return { ids, missing };
    };

    const learn = async (tx: Queries, box: number, missing: readonly Missing[]): Promise<void> => {
      const distinct = new Map(missing.map((each) => [`${each.source}\0${each.measurement}\0${each.key.unit}`, each]));
      const wanted = [...distinct.values()];
      const ids = await insertMissing(
        tx,
        box,
        wanted.map(({ key }) => key),
      );
      wanted.forEach(({ source, measurement, key }, place) => {
        learnt.put(source, measurement, key.unit, ids[place]!);
      });
    };

    return {
      async resolve(tx, box, readings) {
        const first = look(box, readings);
        if (first.missing.length === 0) return first.ids;
        await learn(tx, box, first.missing);
        return look(box, readings).ids;
      },
      keep() {
        if (remembered.count + learnt.count > REMEMBERED_MAX) remembered.clear();
        remembered.add(learnt);
      },
    };
  };
  return { lesson };
};
