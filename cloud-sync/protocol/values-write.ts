/** Values into the pools of batch.proto: shape after shape, column after column. */
import { ByteWriter } from "./bytes.ts";
import type { Measurement, Value } from "./entry.ts";
import { ReadingsSchema } from "./generated/batch_pb.ts";
import { NumberColumn } from "./number-column.ts";
import type { Label } from "./plain-reading.ts";
import { stepKindOf, toSteps } from "./steps.ts";
import type { StringTable } from "./strings.ts";
import { areSmall, writeCounts, writeFilled, writeTexts } from "./wire-write.ts";

/** Column kinds beyond those of steps.ts. */
export const KIND_LARGE = 16;
export const KIND_EXACT = 32;
export const KIND_TRUTH = 33;
export const KIND_TEXT = 34;

type Measurements = readonly Measurement[];

interface Column {
  readonly name: string;
  readonly unit: string;
  readonly type: string;
}

/** Names, units and types of measurements that appear together. */
export interface Shape {
  readonly index: number;
  readonly columns: readonly Column[];
  /** Numbers of the lines that have this shape; differences run within each of these. */
  readonly runs: ArrayLike<number>[];
}

/** Whether it has these names, units and types. */
export function isShapeOf({ columns }: Shape, measurements: Measurements): boolean {
  if (columns.length !== measurements.length) return false;
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at]!;
    const { name, unit, value } = measurements[at]!;
    if (column.name !== name || column.unit !== unit || column.type !== typeof value) return false;
  }
  return true;
}

/** Whether it has the types of these values, one for each column. */
export function keeps({ columns }: Shape, values: readonly Value[]): boolean {
  for (let at = 0; at < columns.length; at++) if (columns[at]!.type !== typeof values[at]) return false;
  return true;
}

const shapeKey = (measurements: Measurements): string => {
  let key = "";
  for (const { name, unit, value } of measurements) key += `${name}\u0000${unit}\u0000${typeof value}\u0001`;
  return key;
};

export interface Shapes {
  readonly all: readonly Shape[];
  /** Finds or makes the shape of measurements. */
  of(measurements: Measurements): Shape;
  /** The same of measurements in parts. */
  ofParts(labels: readonly Label[], values: readonly Value[]): Shape;
}

export function createShapes(): Shapes {
  const all: Shape[] = [];
  const byKey = new Map<string, Shape>();
  /** What came last with these labels. */
  const byLabels = new Map<readonly Label[], Shape>();
  function of(measurements: Measurements): Shape {
    const key = shapeKey(measurements);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const columns = measurements.map(({ name, unit, value }) => ({ name, unit, type: typeof value }));
    const shape: Shape = { index: all.length, columns, runs: [] };
    all.push(shape);
    byKey.set(key, shape);
    return shape;
  }
  return {
    all,
    of,
    ofParts(labels, values) {
      const known = byLabels.get(labels);
      if (known !== undefined && keeps(known, values)) return known;
      const shape = of(labels.map(({ name, unit }, index) => ({ name, value: values[index]!, unit })));
      byLabels.set(labels, shape);
      return shape;
    },
  };
}

/** The values of all lines, line after line: of a truth 1 or 0, of a text its number among the texts. */
export class Lines {
  private readonly starts = new NumberColumn();
  private readonly pool = new NumberColumn();
  private texts: string[] = [];

  clear(): void {
    this.starts.length = 0;
    this.pool.length = 0;
    this.texts = [];
  }

  /** The number of the new line. */
  add(measurements: Measurements): number {
    const line = this.begin();
    for (let at = 0; at < measurements.length; at++) this.push(measurements[at]!.value);
    return line;
  }

  /** The same, of the first so many values. */
  addValues(values: readonly Value[], count: number): number {
    const line = this.begin();
    for (let at = 0; at < count; at++) this.push(values[at]!);
    return line;
  }

  /** How one column of a line is kept. */
  valueAt(line: number, column: number): number {
    return this.pool.values[this.starts.values[line]! + column]!;
  }

  textAt(line: number, column: number): string {
    return this.texts[this.valueAt(line, column)]!;
  }

