/**
 * The lines of values: their numbers, how new the latest value of each is, and when each asset was heard. Known ones are remembered, so
 * that a batch of known devices costs no look-up and history no comparison in the database; what is new is remembered only once its
 * transaction is committed.
 */
import { type SeriesKey, splitInstance } from "./content.ts";
import { type Heard, HeardBook } from "./heard.ts";
import type { Place, Readings, ValueRun } from "./lots.ts";
import type { Queries } from "./sql.ts";

/** About 100 MB when full; then it starts again. */
const REMEMBERED_MAX = 500_000;

/** One line of values: a quantity of a device at an asset. */
export interface Series {
  readonly id: number;
  /** The latest value of this quantity at this asset is at least as new, ms since 1970. Ranks fall only by corrections. */
  readonly latestAtLeast: number;
}

/** Readings of one box. */
export interface BoxLot {
  readonly place: Pick<Place, "box">;
  readonly readings: Pick<Readings, "runs">;
}

export interface SeriesIds {
  /** The series of each run, lot by lot. */
  resolve(tx: Queries, lots: readonly BoxLot[]): Promise<readonly Series[]>;
  /** The latest values were brought up to these ranks. */
  ranked(ranks: ReadonlyMap<Series, number>): void;
  /** The latest values of these may be older now than they were. */
  lowered(series: readonly Series[]): void;
  /** Whether this is no news of an asset: it is stored that it was heard then or later. That never falls. */
  isHeard(heard: Heard): boolean;
  /** These are stored. */
  heard(assets: readonly Heard[]): void;
}

/** What one transaction learns. `keep` is to be called after its commit. */
export interface SeriesLesson extends SeriesIds {
  keep(): void;
}

const SOURCE = "unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])";

const find = async (tx: Queries, values: readonly unknown[]): Promise<readonly (number | null)[]> => {
  const rows = await tx.query<{ id: number | null }>(
    `SELECT series.id FROM ${SOURCE} WITH ORDINALITY AS key (box, device, asset, name, instance, unit, place)
     LEFT JOIN series ON series.box = key.box AND series.device = key.device AND series.asset = key.asset
       AND series.name = key.name AND series.instance = key.instance AND series.unit = key.unit
     ORDER BY key.place`,
    values,
  );
  return rows.map(({ id }) => id);
};

/** Most are here and only forgotten by this process: they are looked for before they are made. */
const findOrInsert = async (
  tx: Queries,
  wanted: readonly Pick<Missing, "box" | "key">[],
): Promise<readonly number[]> => {
  const keys = wanted.map(({ key }) => key);
  const values = [
    wanted.map(({ box }) => box),
    keys.map(({ device }) => device),
    keys.map(({ asset }) => asset),
    keys.map(({ name }) => name),
    keys.map(({ instance }) => instance),
    keys.map(({ unit }) => unit),
  ];
  const isComplete = (ids: readonly (number | null)[]): ids is readonly number[] => !ids.includes(null);
  const here = await find(tx, values);
  if (isComplete(here)) return here;
  await tx.query(
    `INSERT INTO series (box, device, asset, name, instance, unit) SELECT * FROM ${SOURCE} ON CONFLICT DO NOTHING`,
    values,
  );
  const all = await find(tx, values);
  if (!isComplete(all)) throw new Error("a series that was inserted is not there");
  return all;
};

/** What is remembered changes in place, once a transaction is committed. */
type Ranked = { -readonly [Key in keyof Series]: Series[Key] };
type Remembered = Ranked & { readonly unit: string };

/** The series of one device at one asset by measurement: nearly always one, a device that changed its unit has several. */
type Lines = Map<string, Remembered[]>;

const lineIn = (lines: Lines | undefined, measurement: string, unit: string): Remembered | undefined => {
  const units = lines?.get(measurement);
  if (units === undefined) return undefined;
  for (const each of units) if (each.unit === unit) return each;
  return undefined;
};

