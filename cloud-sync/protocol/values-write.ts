/** Values into the pools of batch.proto: shape after shape, column after column. */
import type { Measurement, Value } from "./entry.ts";
import type { Readings } from "./generated/batch_pb.ts";
import { isSmall } from "./numbers.ts";
import type { Label } from "./plain-reading.ts";
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
  /** Line after line. */
  readonly values: Value[];
}

/** Names, units and types of measurements that appear together, and the values of all that have this shape. */
export class Shape {
  readonly index: number;
  readonly columns: readonly Column[];
  /** Numbers of lines; differences run within each of these. */
  readonly runs: (readonly number[])[] = [];
  private lines = 0;

  constructor(index: number, measurements: Measurements) {
    this.index = index;
    this.columns = measurements.map(({ name, unit, value }) => ({ name, unit, type: typeof value, values: [] }));
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

  /** Whether it has the types of these values, one for each column. */
  keeps(values: readonly Value[]): boolean {
    const { columns } = this;
    for (let at = 0; at < columns.length; at++) if (columns[at]!.type !== typeof values[at]) return false;
    return true;
  }

  /** The number of the new line. */
  add(measurements: Measurements): number {
    for (let at = 0; at < measurements.length; at++) this.columns[at]!.values.push(measurements[at]!.value);
    return this.lines++;
  }

  /** The same, of values alone: one for each column. */
  addValues(values: readonly Value[]): number {
    const { columns } = this;
    for (let at = 0; at < columns.length; at++) columns[at]!.values.push(values[at]!);
    return this.lines++;
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
    const shape = new Shape(all.length, measurements);
    all.push(shape);
    byKey.set(key, shape);
    return shape;
  }
  return {
    all,
    of,
    ofParts(labels, values) {
      const known = byLabels.get(labels);
      if (known?.keeps(values)) return known;
      const shape = of(labels.map(({ name, unit }, index) => ({ name, value: values[index]!, unit })));
      byLabels.set(labels, shape);
      return shape;
    },
  };
}

type Runs = readonly (readonly number[])[];

/** The kind of steps that might keep every value exactly, or undefined. */
function commonKind(values: readonly number[]): number | undefined {
  let kind = 0;
  for (let line = 0; line < values.length; line++) {
    const value = values[line]!;
    if (toSteps(value, kind) !== undefined) continue;
    const needed = stepKindOf(value);
    if (needed === undefined) return undefined;
    kind = Math.max(kind, needed);
  }
  return kind;
}

/** First differences within each run; undefined where that kind does not keep every value. */
function differencesOf(values: readonly number[], runs: Runs, kind: number): number[] | undefined {
  const differences: number[] = [];
  for (const run of runs) {
    let previous = 0;
    for (let at = 0; at < run.length; at++) {
      const steps = toSteps(values[run[at]!]!, kind);
      if (steps === undefined) return undefined;
      differences.push(steps - previous);
      previous = steps;
    }
  }
  return differences;
}

function writeNumbersColumn(out: Readings, values: readonly number[], runs: Runs): number {
  const kind = commonKind(values);
  const differences = kind === undefined ? undefined : differencesOf(values, runs, kind);
  if (kind === undefined || differences === undefined) {
    for (const run of runs) for (const line of run) out.exact.push(values[line]!);
    return KIND_EXACT;
  }
  if (differences.every(isSmall)) {
    for (let at = 0; at < differences.length; at++) out.small.push(differences[at]!);
    return kind;
  }
  for (const difference of differences) out.large.push(BigInt(difference));
  return kind + KIND_LARGE;
}

function writeColumn(out: Readings, { type, values }: Column, runs: Runs): number {
  if (type === "number") return writeNumbersColumn(out, values as number[], runs);
  for (const run of runs) {
    for (const line of run) {
      if (type === "boolean") out.truth.push(values[line] === true);
      else out.text.push(String(values[line]));
    }
  }
  return type === "boolean" ? KIND_TRUTH : KIND_TEXT;
}

export function writeValues(out: Readings, table: StringTable, shapes: readonly Shape[]): void {
  for (const shape of shapes) {
    out.shapeColumns.push(shape.columns.length);
    for (const column of shape.columns) {
      out.columnName.push(table.index(column.name));
      out.columnUnit.push(table.index(column.unit));
      out.columnKind.push(writeColumn(out, column, shape.runs));
    }
  }
}
