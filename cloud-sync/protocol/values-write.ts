/** Values into the pools of batch.proto: shape after shape, column after column. */
import type { Measurement, Value } from "./entry.ts";
import type { Readings } from "./generated/batch_pb.ts";
import { isSmall } from "./numbers.ts";
import { stepKindOf, toSteps } from "./steps.ts";
import type { StringTable } from "./strings.ts";

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

/** Names, units and types of measurements that appear together, and the values of all that have this shape. */
export class Shape {
  readonly index: number;
  readonly columns: readonly Column[];
  /** Numbers of lines; differences run within each of these. */
  readonly runs: (readonly number[])[] = [];
  /** Line after line. */
  private readonly values: Value[] = [];
  private lines = 0;

  constructor(index: number, measurements: Measurements) {
    this.index = index;
    this.columns = measurements.map(({ name, unit, value }) => ({ name, unit, type: typeof value }));
  }

  isOf(measurements: Measurements): boolean {
    const { columns } = this;
    if (columns.length !== measurements.length) return false;
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at]!;
      const { name, unit, value } = measurements[at]!;
      if (column.name !== name || column.unit !== unit || column.type !== typeof value) return false;
    }
    return true;
  }

  /** The number of the new line. */
  add(measurements: Measurements): number {
    for (let at = 0; at < measurements.length; at++) this.values.push(measurements[at]!.value);
    return this.lines++;
  }

  /** The values of a column, one list for each run. */
  column(column: number): Value[][] {
    const { values, runs } = this;
    const width = this.columns.length;
    return runs.map((lines) => lines.map((line) => values[line * width + column]!));
  }
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
}

export function createShapes(): Shapes {
  const all: Shape[] = [];
  const byKey = new Map<string, Shape>();
  return {
    all,
    of(measurements) {
      const key = shapeKey(measurements);
      const known = byKey.get(key);
      if (known !== undefined) return known;
      const shape = new Shape(all.length, measurements);
      all.push(shape);
      byKey.set(key, shape);
      return shape;
    },
  };
}

/** The kind of steps that might keep every value exactly, or undefined. */
function commonKind(runs: readonly (readonly number[])[]): number | undefined {
  let kind = 0;
  for (const run of runs) {
    for (const value of run) {
      if (toSteps(value, kind) !== undefined) continue;
      const needed = stepKindOf(value);
      if (needed === undefined) return undefined;
      kind = Math.max(kind, needed);
    }
  }
  return kind;
}

/** First differences within each run; undefined where that kind does not keep every value. */
function differencesOf(runs: readonly (readonly number[])[], kind: number): number[] | undefined {
  const differences: number[] = [];
  for (const run of runs) {
    let previous = 0;
    for (const value of run) {
      const steps = toSteps(value, kind);
      if (steps === undefined) return undefined;
      differences.push(steps - previous);
      previous = steps;
    }
  }
  return differences;
}

function writeNumbersColumn(out: Readings, runs: readonly (readonly number[])[]): number {
  const kind = commonKind(runs);
  const differences = kind === undefined ? undefined : differencesOf(runs, kind);
  if (kind === undefined || differences === undefined) {
    for (const run of runs) for (const value of run) out.exact.push(value);
    return KIND_EXACT;
  }
  if (differences.every(isSmall)) {
    for (const difference of differences) out.small.push(difference);
    return kind;
  }
  for (const difference of differences) out.large.push(BigInt(difference));
  return kind + KIND_LARGE;
}

function writeColumn(out: Readings, shape: Shape, column: number): number {
  const { type } = shape.columns[column]!;
  const runs = shape.column(column);
  if (type === "number") return writeNumbersColumn(out, runs as number[][]);
  for (const run of runs) {
    for (const value of run) {
      if (type === "boolean") out.truth.push(value === true);
      else out.text.push(String(value));
    }
  }
  return type === "boolean" ? KIND_TRUTH : KIND_TEXT;
}

export function writeValues(out: Readings, table: StringTable, shapes: readonly Shape[]): void {
  for (const shape of shapes) {
    out.shapeColumns.push(shape.columns.length);
    shape.columns.forEach(({ name, unit }, column) => {
      out.columnName.push(table.index(name));
      out.columnUnit.push(table.index(unit));
      out.columnKind.push(writeColumn(out, shape, column));
    });
  }
}
