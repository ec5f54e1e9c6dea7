/** Rows in PostgreSQL's binary COPY format, as its documentation of COPY gives it ("Binary Format"): big-endian throughout. */

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
const TRAILER = -1;
/** PostgreSQL counts microseconds from 2000. */
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);
const WORD = 2 ** 32;
/** Beyond, a text is not worth a loop. */
const SHORT = 48;
const ASCII_END = 0x80;

/** What of one table is written by a COPY. */
export interface CopyTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/** The statement for rows from `source`. */
export const copyStatement = ({ table, columns }: CopyTarget, source: string): string =>
  `COPY ${table} (${columns.join(", ")}) FROM ${source} (FORMAT binary)`;

/** Large enough that what a part costs is nothing beside its rows, small enough that the next is made while PostgreSQL reads this one. */
const PART_BYTES = 128 * 1024;

/**
 * Rows for a COPY, in parts that are made as they are asked for: while PostgreSQL works on one the next comes about.
 *
 * @param write one row or several, each begun with `row` and then its fields in the order of the target's columns
 */
export function* copyParts<Row>(
  target: CopyTarget,
  rows: Iterable<Row>,
  write: (fields: CopyFields, row: Row) => void,
): Generator<Uint8Array, void, void> {
  const fields = new CopyFields(target);
  for (const row of rows) {
    write(fields, row);
    if (fields.isPart) yield fields.take();
  }
  fields.end();
  yield fields.take();
}

/** The fields of rows, one after another. */
export class CopyFields {
  private readonly columns: number;
  private buffer: Buffer;
  private view: DataView;
  private length: number;

  constructor(target: CopyTarget) {
    this.columns = target.columns.length;
    this.buffer = Buffer.allocUnsafeSlow(PART_BYTES + PART_BYTES / 4);
    this.view = new DataView(this.buffer.buffer);
    SIGNATURE.copy(this.buffer);
    // No flags, no header extension.
    this.view.setInt32(SIGNATURE.length, 0);
    this.view.setInt32(SIGNATURE.length + 4, 0);
    this.length = SIGNATURE.length + 8;
  }

  get isPart(): boolean {
    return this.length >= PART_BYTES;
  }

  row(): void {
    this.reserve(2);
    this.view.setInt16(this.length, this.columns);
    this.length += 2;
  }

  null(): void {
    this.reserve(4);
    this.view.setInt32(this.length, -1);
    this.length += 4;
  }

  int4(value: number): void {
    this.open(4);
    this.view.setInt32(this.length, value);
    this.length += 4;
  }

  /** Any whole number a double holds. */
  int8(value: number): void {
    this.open(8);
    const high = Math.floor(value / WORD);
    this.view.setInt32(this.length, high);
    this.view.setUint32(this.length + 4, value - high * WORD);
    this.length += 8;
  }

  float8(value: number): void {
    this.open(8);
    this.view.setFloat64(this.length, value);
    this.length += 8;
  }

  bool(value: boolean): void {
    this.open(1);
    this.buffer[this.length++] = value ? 1 : 0;
  }

  /** `ms` since 1970. */
  time(ms: number): void {
    this.int8(Math.round((ms - EPOCH_2000_MS) * 1_000));
  }

  /** `from`, and before `to`. */
  bytes(value: Uint8Array, from: number, to: number): void {
    this.open(to - from);
    for (let index = from; index < to; index++) this.buffer[this.length++] = value[index]!;
  }

  text(value: string): void {
    this.reserve(4 + value.length * 3);
    this.put(value, this.length + 4);
  }

  /** JSON text for a `jsonb` column. */
  jsonb(value: string): void {
    this.reserve(5 + value.length * 3);
    // The only version there is.
    this.buffer[this.length + 4] = 1;
    this.put(value, this.length + 5);
  }

  /** Nothing can be added any more. */
  end(): void {
    this.reserve(2);
    this.view.setInt16(this.length, TRAILER);
    this.length += 2;
  }

  /** A copy of what was written since the last time: it may still lie in a socket's queue when the next part is made. */
  take(): Uint8Array {
    const part = new Uint8Array(this.buffer.subarray(0, this.length));
    this.length = 0;
    return part;
  }

  private put(value: string, from: number): void {
    const { buffer } = this;
    let at = from;
    if (value.length <= SHORT) {
      for (; at < from + value.length; at++) {
        const code = value.charCodeAt(at - from);
        if (code >= ASCII_END) break;
        buffer[at] = code;
      }
    }
    if (at < from + value.length) at = from + buffer.write(value, from, "utf8");
    this.view.setInt32(this.length, at - this.length - 4);
    this.length = at;
  }

  private open(bytes: number): void {
    this.reserve(4 + bytes);
    this.view.setInt32(this.length, bytes);
    this.length += 4;
  }

  private reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }
}
