/** The readings of a batch as its columns hold them, series after series: none of them is an object until it is asked for. */
import type { Extras } from "./body-json.ts";
import type { Measurement, Reading, Value } from "./entry.ts";
import { type Label, measurementsOf, PlainReading, readingOf, type Source } from "./plain-reading.ts";

/** Quantities that are measured together. */
export interface TableShape {
  readonly labels: readonly Label[];
  /** One for each label: the values, line after line. */
  readonly columns: readonly ArrayLike<Value>[];
}

/** Readings of one source with one shape. */
export interface TableSeries {
  readonly source: Source;
  readonly shape: TableShape;
  /** Its readings: from this index to before that one. */
  readonly from: number;
  readonly to: number;
  /** The line of the shape that holds the values of its first reading; the others follow. */
  readonly line: number;
}

export interface TableColumns {
  readonly series: readonly TableSeries[];
  /** Place among the entries of the batch. */
  readonly position: ArrayLike<number>;
  readonly at: ArrayLike<number>;
  readonly receivedAt: ArrayLike<number>;
  readonly fCnt: ArrayLike<number>;
  readonly fPort: ArrayLike<number>;
  readonly frames: Uint8Array;
  /** Where each frame begins, and where the last ends. */
  readonly frameStart: ArrayLike<number>;
  readonly radio: RadioColumns;
  /** What few readings have, by index. */
  readonly extras: ReadonlyMap<number, Extras>;
}

/** Of readings without radio the other fields mean nothing. */
export interface RadioColumns {
  readonly gateway: readonly (string | undefined)[];
  readonly rssi: ArrayLike<number>;
  readonly snr: ArrayLike<number>;
  readonly gateways: ArrayLike<number>;
  readonly dr: ArrayLike<number>;
}

/** The values of one line. */
export const lineOf = ({ labels, columns }: TableShape, line: number): Measurement[] =>
  measurementsOf(labels, (column) => columns[column]![line]!);

export class ReadingTable {
  readonly columns: TableColumns;
  readonly count: number;
  /** Which series each reading is of. */
  private readonly owner: Uint32Array;

  constructor(columns: TableColumns) {
    this.columns = columns;
    this.count = columns.position.length;
    this.owner = new Uint32Array(this.count);
    columns.series.forEach(({ from, to }, index) => {
      this.owner.fill(index, from, to);
    });
  }

  sourceOf(index: number): Source {
    return this.columns.series[this.owner[index]!]!.source;
  }

  /** Whether `fill` says all there is of a reading. */
  isPlain(index: number): boolean {
    return !this.columns.extras.has(index);
  }

  /** All but number and stamp. */
  fill(plain: PlainReading, index: number): void {
    const { series, at, receivedAt, fCnt, fPort, frames, frameStart, radio } = this.columns;
    const { source, shape, from, line } = series[this.owner[index]!]!;
    plain.source = source;
    plain.at = at[index]!;
    plain.receivedAt = receivedAt[index]!;
    plain.fCnt = fCnt[index]!;
    plain.fPort = fPort[index]!;
    plain.frames = frames;
    plain.frameFrom = frameStart[index]!;
    plain.frameTo = frameStart[index + 1]!;
    const gateway = radio.gateway[index];
    plain.isHeard = gateway !== undefined;
    if (gateway !== undefined) {
      plain.gateway = gateway;
      plain.rssi = radio.rssi[index]!;
      plain.snr = radio.snr[index]!;
      plain.gateways = radio.gateways[index]!;
      plain.dr = radio.dr[index]!;
    }
    const { labels, columns } = shape;
    plain.labels = labels;
    for (let column = 0; column < labels.length; column++)
      plain.values[column] = columns[column]![line + index - from]!;
  }

  /** As an object of its own. */
  reading(index: number): Reading {
    const plain = new PlainReading();
    this.fill(plain, index);
    return { ...readingOf(plain), ...this.columns.extras.get(index) };
  }
}
