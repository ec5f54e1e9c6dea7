/** The readings of a batch as they came in columns: rows are made of them without an object for each, or for each value. */
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { Entry, Reading, Value } from "../../cloud-sync/protocol/entry.ts";
import type { EntryTable } from "../../cloud-sync/protocol/entry-table.ts";
import type { PlainReading, Source } from "../../cloud-sync/protocol/plain-reading.ts";
import type { ReadingTable, TableSeries } from "../../cloud-sync/protocol/reading-table.ts";
import type { CorrectionSpan } from "./corrections.ts";
import type { Readings, ValueRun } from "./lots.ts";
import type { Placed } from "./sorting.ts";
import { areAllServed, isStorableTable } from "./storable-table.ts";

const greatest = (column: ArrayLike<number>, from: number, to: number): number => {
  let most = Number.NEGATIVE_INFINITY;
  for (let index = from; index < to; index++) most = Math.max(most, column[index]!);
  return most;
};

const runsOf = ({ columns }: ReadingTable, series: TableSeries, ranks: Float64Array): ValueRun[] => {
  const { source, shape, from, to, line } = series;
  const { device, asset } = source;
  const newestAt = greatest(columns.at, from, to);
  const [count, ats] = [to - from, columns.at];
  // Spreading what all have in common would cost more than the run itself.
  return shape.labels.map(({ name, unit }, column) => ({
    device,
    asset,
    name,
    unit,
    count,
    values: shape.columns[column]!,
    valuesFrom: line,
    ats,
    atsFrom: from,
    ranks,
    newestAt,
  }));
};

type History = Reading["history"];

const areDistinct = (items: readonly unknown[]): boolean => new Set(items).size === items.length;

/** Nothing is told twice of one moment: then the order of the values says nothing. */
const isOrderless = (history: History): boolean =>
  areDistinct(history.map(({ at }) => at)) &&
  history.every(({ measurements }) => areDistinct(measurements.map(({ name }) => name)));

/** What one reading tells of older times, quantity by quantity where it can be, else value by value. */
const olderRunsOf = (history: History, { device, asset }: Source, rank: number): ValueRun[] => {
  const lines = new Map<string | number, { name: string; unit: string; ats: number[]; values: Value[] }>();
  const isByQuantity = isOrderless(history);
  for (const { at, measurements } of history)
    for (const { name, value, unit } of measurements) {
      const key = isByQuantity ? `${name}\0${unit}` : lines.size;
      const line = lines.get(key) ?? { name, unit, ats: [], values: [] };
      lines.set(key, line);
      line.ats.push(at);
      line.values.push(value);
    }
  return [...lines.values()].map((line) => {
    const count = line.ats.length;
    const ranks = new Array<number>(count).fill(rank);
    const { name, unit, values, ats } = line;
    const newestAt = greatest(ats, 0, count);
    return { device, asset, name, unit, count, values, valuesFrom: 0, ats, atsFrom: 0, ranks, newestAt };
  });
};

const olderRuns = (readings: ReadingTable, ranks: Float64Array): ValueRun[] =>
  [...readings.columns.extras].flatMap(([index, { history }]) =>
    olderRunsOf(history, readings.sourceOf(index), ranks[index]!),
  );

/** All readings of a batch, as they came. */
export class WholeTable {
  private readonly table: EntryTable;
  private readonly columns: ReadingTable;
  /** In order of seq. */
  private readonly positions: Uint32Array;
  readonly readings: Readings;

  constructor(table: EntryTable, readings: ReadingTable) {
    this.table = table;
    this.columns = readings;
    this.positions = Uint32Array.from(readings.columns.position).sort();
    this.readings = this.inLines();
  }

  /** Whether all of them are of these communes. */
  isServed(communes: readonly string[]): boolean {
    return areAllServed(this.columns, communes);
  }

  private inLines(): Readings {
    const { table, columns, positions } = this;
    const { series, receivedAt, position } = columns.columns;
    const ranks = Float64Array.from(position, (each) => table.seqAt(each));
    return {
      count: positions.length,
      at: (index) => table.at(positions[index]!) as PlainReading | Placed<Reading>,
      // Of two values of one moment in one reading its own stands, not what it tells of older times.
      runs: [...olderRuns(columns, ranks), ...series.flatMap((each) => runsOf(columns, each, ranks))],
      heard: series.flatMap((each) => {
        const { asset } = each.source;
        return asset === undefined ? [] : [{ asset, at: greatest(receivedAt, each.from, each.to) }];
      }),
    };
  }

  /** As objects of their own, in order of seq. */
  placed(): Placed<Reading>[] {
    return Array.from(this.positions, (position) => this.table.link(position) as Placed<Reading>);
  }

  /** The entries of the batch that are not among these readings. */
  others(): Entry[] {
    return [...this.table.columns.others.keys()].flatMap((position) => {
      const link = this.table.link(position);
      return "body" in link ? [link] : [];
    });
  }

  span(): CorrectionSpan {
    const { table, positions } = this;
    const { boots, clocks } = table.columns.stamps;
    const unknown = positions.filter((position) => clocks[position] === "unknown");
    return {
      from: table.seqAt(positions[0]!),
      to: table.seqAt(positions.at(-1)!),
      boots: new Set(Array.from(unknown, (position) => boots[position]!)),
    };
  }
}

const looked = new WeakMap<EntryTable, WholeTable | undefined>();

/**
 * Finds out of a batch what can be told without the database, if that was not done before: while the one before it is under way it
 * costs nobody's time. Undefined where each entry is to be looked at.
 */
export const lookThrough = ({ table }: DecodedBatch): WholeTable | undefined => {
  const readings = table?.columns.readings;
  if (table === undefined || readings === undefined || readings.count === 0) return undefined;
  if (looked.has(table)) return looked.get(table);
  const whole = isStorableTable(table, readings) ? new WholeTable(table, readings) : undefined;
  looked.set(table, whole);
  return whole;
};

/**
 * The readings of a batch that came as a table and can all be stored as they stand; undefined where each entry is to be looked at.
 *
 * @param communes those the box serves
 */
export const wholeTable = (batch: DecodedBatch, communes: readonly string[]): WholeTable | undefined => {
  const whole = lookThrough(batch);
  return whole?.isServed(communes) === true ? whole : undefined;
};
