/** Values into the pools of batch.proto: shape after shape, column after column. */
import type { Measurement } from "./entry.ts";
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

/** Names, units and types of measurements that appear together, and all that have this shape. */
export interface Shape {
  readonly index: number;
  readonly columns: readonly { readonly name: string; readonly unit: string; readonly type: string }[];
  /** Differences run within each of these. */
  readonly runs: Measurements[][];
}

const shapeKey = (measurements: Measurements): string => {
  let key = "";
  for (const { name, unit, value } of measurements) key += `${name}\u0000${unit}\u0000${typeof value}\u0001`;
  return key;
};

/** Finds or makes the shape of measurements. */
export function createShapes(): { readonly all: readonly Shape[]; of(measurements: Measurements): Shape } {
  const all: Shape[] = [];
  const byKey = new Map<string, Shape>();
  return {
    all,
    of(measurements) {
      const key = shapeKey(measurements);
      const known = byKey.get(key);
      if (known !== undefined) return known;
      const columns = measurements.map(({ name, unit, value }) => ({ name, unit, type: typeof value }));
      const shape = { index: all.length, columns, runs: [] };
      all.push(shape);
      byKey.set(key, shape);
      return shape;
    },
  };
}

/** The kind of steps that keeps every value exactly, or undefined. */
function commonKind(values: readonly number[]): number | undefined {
  let kind = 0;
  for (const value of values) {
    if (toSteps(value, kind) !== undefined) continue;
    const needed = stepKindOf(value);
    if (needed === undefined) return undefined;
    kind = Math.max(kind, needed);
  }
  return values.every((value) => toSteps(value, kind) !== undefined) ? kind : undefined;
}

function writeNumbersColumn(out: Readings, runs: readonly (readonly number[])[]): number {
  const kind = commonKind(runs.flat());
  if (kind === undefined) {
    for (const run of runs) for (const value of run) out.exact.push(value);
    return KIND_EXACT;
  }
  const differences: number[] = [];
  for (const run of runs) {
    let previous = 0;
    for (const value of run) {
      const steps = toSteps(value, kind)!;
      differences.push(steps - previous);
      previous = steps;
    }
  }
  if (differences.every(isSmall)) {
    for (const difference of differences) out.small.push(difference);
    return kind;
  }
  for (const difference of differences) out.large.push(BigInt(difference));
  return kind + KIND_LARGE;
}

function writeColumn(out: Readings, { columns, runs }: Shape, column: number): number {
  const { type } = columns[column]!;
  if (type === "number") {
    return writeNumbersColumn(
      out,
      runs.map((run) => run.map((measurements) => measurements[column]!.value as number)),
    );
  }
  for (const run of runs) {
    for (const measurements of run) {
      const { value } = measurements[column]!;
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
