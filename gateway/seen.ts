/**
 * The memory behind `duplicates.ts`: what was seen, as fixed-size records of digests, found by key. Disk first: a commit adds one
 * small row (40 bytes a record; rows of their own, with an index, would wear the flash more than the journal does). In memory the
 * records lie in one array used in a circle, bounded by `keptMax`, with hash chains beside it: a map of as many numbers would take
 * more room than the records, and the garbage collector's time.
 */
import type { Database } from "better-sqlite3";

/** One event that was seen, as digests of 53 bits. */
export interface Seen {
  /** Of what identifies it, twice, by independent seeds: `key` finds, `check` confirms. */
  readonly key: number;
  readonly check: number;
  /** Of the deduplication id; 0 for none. */
  readonly origin: number;
  /** Of the bytes. */
  readonly bytes: number;
  /** Time of the event, ms since 1970. */
  readonly at: number;
}

export interface SeenStore {
  /** The newest record with this key, or with this key and origin. */
  find(key: number, check: number, origin?: number): Seen | undefined;
  add(record: Seen): void;
  /** Writes what was added since the last commit; inside a transaction. */
  save(): void;
  committed(): void;
  rolledBack(): void;
  /** Forgets what is older than `before` or more than fits; inside a transaction. */
  prune(before: number): { readonly records: number; readonly newest: number };
  readonly size: number;
}

const FIELDS = 5;
const CAPACITY_FIRST = 4_096;
const GROWTH = 1.25;
/** A full memory stays about as full: what comes is pruned away elsewhere. */
const ROOM_AT_START = 1.05;
/** No record: smaller than all numbers. */
const NONE = -1;

export const openSeen = (db: Database, keptMax: number): SeenStore => {
  const insert = db.prepare("INSERT INTO seen (records, newest) VALUES (?, ?)");
  const oldest = db.prepare("SELECT id, records, newest FROM seen ORDER BY id LIMIT 1");
  const drop = db.prepare("DELETE FROM seen WHERE id = ?");
  const stored = db.prepare(`SELECT coalesce(sum(length(records)), 0) / ${FIELDS * 8} FROM seen`).pluck();

  /** Record n (counted from 0 for ever) lies at n modulo the capacity. */
  let capacity = Math.max(CAPACITY_FIRST, Math.ceil(Number(stored.get()) * ROOM_AT_START));
  let records = new Float64Array(capacity * FIELDS);
  /** By bucket, the newest record of its chain; by place of a record, the one before it in its chain. */
  let newest = new Float64Array(capacity).fill(NONE);
  let older = new Float64Array(capacity);
  let first = 0;
  let next = 0;
  let saved = 0;
  let committedNext = 0;
  /** Records that the open transaction takes off the disk. */
  let forgetting = 0;

  const slot = (number: number): number => (number % capacity) * FIELDS;
  const link = (number: number): void => {
    const bucket = records[slot(number)]! % capacity;
    older[number % capacity] = newest[bucket]!;
    newest[bucket] = number;
  };
  const grow = (): void => {
    const before = { records, capacity };
    capacity = Math.ceil(capacity * GROWTH);
    records = new Float64Array(capacity * FIELDS);
    newest = new Float64Array(capacity).fill(NONE);
    older = new Float64Array(capacity);
    for (let number = first; number < next; number += 1) {
      const from = (number % before.capacity) * FIELDS;
      for (let field = 0; field < FIELDS; field += 1) records[slot(number) + field] = before.records[from + field]!;
      link(number);
    }
  };
  const put = (record: Seen): void => {
    if (next - first === capacity) grow();
    const at = slot(next);
    records[at] = record.key;
    records[at + 1] = record.check;
    records[at + 2] = record.origin;
    records[at + 3] = record.bytes;
    records[at + 4] = record.at;
    link(next);
    next += 1;
  };
  const at = (number: number): Seen => {
    const from = slot(number);
    const [key = 0, check = 0, origin = 0, bytes = 0, time = 0] = records.subarray(from, from + FIELDS);
    return { key, check, origin, bytes, at: time };
  };
  const unpack = (blob: Buffer): Float64Array => {
    // A buffer of SQLite may lie anywhere; a Float64Array wants multiples of eight.
    const copy = new Uint8Array(blob);
    return new Float64Array(copy.buffer, 0, copy.length / 8);
  };

  for (const row of db.prepare("SELECT records FROM seen ORDER BY id").iterate()) {
    const values = unpack((row as { records: Buffer }).records);
    for (let from = 0; from + FIELDS <= values.length; from += FIELDS) {
      const [key = 0, check = 0, origin = 0, bytes = 0, time = 0] = values.subarray(from, from + FIELDS);
      put({ key, check, origin, bytes, at: time });
    }
  }
  saved = next;
  committedNext = next;

  return {
    get size() {
      return next - first;
    },
    find(key, check, origin) {
      // A chain leads to ever older records: behind the first one that is forgotten all are.
      for (let number = newest[key % capacity]!; number >= first; number = older[number % capacity]!) {
        const from = slot(number);
        if (records[from] !== key || (origin !== undefined && records[from + 2] !== origin)) continue;
        return records[from + 1] === check ? at(number) : undefined;
      }
      return undefined;
    },
    add: put,
    save() {
      if (saved === next) return;
      const blob = new Float64Array((next - saved) * FIELDS);
      let newestAt = Number.NEGATIVE_INFINITY;
      for (let number = saved; number < next; number += 1) {
        blob.set(records.subarray(slot(number), slot(number) + FIELDS), (number - saved) * FIELDS);
        newestAt = Math.max(newestAt, records[slot(number) + FIELDS - 1]!);
      }
      insert.run(Buffer.from(blob.buffer), newestAt);
      saved = next;
    },
    committed() {
      first += forgetting;
      forgetting = 0;
      committedNext = next;
    },
    rolledBack() {
      // Newest first: each is then the head of its chain.
      while (next > committedNext) {
        next -= 1;
        newest[records[slot(next)]! % capacity] = older[next % capacity]!;
      }
      forgetting = 0;
      saved = committedNext;
    },
    prune(before) {
      let dropped = 0;
      let newestAt = Number.NEGATIVE_INFINITY;
      for (;;) {
        const row = oldest.get() as { id: number; records: Buffer; newest: number } | undefined;
        const count = row === undefined ? 0 : row.records.length / 8 / FIELDS;
        if (row === undefined || (next - first - forgetting - count < keptMax && row.newest >= before))
          return { records: dropped, newest: newestAt };
        drop.run(row.id);
        newestAt = Math.max(newestAt, row.newest);
        forgetting += count;
        dropped += count;
      }
    },
  };
};