  private begin(): number {
    this.starts.push(this.pool.length);
    return this.starts.length - 1;
  }

  private push(value: Value): void {
    if (typeof value === "number") this.pool.push(value);
    else if (typeof value === "boolean") this.pool.push(value ? 1 : 0);
    else this.pool.push(this.texts.push(value) - 1);
  }
}

/** The kind of steps that might keep every value exactly, or undefined. */
function commonKind({ values, length }: NumberColumn): number | undefined {
  let kind = 0;
  for (let at = 0; at < length; at++) {
    const value = values[at]!;
    if (toSteps(value, kind) !== undefined) continue;
    const needed = stepKindOf(value);
    if (needed === undefined) return undefined;
    kind = Math.max(kind, needed);
  }
  return kind;
}

/** The pools, and what they are filled by. */
export class ValueWriter {
  private readonly small = new ByteWriter();
  private readonly large = new ByteWriter();
  private readonly exact = new ByteWriter();
  private readonly truth = new ByteWriter();
  private text: string[] = [];
  /** One column, run after run. */
  private readonly column = new NumberColumn();
  private readonly differences = new NumberColumn();

  write(out: ByteWriter, table: StringTable, shapes: readonly Shape[], lines: Lines): void {
    for (const pool of [this.small, this.large, this.exact, this.truth]) pool.length = 0;
    this.text = [];
    const columns = shapes.flatMap((shape) => shape.columns);
    const kinds = shapes.flatMap(({ columns: each, runs }) =>
      each.map(({ type }, column) => this.writeColumn(lines, column, type, runs)),
    );
    const { field } = ReadingsSchema;
    writeCounts(
      out,
      field.shapeColumns,
      shapes.map((shape) => shape.columns.length),
    );
    writeCounts(
      out,
      field.columnName,
      columns.map(({ name }) => table.index(name)),
    );
    writeCounts(
      out,
      field.columnUnit,
      columns.map(({ unit }) => table.index(unit)),
    );
    writeCounts(out, field.columnKind, kinds);
    for (const pool of ["small", "large", "exact", "truth"] as const)
      writeFilled(out, field[pool], this[pool].written());
    writeTexts(out, field.text, this.text);
  }

  /** Its kind. */
  private writeColumn(lines: Lines, column: number, type: string, runs: Shape["runs"]): number {
    if (type === "string") {
      for (const run of runs) for (let at = 0; at < run.length; at++) this.text.push(lines.textAt(run[at]!, column));
      return KIND_TEXT;
    }
    this.gather(lines, column, runs);
    const { values, length } = this.column;
    if (type === "number") return this.writeNumbers(runs);
    for (let at = 0; at < length; at++) this.truth.u8(values[at]!);
    return KIND_TRUTH;
  }

  private gather(lines: Lines, column: number, runs: Shape["runs"]): void {
    this.column.length = 0;
    for (const run of runs) for (let at = 0; at < run.length; at++) this.column.push(lines.valueAt(run[at]!, column));
  }

  private writeNumbers(runs: Shape["runs"]): number {
    const kind = commonKind(this.column);
    if (kind === undefined || !this.subtract(runs, kind)) {
      const { values, length } = this.column;
      for (let at = 0; at < length; at++) this.exact.f64(values[at]!);
      return KIND_EXACT;
    }
    const { values, length } = this.differences;
    const fit = areSmall(values, length);
    const pool = fit ? this.small : this.large;
    for (let at = 0; at < length; at++) pool.zigzag(values[at]!);
    return fit ? kind : kind + KIND_LARGE;
  }

  /** First differences within each run; false where that kind does not keep every value. */
  private subtract(runs: Shape["runs"], kind: number): boolean {
    const { values } = this.column;
    this.differences.length = 0;
    let at = 0;
    for (const { length } of runs) {
      let previous = 0;
      for (const end = at + length; at < end; at++) {
        const steps = toSteps(values[at]!, kind);
        if (steps === undefined) return false;
        this.differences.push(steps - previous);
        previous = steps;
      }
    }
    return true;
  }
}
