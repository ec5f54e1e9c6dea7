/**
 * Which events are copies (D4). ChirpStack gives each kind of event another identity, and some none; a broker redelivers what was
 * not acknowledged in time; a gateway may deliver an uplink late. What was seen is remembered in the box's store, in the event's
 * own transaction, so that memory and journal cannot disagree after a crash.
 *
 * The table only ever grows at its end (random keys would touch a page of the disk each); finding a key is the business of an
 * index in memory, rebuilt at start and bounded by `KEPT_MAX`.
 */
import type { Database, Statement } from "better-sqlite3";
import type { ChirpStackEvent, Delivery, UpEvent } from "./words.ts";

export type Verdict =
  | "new"
  | "copy"
  /** The device counted this before with other bytes or over an hour ago: its counter started again. */
  | "counter-restart";

export interface Duplicates {
  /** Inside the event's transaction. Remembers what is not a copy. */
  judge(event: ChirpStackEvent, delivery: Pick<Delivery, "topic" | "payload" | "redelivered">): Verdict;
  /** The transaction is on disk. */
  committed(): void;
  /** The transaction was undone: so is the memory of it. */
  rolledBack(): void;
  /** Drops what is too old, in small steps; inside a transaction. Returns the number of rows dropped. */
  prune(now: number): number;
  readonly remembered: number;
}

export class DuplicatesTooNew extends Error {
  readonly code = "duplicates-too-new";
  constructor(found: number) {
    super(`the memory of copies has version ${found}, this program knows ${MIGRATIONS.length}`);
    this.name = "DuplicatesTooNew";
  }
}

