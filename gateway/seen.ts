/**
 * The memory behind `duplicates.ts`: what was seen, as fixed-size records of digests, found by key. Disk first: a commit adds one
 * small row (40 bytes a record; rows of their own, with an index, would wear the flash more than the journal does). In memory the
 * records lie in arrays used in a circle, bounded by `keptMax`, with hash chains beside them: a map of as many numbers would take
 * more room than the records, and the garbage collector's time.
 */
import type { Database } from "better-sqlite3";

/** One event that was seen, as digests of 32 bits. */
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

/** Of a record on disk, as doubles. */
const FIELDS = 5;
/** Of a record in memory, 32 bits each, beside its time. */
const DIGESTS = 4;
const CAPACITY_FIRST = 4_096;
const GROWTH = 1.25;
/** A full memory stays about as full: what comes is pruned away elsewhere. */
const ROOM_AT_START = 1.05;
/** No record: smaller than all numbers. */
const NONE = 0xffff_ffff;

export const openSeen = (db: Database, keptMax: number): SeenStore => {
  const insert = db.prepare("INSERT INTO seen (records, newest) VALUES (?, ?)");
  const oldest = db.prepare("SELECT id, records, newest FROM seen ORDER BY id LIMIT 1");
  const drop = db.prepare("DELETE FROM seen WHERE id = ?");
  const stored = db.prepare(`SELECT coalesce(sum(length(records)), 0) / ${FIELDS * 8} FROM seen`).pluck();

  /** Record n (counted from 0 for ever) lies in slot n modulo the capacity. */
  let capacity = Math.max(CAPACITY_FIRST, Math.ceil(Number(stored.get()) * ROOM_AT_START));
  let digests = new Uint32Array(capacity * DIGESTS);
  let times = new Float64Array(capacity);
  /** By bucket, the slot of the newest record of its chain; by slot of a record, that of the one before it in its chain. */
  let newest = new Uint32Array(capacity).fill(NONE);
  let older = new Uint32Array(capacity);
  let first = 0;
  let next = 0;
  let saved = 0;
  let committedNext = 0;
  /** Records that the open transaction takes off the disk. */
  let forgetting = 0;

  const slotOf = (number: number): number => number % capacity;
  /** The record that lies there: the newest that could. */
  const numberAt = (slot: number): number => {
    const behind = ((next - 1) % capacity) - slot;
    return next - 1 - (behind < 0 ? behind + capacity : behind);
  };
  const bucketOf = (slot: number): number => digests[slot * DIGESTS]! % capacity;
  const link = (slot: number): void => {
    const bucket = bucketOf(slot);
    older[slot] = newest[bucket]!;
    newest[bucket] = slot;
  };
  const grow = (): void => {
    const before = { digests, times, capacity };
    capacity = Math.ceil(capacity * GROWTH);
    digests = new Uint32Array(capacity * DIGESTS);
    times = new Float64Array(capacity);
    newest = new Uint32Array(capacity).fill(NONE);
    older = new Uint32Array(capacity);
    for (let number = first; number < next; number += 1) {
      const from = number % before.capacity;
      const slot = slotOf(number);
      digests.set(before.digests.subarray(from * DIGESTS, (from + 1) * DIGESTS), slot * DIGESTS);
      times[slot] = before.times[from]!;
      link(slot);
    }
  };
  const put = ({ key, check, origin, bytes, at }: Seen): void => {
    if (next - first === capacity) grow();
    const slot = slotOf(next);
    const from = slot * DIGESTS;
    digests[from] = key;
    digests[from + 1] = check;
    digests[from + 2] = origin;
    digests[from + 3] = bytes;
    times[slot] = at;
    link(slot);
    next += 1;
  };
  const recordAt = (slot: number): Seen => {
    const from = slot * DIGESTS;
    return {
      key: digests[from]!,
      check: digests[from + 1]!,
      origin: digests[from + 2]!,
      bytes: digests[from + 3]!,
      at: times[slot]!,
    };
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
      // Earlier versions kept 53 bits of each digest.
      put({ key: key >>> 0, check: check >>> 0, origin: origin >>> 0, bytes: bytes >>> 0, at: time });
    }
  }
  saved = next;
  committedNext = next;

  return {
    get size() {
      return next - first;
    },
    find(key, check, origin) {
      let before = next;
      for (let slot = newest[key % capacity]!; slot !== NONE; slot = older[slot]!) {
        const number = numberAt(slot);
        // A chain leads to ever older records. Behind one that is forgotten all are, and one that is newer took the place of such.
        if (number >= before || number < first) return undefined;
        before = number;
        const from = slot * DIGESTS;
        if (digests[from] !== key || digests[from + 1] !== check) continue;
        if (origin === undefined || digests[from + 2] === origin) return recordAt(slot);
      }
      return undefined;
    },
    add: put,
    save() {
      if (saved === next) return;
      const blob = new Float64Array((next - saved) * FIELDS);
      let newestAt = Number.NEGATIVE_INFINITY;
      for (let number = saved; number < next; number += 1) {
        const slot = slotOf(number);
        const from = (number - saved) * FIELDS;
        for (let digest = 0; digest < DIGESTS; digest += 1) blob[from + digest] = digests[slot * DIGESTS + digest]!;
        blob[from + DIGESTS] = times[slot]!;
        newestAt = Math.max(newestAt, times[slot]!);
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
        const slot = slotOf(next);
        newest[bucketOf(slot)] = older[slot]!;
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
