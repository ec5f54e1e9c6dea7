/** The pools of batch.proto back into columns. Work and memory are bounded by the values that are there. */
import type { Value } from "./entry.ts";
import { WireError } from "./faults.ts";
import type { Readings } from "./generated/batch_pb.ts";
import { checkWhole, expectLength } from "./numbers.ts";
import { labelOf } from "./plain-reading.ts";
import type { TableShape } from "./reading-table.ts";
import { fromSteps, STEP_KINDS } from "./steps.ts";
import { textAt } from "./strings.ts";
import { KIND_EXACT, KIND_LARGE, KIND_TEXT, KIND_TRUTH } from "./values-write.ts";
import type { Columns } from "./wire-read.ts";

/** How many lines of a shape there are in each run of differences, one after the other. */
export type Runs = readonly number[];

interface Pools {
  /** The values of the next column, which is of this kind. */
  column(kind: number, runs: Runs): ArrayLike<Value>;
  /** Every pool must be used up. */
  end(): void;
}

function createPools({ small, large, exact, truth, text }: Columns<Readings>): Pools {
  const taken = { small: 0, large: 0, exact: 0, truth: 0, text: 0 };
  const take = <Pool extends Float64Array | string[]>(name: keyof typeof taken, pool: Pool, count: number): Pool => {
    const from = taken[name];
    if (count > pool.length - from) throw new WireError("inconsistent", "fewer values than measurements");
    taken[name] += count;
    return pool.slice(from, from + count) as Pool;
  };
  return {
    column(kind, runs) {
      const count = runs.reduce((sum, lines) => sum + lines, 0);
      if (kind < STEP_KINDS) return added(take("small", small, count), runs, kind);
      if (kind >= KIND_LARGE && kind < KIND_LARGE + STEP_KINDS)
        return added(take("large", large, count), runs, kind - KIND_LARGE);
      if (kind === KIND_EXACT) return take("exact", exact, count);
      if (kind === KIND_TRUTH) return Array.from(take("truth", truth, count), (value) => value !== 0);
      if (kind === KIND_TEXT) return take("text", text, count);
      throw new WireError("inconsistent", `column kind ${kind}`);
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

/** Differences, which begin anew with each run, become values in their place. */
function added(column: Float64Array, runs: Runs, kind: number): Float64Array {
  let at = 0;
  for (const lines of runs) {
    let running = 0;
    for (const end = at + lines; at < end; at++) {
      running = checkWhole(running + column[at]!, "value");
      column[at] = fromSteps(running, kind);
    }
  }
  return column;
}

/** `runsOf`: by shape. */
export function readValues(
  columns: Columns<Readings>,
  strings: readonly string[],
  runsOf: readonly Runs[],
): TableShape[] {
  const count = columns.columnName.length;
  expectLength(columns.columnUnit.length, count, "column_unit");
  expectLength(columns.columnKind.length, count, "column_kind");
  const pools = createPools(columns);
  let from = 0;
  const shapes = Array.from(columns.shapeColumns, (size, shape): TableShape => {
    if (size > count - from) throw new WireError("inconsistent", "more columns than described");
    const runs = runsOf[shape]!;
    if (runs.length === 0) throw new WireError("inconsistent", "a shape without readings");
    const numbers = Array.from({ length: size }, (_, column) => from + column);
    from += size;
    return {
      labels: numbers.map((column) =>
        labelOf(textAt(strings, columns.columnName[column]), textAt(strings, columns.columnUnit[column])),
      ),
      columns: numbers.map((column) => pools.column(columns.columnKind[column]!, runs)),
    };
  });
  expectLength(from, count, "columns");
  pools.end();
  return shapes;
}
