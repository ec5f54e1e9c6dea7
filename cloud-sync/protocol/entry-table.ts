/** The entries of a batch as its columns hold them: readings as a table, the others as what their text says. */
import type { ChainLink } from "./chain.ts";
import type { ClockQuality, Entry, EntryBody, Gone, Stamp } from "./entry.ts";
import { PlainReading } from "./plain-reading.ts";
import type { ReadingTable } from "./reading-table.ts";

/** An entry whose body is none of the kinds known here: for the receiver's quarantine. */
export interface Unusable {
  readonly seq: number;
  readonly stamp: Stamp;
  /** The JSON text as it came. */
  readonly text: string;
}

/** By position in the batch. */
export interface ReadStamps {
  readonly walls: ArrayLike<number>;
  /** wall − mono. */
  readonly leads: ArrayLike<number>;
  readonly boots: ArrayLike<number>;
  readonly clocks: readonly ClockQuality[];
}

/** A body, or the text of one that is none of the kinds known here. */
export type Other = { readonly body: EntryBody } | { readonly text: string };

const NO_READING = -1;

export interface EntryColumns {
  readonly firstSeq: number;
  readonly gone: readonly Gone[];
  readonly stamps: ReadStamps;
  readonly readings: ReadingTable | undefined;
  /** By position; with the readings, each position is in exactly one of the two. */
  readonly others: ReadonlyMap<number, Other>;
}

export class EntryTable {
  readonly columns: EntryColumns;
  readonly count: number;
  /** By position. */
  private readonly seqs: Float64Array;
  /** By position: the index of the reading. */
  private readonly indices: Int32Array;
  private readonly plain = new PlainReading();

  constructor(columns: EntryColumns) {
    const { firstSeq, gone, stamps, readings } = columns;
    this.columns = columns;
    this.count = stamps.walls.length;
    this.seqs = new Float64Array(this.count);
    this.indices = new Int32Array(this.count).fill(NO_READING);
    let [next, hole] = [firstSeq, 0];
    for (let position = 0; position < this.count; position++) {
      if (gone[hole]?.from === next) next = gone[hole++]!.to + 1;
      this.seqs[position] = next++;
    }
    for (let index = 0; index < (readings?.count ?? 0); index++)
      this.indices[readings!.columns.position[index]!] = index;
  }

  /**
   * What stands at a position. A plain reading is given in parts, which are those of the next one as soon as that is asked for.
   */
  at(position: number): PlainReading | ChainLink {
    const index = this.indices[position]!;
    const { readings } = this.columns;
    if (index === NO_READING || readings?.isPlain(index) !== true) return this.link(position);
    const { plain } = this;
    const { walls, leads, boots, clocks } = this.columns.stamps;
    plain.seq = this.seqs[position]!;
    plain.wall = walls[position]!;
    plain.mono = walls[position]! - leads[position]!;
    plain.boot = boots[position]!;
    plain.clock = clocks[position]!;
    readings.fill(plain, index);
    return plain;
  }

  seqAt(position: number): number {
    return this.seqs[position]!;
  }

  /** What stands at a position, as an object of its own. */
  link(position: number): Entry | Unusable {
    const { readings, others } = this.columns;
    const seq = this.seqs[position]!;
    const stamp = this.stampAt(position);
    const index = this.indices[position]!;
    if (index !== NO_READING) return { seq, stamp, body: readings!.reading(index) };
    return { seq, stamp, ...others.get(position)! };
  }

  /** In order of seq. */
  entries(): Entry[] {
    const entries: Entry[] = [];
    for (let position = 0; position < this.count; position++) {
      const link = this.link(position);
      if ("body" in link) entries.push(link);
    }
    return entries;
  }

  /** In order of seq. */
  unusable(): Unusable[] {
    return [...this.columns.others].flatMap(([position, other]) =>
      "text" in other ? [{ seq: this.seqs[position]!, stamp: this.stampAt(position), text: other.text }] : [],
    );
  }

  private stampAt(position: number): Stamp {
    const { walls, leads, boots, clocks } = this.columns.stamps;
    const wall = walls[position]!;
    return { wall, mono: wall - leads[position]!, boot: boots[position]!, clock: clocks[position]! };
  }
}
