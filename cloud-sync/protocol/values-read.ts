/** The pools of batch.proto back into measurements. Work and memory are bounded by the values that are there. */
import type { Measurement, Value } from "./entry.ts";
import { WireError } from "./faults.ts";
import type { Readings } from "./generated/batch_pb.ts";
import { checkWhole, expectLength, wholeOf } from "./numbers.ts";
import { fromSteps, STEP_KINDS } from "./steps.ts";
import { textAt } from "./strings.ts";
import { KIND_EXACT, KIND_LARGE, KIND_TEXT, KIND_TRUTH } from "./values-write.ts";

/** Measurements to be filled, those of one run of differences after the other. */
export type Runs = Measurement[][][];

interface Pools {
  /** How to take the next value of a column of this kind. */
  column(kind: number): () => Value;
  /** Differences begin anew. */
  restart(): void;
  /** Every pool must be used up. */
  end(): void;
}

function within<T>(value: T | undefined): T {
  if (value === undefined) throw new WireError("inconsistent", "fewer values than measurements");
  return value;
}

function createPools({ small, large, exact, truth, text }: Readings): Pools {
  const taken = { small: 0, large: 0, exact: 0, truth: 0, text: 0 };
  let running = 0;
  const steps = (kind: number, difference: () => number) => () => {
    running = checkWhole(running + difference(), "value");
    return fromSteps(running, kind);
  };
  return {
    column(kind) {
      if (kind < STEP_KINDS) return steps(kind, () => within(small[taken.small++]));
      if (kind >= KIND_LARGE && kind < KIND_LARGE + STEP_KINDS) {
        return steps(kind - KIND_LARGE, () => wholeOf(within(large[taken.large++])));
      }
      if (kind === KIND_EXACT) return () => within(exact[taken.exact++]);
      if (kind === KIND_TRUTH) return () => within(truth[taken.truth++]);
      if (kind === KIND_TEXT) return () => within(text[taken.text++]);
      throw new WireError("inconsistent", `column kind ${kind}`);
    },
    restart() {
      running = 0;
    },
    end() {
      expectLength(small.length, taken.small, "small");
      expectLength(large.length, taken.large, "large");
      expectLength(exact.length, taken.exact, "exact");
      expectLength(truth.length, taken.truth, "truth");
      expectLength(text.length, taken.text, "text");
    },
  };
}

/** Fills `runsOf[shape]`. */
export function readValues(columns: Readings, strings: readonly string[], runsOf: readonly Runs[]): void {
  const count = columns.columnName.length;
  expectLength(columns.columnUnit.length, count, "column_unit");
  expectLength(columns.columnKind.length, count, "column_kind");
  const pools = createPools(columns);
  let column = 0;
  columns.shapeColumns.forEach((size, shape) => {
    if (size > count - column) throw new WireError("inconsistent", "more columns than described");
    const runs = runsOf[shape]!;
    if (runs.length === 0) throw new WireError("inconsistent", "a shape without readings");
    for (const end = column + size; column < end; column++) {
      const name = textAt(strings, columns.columnName[column]);
      const unit = textAt(strings, columns.columnUnit[column]);
      const take = pools.column(columns.columnKind[column]!);
      for (const run of runs) {
        pools.restart();
        for (const measurements of run) measurements.push({ name, value: take(), unit });
      }
    }
  });
  expectLength(column, count, "columns");
  pools.end();
}
