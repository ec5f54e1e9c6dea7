/**
 * The memory behind `duplicates.ts`: what was seen, as fixed-size records of digests, found by key. Disk first: a commit adds one
 * small row (40 bytes a record; rows of their own, with an index, would wear the flash more than the journal does). In memory the
 * records lie in one growing array, found through a map, bounded by `keptMax`.
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
  /** The newest record with this key. */
  find(key: number, check: number): Seen | undefined;
  add(record: Seen): void;
  /** Writes what was added since the last commit; inside a transaction. */
  save(): void;
  committed(): void;
  rolledBack(): void;
  /** Forgets what is older than `before` or more than fits; inside a transaction. Returns how many records. */
  prune(before: number): number;
  readonly size: number;
}

const FIELDS = 5;
const CAPACITY_FIRST = 4_096;

export const openSeen = (db: Database, keptMax: number): SeenStore => {
  const insert = db.prepare("INSERT INTO seen (records, newest) VALUES (?, ?)");
  const oldest = db.prepare("SELECT id, records, newest FROM seen ORDER BY id LIMIT 1");
  const drop = db.prepare("DELETE FROM seen WHERE id = ?");

  /** Record n (counted from 0 for ever) lies at n modulo the capacity. */
  let records = new Float64Array(CAPACITY_FIRST * FIELDS);
  let first = 0;
  let next = 0;
  let saved = 0;
  let committedNext = 0;
  /** Records that the open transaction takes off the disk. */
  let forgetting = 0;
  const index = new Map<number, number>();
  /** Keys the open transaction set, with what they found before. */
  let changes: [key: number, before: number | undefined][] = [];

  const slot = (number: number): number => (number % (records.length / FIELDS)) * FIELDS;
  const grow = (): void => {
    const wider = new Float64Array(records.length * 2);
    for (let number = first; number < next; number += 1)
      wider.set(records.subarray(slot(number), slot(number) + FIELDS), (number % (wider.length / FIELDS)) * FIELDS);
    records = wider;
  };
  const put = (record: Seen): void => {
    if (next - first === records.length / FIELDS) grow();
    const at = slot(next);
    records[at] = record.key;
    records[at + 1] = record.check;
    records[at + 2] = record.origin;
    records[at + 3] = record.bytes;
    records[at + 4] = record.at;
    index.set(record.key, next);
    next += 1;
  };
  const at = (number: number): Seen => {
    const from = slot(number);
    const [key = 0, check = 0, origin = 0, bytes = 0, time = 0] = records.subarray(from, from + FIELDS);
    return { key, check, origin, bytes, at: time };
  };
  const forgetFirst = (): void => {
    const key = records[slot(first)]!;
    if (index.get(key) === first) index.delete(key);
    first += 1;
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
    find(key, check) {
      const number = index.get(key);
      if (number === undefined) return undefined;
      const found = at(number);
      return found.check === check ? found : undefined;
    },
    add(record) {
      changes.push([record.key, index.get(record.key)]);
      put(record);
    },
    save() {
      if (saved === next) return;
      const blob = new Float64Array((next - saved) * FIELDS);
      let newest = Number.NEGATIVE_INFINITY;
      for (let number = saved; number < next; number += 1) {
        blob.set(records.subarray(slot(number), slot(number) + FIELDS), (number - saved) * FIELDS);
        newest = Math.max(newest, records[slot(number) + FIELDS - 1]!);
      }
      insert.run(Buffer.from(blob.buffer), newest);
      saved = next;
    },
    committed() {
      changes = [];
      for (; forgetting > 0; forgetting -= 1) forgetFirst();
      committedNext = next;
    },
    rolledBack() {
      for (const [key, before] of changes.reverse())
        if (before === undefined) index.delete(key);
        else index.set(key, before);
      changes = [];
      forgetting = 0;
      next = committedNext;
      saved = committedNext;
    },
    prune(before) {
      let dropped = 0;
      for (;;) {
        const row = oldest.get() as { id: number; records: Buffer; newest: number } | undefined;
        const count = row === undefined ? 0 : row.records.length / 8 / FIELDS;
        if (row === undefined || (next - first - forgetting - count < keptMax && row.newest >= before)) return dropped;
        drop.run(row.id);
        forgetting += count;
        dropped += count;
      }
    },
  };
};
