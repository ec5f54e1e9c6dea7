/**
 * A SQLite file read page by page, without SQLite: for what is left of a damaged one. After the published format
 * (https://www.sqlite.org/fileformat2.html): pages of the file with those of the write-ahead log over them, up to its last whole
 * commit.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

export type SqlValue = null | number | bigint | string | Buffer;

/** A row of a table: `rowid` is undefined for tables without. */
export interface RawRow {
  readonly rowid: number | undefined;
  readonly values: readonly SqlValue[];
}

export interface RawPages {
  readonly count: number;
  /** Of one page. */
  readonly bytes: number;
  /** Rows of a table's tree in order, as far as they can be reached; `broken` hears of each page that makes no sense. */
  rows(root: number, broken: (page: number) => void): Generator<RawRow>;
  /** Leaf pages of tables with rowids that none of the walks so far has reached. */
  orphans(): Generator<readonly RawRow[]>;
  close(): void;
}

const TABLE_LEAF = 13;
const TABLE_INTERIOR = 5;
const INDEX_LEAF = 10;
const INDEX_INTERIOR = 2;
const DEPTH_MAX = 24;

class Damaged extends Error {}

const varint = (page: Buffer, at: number): [number, number] => {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = page[at + index];
    if (byte === undefined) throw new Damaged();
    if (index === 8) return [value * 256 + byte, at + 9];
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, at + index + 1];
  }
  throw new Damaged();
};

const INT_BYTES = [0, 1, 2, 3, 4, 6, 8];

function decodeValue(type: number, payload: Buffer, at: number): [SqlValue, number] {
  if (type === 0) return [null, at];
  if (type === 8 || type === 9) return [type - 8, at];
  const size = type < 7 ? INT_BYTES[type]! : type === 7 ? 8 : Math.floor((type - 12) / 2);
  if (type === 10 || type === 11 || at + size > payload.length) throw new Damaged();
  const end = at + size;
  if (type === 7) return [payload.readDoubleBE(at), end];
  if (type === 6) {
    const big = payload.readBigInt64BE(at);
    const small = Number(big);
    return [Number.isSafeInteger(small) ? small : big, end];
  }
  if (type < 7) return [payload.readIntBE(at, size), end];
  const bytes = Buffer.from(payload.subarray(at, end));
  return [type % 2 === 0 ? bytes : bytes.toString("utf8"), end];
}

function recordOf(payload: Buffer): SqlValue[] {
  const [headerBytes, start] = varint(payload, 0);
  if (headerBytes > payload.length) throw new Damaged();
  const values: SqlValue[] = [];
  let at = headerBytes;
  for (let cursor = start; cursor < headerBytes; ) {
    const [type, next] = varint(payload, cursor);
    cursor = next;
    const [value, end] = decodeValue(type, payload, at);
    values.push(value);
    at = end;
  }
  if (at !== payload.length) throw new Damaged();
  return values;
}

/** Newest whole commit of the log: page number → bytes. */
function readLog(file: string): { pageBytes: number; pages: Map<number, Buffer>; count: number } | undefined {
  if (!existsSync(file)) return undefined;
  const log = readFileSync(file);
  if (log.length < 32 || (log.readUInt32BE(0) & 0xfffffffe) !== 0x377f0682) return undefined;
  const bigEndian = (log.readUInt32BE(0) & 1) === 1;
  const pageBytes = log.readUInt32BE(8);
  if (pageBytes < 512 || pageBytes > 65_536) return undefined;
  let [a, b] = [0, 0];
  const sum = (from: number, to: number): void => {
    for (let at = from; at < to; at += 8) {
      const x = bigEndian ? log.readUInt32BE(at) : log.readUInt32LE(at);
      const y = bigEndian ? log.readUInt32BE(at + 4) : log.readUInt32LE(at + 4);
      a = (a + x + b) >>> 0;
      b = (b + y + a) >>> 0;
    }
  };
  sum(0, 24);
  if (a !== log.readUInt32BE(24) || b !== log.readUInt32BE(28)) return undefined;
  const pages = new Map<number, Buffer>();
  let open = new Map<number, Buffer>();
  let count = 0;
  for (let at = 32; at + 24 + pageBytes <= log.length; at += 24 + pageBytes) {
    if (log.compare(log, 16, 24, at + 8, at + 16) !== 0) break;
    sum(at, at + 8);
    sum(at + 24, at + 24 + pageBytes);
    if (a !== log.readUInt32BE(at + 16) || b !== log.readUInt32BE(at + 20)) break;
    open.set(log.readUInt32BE(at), log.subarray(at + 24, at + 24 + pageBytes));
    const size = log.readUInt32BE(at + 4);
    if (size === 0) continue;
    for (const [number, page] of open) pages.set(number, page);
    open = new Map();
    count = size;
  }
  return { pageBytes, pages, count };
}

