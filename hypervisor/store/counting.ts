/**
 * Received and missed frames by device and day, counted once over what is stored, in the order of the journal; beside it the running
 * hash at the beginning and end of each day. Goes on where it stopped; what the comparison replaced is counted anew from the start.
 */
import { bodyFromJson } from "../../cloud-sync/protocol/body-json.ts";
import { type ChainLink, RunningHash } from "../../cloud-sync/protocol/chain.ts";
import type { Loss } from "../../cloud-sync/protocol/entry.ts";
import { type CounterState, createDayCounter, type DeviceDay, dayOf } from "../../device-registry/health/day-count.ts";
import { linksOf } from "./links.ts";
import { shareLoss, wasTold } from "./loss-days.ts";
import type { Queries, Sql, Transaction } from "./sql.ts";

/** Entries counted in one transaction. */
const AT_ONCE = 4_096;

interface Counted {
  readonly box: number;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: Uint8Array | null;
  readonly end: number;
}

const lockCounted = async (tx: Queries, box: string): Promise<Counted | undefined> => {
  const rows = await tx.query<Counted>(
    `SELECT counted.box, counted.epoch, counted.seq, counted.hash, box_cursor.seq AS "end"
     FROM counted JOIN box ON box.id = counted.box
     JOIN box_cursor ON box_cursor.box = box.id AND box_cursor.epoch = counted.epoch
     WHERE box.name = $1 FOR UPDATE OF counted`,
    [box],
  );
  return rows[0];
};

const statesOf = async (tx: Queries, box: number): Promise<Map<string, CounterState>> => {
  const rows = await tx.query<{ device: string; last_f_cnt: number | null; last_at: Date | null; joined: boolean }>(
    "SELECT device, last_f_cnt, last_at, joined FROM frame_count WHERE box = $1",
    [box],
  );
  return new Map(
    rows.map(({ device, last_f_cnt, last_at, joined }) => [
      device,
      {
        ...(last_f_cnt === null || last_at === null ? {} : { last: { fCnt: last_f_cnt, at: last_at.getTime() } }),
        ...(joined ? { joined: true as const } : {}),
      },
    ]),
  );
};

const saveStates = async (tx: Queries, box: number, states: ReadonlyMap<string, CounterState>): Promise<void> => {
  const all = [...states];
  await tx.query(
    `INSERT INTO frame_count (box, device, last_f_cnt, last_at, joined)
     SELECT $1::int4, device, f_cnt, to_timestamp(at), joined
     FROM unnest($2::text[], $3::int8[], $4::float8[], $5::bool[]) AS state (device, f_cnt, at, joined)
     ON CONFLICT (box, device) DO UPDATE SET last_f_cnt = excluded.last_f_cnt, last_at = excluded.last_at, joined = excluded.joined`,
    [
      box,
      all.map(([device]) => device),
      all.map(([, { last }]) => last?.fCnt ?? null),
      all.map(([, { last }]) => (last === undefined ? null : last.at / 1_000)),
      all.map(([, { joined }]) => joined === true),
    ],
  );
};

const saveDays = async (tx: Queries, box: number, days: readonly DeviceDay[]): Promise<void> => {
  await tx.query(
    `INSERT INTO device_day (box, day, device, received, missed)
     SELECT $1::int4, * FROM unnest($2::int4[], $3::text[], $4::int8[], $5::int8[])
     ON CONFLICT (box, day, device) DO UPDATE
       SET received = device_day.received + excluded.received, missed = device_day.missed + excluded.missed`,
    [
      box,
      days.map(({ day }) => day),
      days.map(({ device }) => device),
      days.map(({ received }) => received),
      days.map(({ missed }) => missed),
    ],
  );
};

/** Where a day's entries lie, as far as this stretch tells. */
interface Bounds {
  readonly firstSeq: number;
  readonly before: Uint8Array | undefined;
  lastSeq: number;
  after: Uint8Array | undefined;
}

const saveBounds = async (tx: Queries, { box, epoch }: Counted, days: ReadonlyMap<number, Bounds>): Promise<void> => {
  const all = [...days];
  await tx.query(
    `INSERT INTO box_day (box, epoch, day, first_seq, last_seq, hash_before, hash_after)
     SELECT $1::int4, $2::int4, * FROM unnest($3::int4[], $4::int8[], $5::int8[], $6::bytea[], $7::bytea[])
     ON CONFLICT (box, epoch, day) DO UPDATE SET last_seq = excluded.last_seq, hash_after = excluded.hash_after`,
    [
      box,
      epoch,
      all.map(([day]) => day),
      all.map(([, { firstSeq }]) => firstSeq),
      all.map(([, { lastSeq }]) => lastSeq),
      all.map(([, { before }]) => before ?? null),
      all.map(([, { after }]) => after ?? null),
    ],
  );
};

