/**
 * Which events are copies (D4). ChirpStack gives each kind of event another identity, and some none; a broker redelivers what was
 * not acknowledged in time; a gateway may deliver an uplink late. What was seen is remembered in the box's store, in the event's
 * own transaction, so that memory and journal cannot disagree after a crash.
 */
import type { Database } from "better-sqlite3";
import { openSeen, type Seen } from "./seen.ts";
import type { ChirpStackEvent, Delivery, UpEvent } from "./words.ts";

export type Verdict =
  | "new"
  | "copy"
  /** The device counted this before with other bytes or over an hour ago: its counter started again. */
  | "counter-restart";

export interface Duplicates {
  /**
   * Inside the event's transaction. Remembers what is not a copy. What is found in a history and is older than the newest event
   * ever forgotten counts as a copy: nobody can tell any more.
   */
  judge(event: ChirpStackEvent, delivery: Pick<Delivery, "topic" | "payload" | "redelivered" | "recovered">): Verdict;
  /** Writes what was remembered since; inside the transaction, at its end. */
  save(): void;
  /** The transaction is on disk. */
  committed(): void;
  /** The transaction was undone: so is the memory of it. */
  rolledBack(): void;
  /** Drops what is too old, at `now` and beside the newest event heard, or too much; inside a transaction of its own. Returns how many were dropped. */
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
/** At 32 bytes each, 10 MB in memory; over an hour at 60 uplinks a second. */
const KEPT_MAX = 300_000;

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  "CREATE TABLE seen (id INTEGER PRIMARY KEY, records BLOB NOT NULL, newest INTEGER NOT NULL) STRICT;",
  "CREATE TABLE forgotten (id INTEGER PRIMARY KEY CHECK (id = 0), newest INTEGER NOT NULL) STRICT;",
];

const FIND_SEED = 0;
const CHECK_SEED = 0x9e3779b9;

/** 32 bits over text or bytes (of cyrb53, public domain). Nobody gains by a collision: a device can only hide its own frame. */
const digestOf = (length: number, at: (index: number) => number, seed: number): number => {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let index = 0; index < length; index += 1) {
    const unit = at(index);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return a >>> 0;
};
const textDigest = (text: string, seed: number): number =>
  digestOf(text.length, (index) => text.charCodeAt(index), seed);
const bytesDigest = (bytes: Uint8Array): number => digestOf(bytes.length, (index) => bytes[index]!, FIND_SEED);

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
    case "log": {
      // By what it says: the broker may write it as JSON, and ChirpStack's history as protobuf.
      const context = Object.entries(event.context).sort(([one], [other]) => (one < other ? -1 : 1));
      const { devEui, time, level, code, description } = event;
      return `log ${devEui} ${time} ${JSON.stringify([level, code, description, context])}`;
    }
  }
  return `${topic} ${bytesDigest(payload)} `;
};

const judgeUp = (event: UpEvent, before: Seen, origin: number, bytes: number): Verdict => {
  if (origin !== 0 && origin === before.origin) return "copy";
  const sameHour = Math.abs(event.time - before.at) < SAME_UPLINK_MS;
  return bytes === before.bytes && sameHour ? "copy" : "counter-restart";
};

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'duplicates'").pluck().get();
  const found = (row as number | undefined) ?? 0;
  if (found > MIGRATIONS.length) throw new DuplicatesTooNew(found);
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('duplicates', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

export const openDuplicates = (db: Database, options: { keptMax?: number; keptMs?: number } = {}): Duplicates => {
  const keptMs = options.keptMs ?? KEPT_MS;
  migrate(db);
  const seen = openSeen(db, options.keptMax ?? KEPT_MAX);
  const keepForgotten = db.prepare(
    "INSERT INTO forgotten (id, newest) VALUES (0, ?) ON CONFLICT (id) DO UPDATE SET newest = excluded.newest",
  );
  /** Time of the newest event that was ever forgotten. */
  let forgottenTo =
    (db.prepare("SELECT newest FROM forgotten").pluck().get() as number | undefined) ?? Number.NEGATIVE_INFINITY;
  let newestAt = (db.prepare("SELECT max(newest) FROM seen").pluck().get() as number | null) ?? undefined;

  return {
    get remembered() {
      return seen.size;
    },
    judge(event, { topic, payload, redelivered, recovered }) {
      const identity = identityOf(event, topic, payload);
      const key = textDigest(identity, FIND_SEED);
      const check = textDigest(identity, CHECK_SEED);
      const up = event.kind === "up" ? event : undefined;
      const bytes = up === undefined ? 0 : bytesDigest(up.data);
      const origin = up === undefined || up.deduplicationId === "" ? 0 : textDigest(up.deduplicationId, FIND_SEED);
      // A history may hold what the device sent before it began to count anew.
      const before = (recovered && origin !== 0 && seen.find(key, check, origin)) || seen.find(key, check);
      let verdict: Verdict = "new";
      if (before !== undefined && up !== undefined) verdict = judgeUp(up, before, origin, bytes);
      // What we cannot read may say the same thing twice and mean it: only the broker's own word makes it a copy.
      else if (before !== undefined && (redelivered || (event.kind !== "unknown" && event.kind !== "undecodable")))
        verdict = "copy";
      else if (before === undefined && recovered && event.time <= forgottenTo) verdict = "copy";
      newestAt = Math.max(newestAt ?? event.time, event.time);
      if (verdict !== "copy") seen.add({ key, check, origin, bytes, at: Math.trunc(event.time) });
      return verdict;
    },
    save: seen.save,
    committed: seen.committed,
    rolledBack: seen.rolledBack,
    // By the events' own time: a clock years ahead must not forget what the broker may still send again.
    prune(now) {
      const { records, newest } = seen.prune(Math.min(now, newestAt ?? now) - keptMs);
      if (newest > forgottenTo) {
        forgottenTo = newest;
        keepForgotten.run(newest);
      }
      return records;
    },
  };
};