/** `otherwise` is the size of its pages where its first one does not tell any more. */
export function openPages(file: string, otherwise: number): RawPages {
  const handle = openSync(file, "r");
  const log = readLog(`${file}-wal`);
  const head = Buffer.alloc(100);
  readSync(handle, head, 0, 100, 0);
  const told = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
  const isPower = told >= 512 && (told & (told - 1)) === 0 && head.toString("latin1", 0, 15) === "SQLite format 3";
  const pageBytes = log?.pageBytes ?? (isPower ? told : otherwise);
  const count = Math.max(Math.ceil(fstatSync(handle).size / pageBytes), log?.count ?? 0);
  const seen = new Set<number>();

  const page = (number: number): Buffer => {
    if (!(number >= 1 && number <= count)) throw new Damaged();
    const logged = log?.pages.get(number);
    if (logged !== undefined) return logged;
    const bytes = Buffer.alloc(pageBytes);
    try {
      readSync(handle, bytes, 0, pageBytes, (number - 1) * pageBytes);
    } catch {
      // A sector the disk gives no more.
      throw new Damaged();
    }
    return bytes;
  };

  const payloadOf = (at: Buffer, start: number, bytes: number, isTable: boolean): Buffer => {
    const most = isTable ? pageBytes - 35 : Math.floor(((pageBytes - 12) * 64) / 255) - 23;
    if (bytes > 64 * 1024 * 1024) throw new Damaged();
    if (bytes <= most) {
      if (start + bytes > at.length) throw new Damaged();
      return at.subarray(start, start + bytes);
    }
    const least = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
    const fit = least + ((bytes - least) % (pageBytes - 4));
    const local = fit <= most ? fit : least;
    const parts = [at.subarray(start, start + local)];
    let next = at.readUInt32BE(start + local);
    for (let left = bytes - local; left > 0; ) {
      const overflow = page(next);
      seen.add(next);
      const part = overflow.subarray(4, 4 + Math.min(left, pageBytes - 4));
      parts.push(part);
      left -= part.length;
      next = overflow.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  };

  const cellsOf = (bytes: Buffer, from: number): number[] => {
    const isInterior = bytes[from] === TABLE_INTERIOR || bytes[from] === INDEX_INTERIOR;
    const cells = bytes.readUInt16BE(from + 3);
    const start = from + (isInterior ? 12 : 8);
    if (start + cells * 2 > bytes.length) throw new Damaged();
    return Array.from({ length: cells }, (_, index) => bytes.readUInt16BE(start + index * 2));
  };

  /** Each cell by itself: a bent one does not cost its neighbours. */
  const leafRow = (bytes: Buffer, cell: number): RawRow | undefined => {
    try {
      const [size, afterSize] = varint(bytes, cell);
      const [rowid, start] = varint(bytes, afterSize);
      return { rowid, values: recordOf(payloadOf(bytes, start, size, true)) };
    } catch (error) {
      if (error instanceof Damaged || error instanceof RangeError) return undefined;
      throw error;
    }
  };

  function* walk(number: number, broken: (page: number) => void, depth: number): Generator<RawRow> {
    if (seen.has(number) || depth > DEPTH_MAX) return;
    let bytes: Buffer;
    let cells: number[];
    const from = number === 1 ? 100 : 0;
    try {
      bytes = page(number);
      if (![TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR].includes(bytes[from]!)) throw new Damaged();
      cells = cellsOf(bytes, from);
    } catch (error) {
      if (!(error instanceof Damaged || error instanceof RangeError)) throw error;
      broken(number);
      return;
    }
    seen.add(number);
    const type = bytes[from]!;
    for (const cell of cells) {
      try {
        if (type === TABLE_LEAF) {
          const row = leafRow(bytes, cell);
          if (row === undefined) broken(number);
          else yield row;
          continue;
        }
        if (type !== INDEX_LEAF) yield* walk(bytes.readUInt32BE(cell), broken, depth + 1);
        if (type === TABLE_INTERIOR) continue;
        const [size, start] = varint(bytes, type === INDEX_INTERIOR ? cell + 4 : cell);
        yield { rowid: undefined, values: recordOf(payloadOf(bytes, start, size, false)) };
      } catch (error) {
        if (!(error instanceof Damaged || error instanceof RangeError)) throw error;
        broken(number);
      }
    }
    if (type === TABLE_INTERIOR || type === INDEX_INTERIOR)
      yield* walk(bytes.readUInt32BE(from + 8), broken, depth + 1);
  }

  return {
    count,
    bytes: pageBytes,
    rows: (root, broken) => walk(root, broken, 0),
    *orphans() {
      for (let number = 1; number <= count; number++) {
        if (seen.has(number)) continue;
        try {
          const bytes = page(number);
          if (bytes[0] !== TABLE_LEAF) continue;
          const rows = cellsOf(bytes, 0).map((cell) => leafRow(bytes, cell));
          yield rows.filter((row) => row !== undefined);
        } catch (error) {
          if (!(error instanceof Damaged || error instanceof RangeError)) throw error;
        }
      }
    },
    close: () => closeSync(handle),
  };
}