/** The running hash, entry after entry, taken up again behind holes. */
const followHash = (start: Counted, resumes: ReadonlyMap<number, Uint8Array>) => {
  let running = start.hash === null ? undefined : new RunningHash(start.hash);
  let seq = start.seq;
  const resume = (): void => {
    const known = resumes.get(seq);
    if (known !== undefined) running = new RunningHash(known);
  };
  return {
    /** To just before this entry. */
    reach(link: ChainLink): void {
      if (link.seq !== seq + 1) running = undefined;
      seq = link.seq - 1;
      resume();
    },
    step(link: ChainLink): void {
      running?.step(link);
      seq = link.seq;
      resume();
    },
    get hash() {
      return running?.hash;
    },
  };
};

const resumesOf = async (tx: Queries, { box, epoch, seq }: Counted, to: number): Promise<Map<number, Uint8Array>> => {
  const rows = await tx.query<{ seq: number; hash: Uint8Array }>(
    `SELECT resume_seq AS seq, resume_hash AS hash FROM hole
     WHERE box = $1 AND epoch = $2 AND resume_seq BETWEEN $3 AND $4`,
    [box, epoch, seq, to],
  );
  return new Map(rows.map((row) => [row.seq, new Uint8Array(row.hash)]));
};

const isJoin = (link: ChainLink): string | undefined =>
  "body" in link && link.body.kind === "event" && link.body.event === "join" ? link.body.device : undefined;

/** Entries other than readings are kept as text under the hash. */
const understood = (link: ChainLink): ChainLink => {
  const body = "text" in link ? bodyFromJson(link.text) : undefined;
  return body === undefined ? link : { seq: link.seq, stamp: link.stamp, body };
};

const countStretch = async (tx: Transaction, counted: Counted): Promise<number> => {
  const to = Math.min(counted.end, counted.seq + AT_ONCE);
  const { links, repeats } = await linksOf(tx, { box: counted.box, epoch: counted.epoch, from: counted.seq + 1, to });
  const chain = followHash(counted, await resumesOf(tx, counted, to));
  const states = await statesOf(tx, counted.box);
  const counter = createDayCounter(states);
  const bounds = new Map<number, Bounds>();
  const losses: { readonly seq: number; readonly loss: Loss }[] = [];
  for (const raw of links) {
    chain.reach(raw);
    const link = understood(raw);
    const before = bounds.size === 0 || isNewDay(link, bounds) ? chain.hash : undefined;
    chain.step(raw);
    const joined = isJoin(link);
    const isRepeat = repeats.has(link.seq);
    if (joined !== undefined && !isRepeat) counter.joined(joined);
    if (!("body" in link)) continue;
    if (link.body.kind === "loss") losses.push({ seq: link.seq, loss: link.body });
    if (link.body.kind !== "reading") continue;
    const { device, fCnt, receivedAt, notes } = link.body;
    if (!isRepeat) counter.frame({ device, fCnt, receivedAt, counterRestarted: notes.includes("counter-restart") });
    const day = dayOf(receivedAt);
    const known = bounds.get(day);
    if (known === undefined) bounds.set(day, { firstSeq: link.seq, before, lastSeq: link.seq, after: chain.hash });
    else {
      known.lastSeq = link.seq;
      known.after = chain.hash;
    }
  }
  await saveDays(tx, counted.box, counter.take());
  await saveStates(tx, counted.box, states);
  await saveBounds(tx, counted, bounds);
  for (const { seq, loss } of losses) if (!(await wasTold(tx, counted, seq, loss))) await shareLoss(tx, counted, loss);
  const last = links.at(-1);
  const hash = last?.seq === to ? chain.hash : undefined;
  await tx.query("UPDATE counted SET seq = $2, hash = $3 WHERE box = $1", [counted.box, to, hash ?? null]);
  return counted.end - to;
};

const isNewDay = (link: ChainLink, bounds: ReadonlyMap<number, unknown>): boolean =>
  "body" in link && link.body.kind === "reading" && !bounds.has(dayOf(link.body.receivedAt));

/** Counts what has become durable since the last time. */
export const countDays = async (sql: Sql, box: string): Promise<void> => {
  for (;;) {
    const left = await sql.transaction(async (tx) => {
      const counted = await lockCounted(tx, box);
      return counted === undefined || counted.seq >= counted.end ? 0 : countStretch(tx, counted);
    });
    if (left <= 0) return;
  }
};

/** What is stored of the box has changed: its days are counted anew when they are next asked for. */
export const forgetDays = async (tx: Queries, box: number): Promise<void> => {
  for (const table of ["device_day", "box_day", "frame_count"])
    await tx.query(`DELETE FROM ${table} WHERE box = $1`, [box]);
  await tx.query(
    `UPDATE counted SET seq = comparison.first_seq - 1, hash = CASE WHEN comparison.first_seq = 1 THEN $2::bytea END
     FROM comparison WHERE comparison.box = counted.box AND counted.box = $1`,
    [box, new Uint8Array(32)],
  );
};