/** One device at one asset of one box. */
const sourceOf = (box: number, { device, asset }: ValueRun): string => `${box}\0${device}\0${asset ?? ""}`;

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

  put(source: string, measurement: string, series: Remembered): void {
    const lines = this.linesOf(source);
    const others = lines.get(measurement)?.filter(({ unit }) => unit !== series.unit) ?? [];
    if (others.length === (lines.get(measurement)?.length ?? 0)) this.count++;
    lines.set(measurement, [...others, series]);
  }

  add(other: SeriesBook): void {
    for (const [source, lines] of other.sources)
      for (const [measurement, units] of lines) for (const series of units) this.put(source, measurement, series);
  }

  clear(): void {
    this.sources.clear();
    this.count = 0;
  }
}

interface Missing {
  readonly box: number;
  readonly source: string;
  readonly measurement: string;
  readonly key: SeriesKey;
}

/** Not known yet. */
const NONE: Series = { id: 0, latestAtLeast: Number.NEGATIVE_INFINITY };

export const rememberSeries = (): { readonly lesson: () => SeriesLesson } => {
  const remembered = new SeriesBook();
  const heardBook = new HeardBook();
  const lesson = (): SeriesLesson => {
    const learnt = new SeriesBook();
    const risen: [series: Ranked, rank: number][] = [];
    const fallen = new Set<Ranked>();
    const heardNow: Heard[] = [];

    const lookFor = ({ place: { box }, readings }: BoxLot, found: Series[], missing: Missing[]): void => {
      let last: ValueRun | undefined;
      let source = "";
      let [known, fresh]: (Lines | undefined)[] = [];
      for (const run of readings.runs) {
        const { device, asset, name, unit } = run;
        if (device !== last?.device || asset !== last.asset) {
          source = sourceOf(box, run);
          known = remembered.sources.get(source);
          fresh = learnt.sources.get(source);
        }
        last = run;
        const series = lineIn(known, name, unit) ?? lineIn(fresh, name, unit) ?? NONE;
        found.push(series);
        if (series === NONE) {
          const key = { asset: asset ?? "", device, ...splitInstance(name), unit };
          missing.push({ box, source, measurement: name, key });
        }
      }
    };

    const look = (lots: readonly BoxLot[]): { found: Series[]; missing: Missing[] } => {
      const found: Series[] = [];
      const missing: Missing[] = [];
      for (const lot of lots) lookFor(lot, found, missing);
      return { found, missing };
    };

    const learn = async (tx: Queries, missing: readonly Missing[]): Promise<void> => {
      const distinct = new Map(missing.map((each) => [`${each.source}\0${each.measurement}\0${each.key.unit}`, each]));
      const wanted = [...distinct.values()];
      const ids = await findOrInsert(tx, wanted);
      wanted.forEach(({ source, measurement, key }, place) => {
        const { unit } = key;
        learnt.put(source, measurement, { id: ids[place]!, unit, latestAtLeast: Number.NEGATIVE_INFINITY });
      });
    };

    return {
      async resolve(tx, lots) {
        const first = look(lots);
        if (first.missing.length === 0) return first.found;
        await learn(tx, first.missing);
        return look(lots).found;
      },
      ranked(ranks) {
        risen.push(...ranks);
      },
      lowered(series) {
        for (const each of series) fallen.add(each);
      },
      isHeard: (heard) => heardBook.holds(heard),
      heard(assets) {
        heardNow.push(...assets);
      },
      keep() {
        for (const series of fallen) series.latestAtLeast = Number.NEGATIVE_INFINITY;
        for (const [series, rank] of risen)
          if (!fallen.has(series)) series.latestAtLeast = Math.max(series.latestAtLeast, rank);
        if (remembered.count + learnt.count > REMEMBERED_MAX) remembered.clear();
        remembered.add(learnt);
        heardBook.add(heardNow);
      },
    };
  };
  return { lesson };
};
