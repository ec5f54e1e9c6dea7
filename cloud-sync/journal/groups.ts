/**
 * Rows read many at a time: an object of each, with a Buffer of its own, costs more than all else that is done with it. Only for what is
 * beyond doubt; where anything is odd, whoever reads goes on row by row (reading.ts).
 */
import { isCorrupt } from "./seal.ts";
import type { LevelStatements } from "./statements.ts";

/** Rows that follow each other in one level. */
export interface Group {
  readonly seqs: readonly number[];
  /** All rows one after the other. */
  readonly bytes: Uint8Array;
  /** Where each of them ends. */
  readonly ends: readonly number[];
}

const ROWS_MAX = 128;
/** Bodies as JSON may be long: what a group takes up stays small, unless one row alone is larger. */
const BYTES_MAX = 64 * 1024;

/**
 * The next rows behind `last`, none at the end of the level; undefined where row by row must be looked. `isHere`: `last` is a row of
 * this level. Then the search has to find it again: in a damaged file it may land behind rows that are still there.
 */
export function groupAfter(level: LevelStatements, last: number, isHere: boolean): Group | undefined {
  try {
    const rows = level.lengths.all(isHere ? last : last + 1, ROWS_MAX);
    if (isHere && rows.shift()?.seq !== last) return undefined;
    const { seqs, ends } = measured(rows);
    // A damaged tree gives them as they lie.
    if (seqs.some((seq, index) => seq <= (seqs[index - 1] ?? last))) return undefined;
    const bytes = seqs.length === 0 ? NOTHING : level.joined.get(seqs[0]!, seqs.at(-1)!);
    return bytes?.length === (ends.at(-1) ?? 0) ? { seqs, bytes, ends } : undefined;
  } catch (error) {
    if (isCorrupt(error)) return undefined;
    throw error;
  }
}

const NOTHING = new Uint8Array();

function measured(rows: ReturnType<LevelStatements["lengths"]["all"]>) {
  const seqs: number[] = [];
  const ends: number[] = [];
  let end = 0;
  for (const { seq, bytes } of rows) {
    // Without a length it is no row: then the sum is not that of the bytes.
    end += bytes ?? Number.NaN;
    if (end > BYTES_MAX && seqs.length > 0) break;
    seqs.push(seq);
    ends.push(end);
  }
  return { seqs, ends };
}