/** Same counter and bytes within this time: a copy. Later: the device counts anew. */
const SAME_UPLINK_MS = 3_600_000;
/** Longer than a broker holds a message back in any usual configuration of ours. */
const KEPT_MS = 8 * 86_400_000;
/** About 30 MB of index; over an hour at 60 uplinks a second. */
const KEPT_MAX = 300_000;
const PRUNED_AT_ONCE = 5_000;

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE seen (
     id INTEGER PRIMARY KEY, identity TEXT NOT NULL, of TEXT NOT NULL, digest INTEGER NOT NULL, at INTEGER NOT NULL
   ) STRICT;`,
];

interface Seen {
  readonly identity: string;
  /** The deduplication id of an uplink; empty for other kinds. */
  readonly of: string;
  readonly digest: number;
  readonly at: number;
}

const FNV_PRIME_A = 2_654_435_761;
const FNV_PRIME_B = 1_597_334_677;

/** 53 bits over text or bytes (cyrb53, public domain): an index, not a proof; a hit is compared in full. */
const digestOf = (length: number, at: (index: number) => number): number => {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < length; index += 1) {
    const unit = at(index);
    a = Math.imul(a ^ unit, FNV_PRIME_A);
    b = Math.imul(b ^ unit, FNV_PRIME_B);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0);
};
const textDigest = (text: string): number => digestOf(text.length, (index) => text.charCodeAt(index));
const bytesDigest = (bytes: Uint8Array): number => digestOf(bytes.length, (index) => bytes[index]!);

/** What makes an event one and the same; chosen by kind, because no one field does it for all. */
const identityOf = (event: ChirpStackEvent, topic: string, payload: Uint8Array): string => {
  switch (event.kind) {
    case "up":
      return `up ${event.devEui} ${event.devAddr} ${event.fCnt}`;
    case "join":
    case "status":
    case "location":
      if (event.deduplicationId !== "") return `${event.kind} ${event.deduplicationId}`;
      break;
    case "ack":
      if (event.acknowledged && event.deduplicationId !== "") return `ack ${event.deduplicationId}`;
      return `ack ${event.queueItemId} ${event.fCntDown} ${event.acknowledged}`;
    case "txack":
      return `txack ${event.queueItemId} ${event.downlinkId}`;
  }
  // Two events of the same words differ in their time; a redelivered one does not.
  return `${topic} ${bytesDigest(payload)} ${event.kind === "log" ? event.time : ""}`;
};

const judgeUp = (event: UpEvent, before: Seen, digest: number): Verdict => {
  if (event.deduplicationId !== "" && event.deduplicationId === before.of) return "copy";
  const sameHour = Math.abs(event.time - before.at) < SAME_UPLINK_MS;
  return digest === before.digest && sameHour ? "copy" : "counter-restart";
};

const verdictOf = (event: ChirpStackEvent, before: Seen | undefined, digest: number, redelivered: boolean): Verdict => {
  if (before === undefined) return "new";
  if (event.kind === "up") return judgeUp(event, before, digest);
  // What we cannot read may say the same thing twice and mean it: only the broker's own word makes it a copy.
  if (event.kind === "unknown" || event.kind === "undecodable") return redelivered ? "copy" : "new";
  return "copy";
};

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'duplicates'").pluck().get();
  const found = (row as number | undefined) ?? 0;
  if (found > MIGRATIONS.length) throw new DuplicatesTooNew(found);
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('duplicates', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

export const openDuplicates = (db: Database, options: { keptMax?: number; keptMs?: number } = {}): Duplicates => {
  const keptMax = options.keptMax ?? KEPT_MAX;
  const keptMs = options.keptMs ?? KEPT_MS;
  migrate(db);
  const insert = db.prepare("INSERT INTO seen (id, identity, of, digest, at) VALUES (?, ?, ?, ?, ?)");
  const find: Statement = db.prepare("SELECT identity, of, digest, at FROM seen WHERE id = ?");
  const oldest = db.prepare("SELECT id, identity, at FROM seen ORDER BY id LIMIT ?");
  const drop = db.prepare("DELETE FROM seen WHERE id <= ?");

  /** Digest of the identity → row id, the newest of equals. */
  const index = new Map<number, number>();
  /** What the open transaction put into the index: key and what stood there before. */
  let changes: [key: number, before: number | undefined][] = [];
  let lastId = 0;
  for (const row of db.prepare("SELECT id, identity FROM seen ORDER BY id").iterate()) {
    const { id, identity } = row as { id: number; identity: string };
    index.set(textDigest(identity), id);
    lastId = id;
  }
  let committedId = lastId;

  const remember = (key: number, before: number | undefined, seen: Seen): void => {
    lastId += 1;
    insert.run(lastId, seen.identity, seen.of, seen.digest, seen.at);
    changes.push([key, before]);
    index.set(key, lastId);
  };

  return {
    get remembered() {
      return index.size;
    },
    judge(event, { topic, payload, redelivered }) {
      const identity = identityOf(event, topic, payload);
      const key = textDigest(identity);
      const up = event.kind === "up" ? event : undefined;
      const digest = up === undefined ? 0 : bytesDigest(up.data);
      const rowId = index.get(key);
      const found = rowId === undefined ? undefined : (find.get(rowId) as Seen | undefined);
      const before = found?.identity === identity ? found : undefined;
      const verdict = verdictOf(event, before, digest, redelivered);
      if (verdict !== "copy")
        remember(key, rowId, { identity, of: up?.deduplicationId ?? "", digest, at: Math.trunc(event.time) });
      return verdict;
    },
    committed() {
      changes = [];
      committedId = lastId;
    },
    rolledBack() {
      for (const [key, before] of changes.reverse())
        if (before === undefined) index.delete(key);
        else index.set(key, before);
      changes = [];
      lastId = committedId;
    },
    prune(now) {
      const rows = oldest.all(PRUNED_AT_ONCE) as { id: number; identity: string; at: number }[];
      let last = 0;
      let dropped = 0;
      for (const { id, identity, at } of rows) {
        if (lastId - id < keptMax && at > now - keptMs) break;
        const key = textDigest(identity);
        if (index.get(key) === id) index.delete(key);
        last = id;
        dropped += 1;
      }
      if (dropped > 0) drop.run(last);
      return dropped;
    },
  };
};
