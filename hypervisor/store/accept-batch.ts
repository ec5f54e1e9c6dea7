/** A batch becomes rows, and the box's cursor moves with them: one transaction, so that its effect is exactly once. */
import { admit, type Cursor } from "../../cloud-sync/protocol/admit.ts";
import { batchToJson, type DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply, Entry } from "../../cloud-sync/protocol/entry.ts";
import { HypervisorFault } from "../faults.ts";
import { putLatest, putSeen } from "./latest.ts";
import { notify } from "./notices.ts";
import { applyOutcomes } from "./outcomes.ts";
import { measurementRows, type Place, readingRows } from "./reading-rows.ts";
import { followRegistry } from "./registry-replica.ts";
import type { SeriesIds } from "./series.ts";
import { type Sorted, sortEntries, type Unusable } from "./sorting.ts";
import type { Queries, Transaction } from "./sql.ts";
import type { Change } from "./store.ts";

interface LockedBox {
  readonly id: number;
  readonly communes: readonly string[];
  readonly epoch: number | null;
  readonly seq: number;
  readonly hash: Uint8Array | null;
}

/** Forked batches kept for a person, per box; the clone repeats itself, and a disk has an end. */
const FORKS_MAX = 100;

const seconds = (ms: number): number => ms / 1000;

const lockBox = async (tx: Queries, name: string): Promise<LockedBox> => {
  const rows = await tx.query<LockedBox>(
    `SELECT box.id, box.communes, box_cursor.epoch, box_cursor.seq, box_cursor.hash
     FROM box JOIN box_cursor ON box_cursor.box = box.id
     WHERE box.name = $1 AND box.revoked_at IS NULL FOR UPDATE OF box_cursor`,
    [name],
  );
  const found = rows[0];
  if (found === undefined) throw new HypervisorFault("box-unknown", { box: name });
  return found;
};

/** No lock: what waits for the cursor is not held up. */
const findBox = async (tx: Queries, name: string): Promise<Pick<LockedBox, "id" | "communes">> => {
  const rows = await tx.query<LockedBox>("SELECT id, communes FROM box WHERE name = $1 AND revoked_at IS NULL", [name]);
  const found = rows[0];
  if (found === undefined) throw new HypervisorFault("box-unknown", { box: name });
  return found;
};

const insertReadings = async (
  tx: Transaction,
  place: Place,
  sorted: Sorted,
  memory: SeriesIds,
): Promise<readonly string[]> => {
  if (sorted.readings.length === 0) return [];
  const { readings } = sorted;
  const series = await memory.resolve(tx, place.box, readings);
  const rows = readingRows(place, readings);
  await tx.copy(rows.target, rows.bytes);
  if (series.length > 0) {
    const values = measurementRows(place, readings, series);
    await tx.copy(values.target, values.bytes);
    memory.ranked(await putLatest(tx, place.box, { readings, series, arrivedAt: place.arrivedAt }));
  }
  return putSeen(tx, place.box, readings, place.arrivedAt);
};

const eventRow = ({ body }: Sorted["events"][number]): { name: string; device: string | null; detail: unknown } => {
  if (body.kind === "event") return { name: body.event, device: body.device, detail: body.detail };
  if (body.kind === "alarm") return { name: body.alarm, device: null, detail: { raised: body.raised, ...body.detail } };
  if (body.kind === "loss") {
    const { counts, range, devices } = body;
    return { name: body.reason, device: null, detail: { counts, range, devices } };
  }
  if (body.kind === "clock") return { name: body.source, device: null, detail: { boot: body.boot, lead: body.lead } };
  return { name: "", device: null, detail: body };
};

const insertEvents = async (tx: Queries, place: Place, events: Sorted["events"]): Promise<void> => {
  if (events.length === 0) return;
  const rows = events.map(eventRow);
  await tx.query(
    `INSERT INTO event (box, epoch, arrived_at, seq, kind, name, device, at, detail)
     SELECT $1::int4, $2::int4, to_timestamp($3::float8), seq, kind, name, device, to_timestamp(at), detail::jsonb
     FROM unnest($4::int8[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::text[])
       AS entry (seq, kind, name, device, at, detail)`,
    [
      place.box,
      place.epoch,
      seconds(place.arrivedAt),
      events.map(({ seq }) => seq),
      events.map(({ body }) => body.kind),
      rows.map(({ name }) => name),
      rows.map(({ device }) => device),
      events.map(({ body }) => seconds(body.at)),
      rows.map(({ detail }) => JSON.stringify(detail)),
    ],
  );
};

const insertQuarantine = async (tx: Queries, place: Place, unusable: readonly Unusable[]): Promise<void> => {
  if (unusable.length === 0) return;
  await tx.query(
    `INSERT INTO quarantine (box, epoch, arrived_at, seq, code, entry)
     SELECT $1::int4, $2::int4, to_timestamp($3::float8), seq, code, entry
     FROM unnest($4::int8[], $5::text[], $6::text[]) AS aside (seq, code, entry)`,
    [
      place.box,
      place.epoch,
      seconds(place.arrivedAt),
      unusable.map(({ seq }) => seq),
      unusable.map(({ code }) => code),
      unusable.map(({ entry }) => entry),
    ],
  );
};

const recordLife = (tx: Queries, place: Place, batch: DecodedBatch): Promise<unknown> =>
  tx.query(
    `UPDATE box_life SET last_proof_at = greatest(last_proof_at, to_timestamp($2::float8)), clock_offset_ms = $3::int8,
       health = $4::jsonb WHERE box = $1::int4`,
    [place.box, seconds(place.arrivedAt), Math.round(batch.sentAt - place.arrivedAt), JSON.stringify(batch.health)],
  );

const openIncident = async (tx: Queries, place: Place, batch: DecodedBatch): Promise<string> => {
  const incident = `fork:${batch.epoch}:${batch.firstSeq}`;
  await tx.query("UPDATE box_cursor SET incident = coalesce(incident, $2) WHERE box = $1", [place.box, incident]);
  await tx.query(
    `INSERT INTO fork (box, epoch, first_seq, hash_after, arrived_at, batch)
     SELECT $1::int4, $2::int4, $3::int8, $4::bytea, to_timestamp($5::float8), $6::text
     WHERE (SELECT count(*) FROM fork WHERE box = $1::int4) < $7::int8 ON CONFLICT DO NOTHING`,
    [place.box, batch.epoch, batch.firstSeq, batch.hashAfter, seconds(place.arrivedAt), batchToJson(batch), FORKS_MAX],
  );
  return incident;
};

/** Stores what of the batch is new; returns what changed and which entries were set aside. */
const storeEntries = async (
  tx: Transaction,
  place: Place,
  communes: readonly string[],
  entries: readonly Entry[],
  foreign: readonly Unusable[],
  memory: SeriesIds,
): Promise<{ readonly changes: readonly Change[]; readonly quarantined: readonly number[] }> => {
  const sorted = sortEntries(entries, communes);
  const placed = await followRegistry(tx, place.box, sorted.changes);
  const heard = await insertReadings(tx, place, sorted, memory);
  await insertEvents(tx, place, sorted.events);
  const outcomes = await applyOutcomes(tx, place.box, sorted.outcomes);
  const unusable = [...foreign, ...sorted.unusable, ...outcomes.unusable];
  await insertQuarantine(tx, place, unusable);
  const refs = [...new Set([...placed, ...heard])];
  return {
    changes: [
      ...(refs.length === 0 ? [] : [{ type: "assets" as const, refs }]),
      ...outcomes.moved.map((id) => ({ type: "command" as const, id })),
    ],
    quarantined: unusable.map(({ seq }) => seq).sort((a, b) => a - b),
  };
};

const durable = (cursor: Cursor, quarantined: readonly number[], serverTime: number): BatchReply => ({
  status: 200,
  durableSeq: cursor.seq,
  durableHash: Buffer.from(cursor.hash).toString("hex"),
  quarantined,
  serverTime,
});

/** All of it in the caller's transaction. */
export const acceptBatch = async (
  tx: Transaction,
  batch: DecodedBatch,
  arrivedAt: number,
  memory: SeriesIds,
): Promise<BatchReply> => {
  const locked = await lockBox(tx, batch.box);
  const { epoch, hash } = locked;
  const cursor = epoch === null || hash === null ? undefined : { epoch, seq: locked.seq, hash };
  const place: Place = { box: locked.id, epoch: batch.epoch, arrivedAt };
  const admission = admit(cursor, batch);
  await recordLife(tx, place, batch);
  const alive: Change = { type: "box", box: batch.box };
  if (admission.verdict !== "accept") {
    await notify(tx, [alive]);
    if (admission.verdict === "duplicate") return durable(admission.cursor, [], arrivedAt);
    if (admission.verdict === "gap") return { status: 409, expectedSeq: admission.expectedSeq, serverTime: arrivedAt };
    if (admission.verdict === "wrong-epoch") return { status: 410, epoch: admission.epoch };
    return { status: 423, incident: await openIncident(tx, place, batch) };
  }
  const fresh = <Line extends { readonly seq: number }>(lines: readonly Line[]): readonly Line[] =>
    lines.filter(({ seq }) => seq >= admission.from);
  const foreign = fresh(batch.unusable).map((line) => ({ seq: line.seq, code: "body-unknown", entry: line.text }));
  const { changes, quarantined } = await storeEntries(
    tx,
    place,
    locked.communes,
    fresh(batch.entries),
    foreign.map((line) => ({ ...line, entry: line.entry.toWellFormed().replaceAll("\0", "\\u0000") })),
    memory,
  );
  const next = admission.cursor;
  await tx.query("UPDATE box_cursor SET epoch = $2, seq = $3, hash = $4 WHERE box = $1", [
    place.box,
    next.epoch,
    next.seq,
    next.hash,
  ]);
  await notify(tx, [...changes, alive]);
  return durable(next, quarantined, arrivedAt);
};

/** The newest state of each device, ahead of its history: in the caller's transaction. */
export const acceptLatest = async (
  tx: Transaction,
  batch: DecodedBatch,
  arrivedAt: number,
  memory: SeriesIds,
): Promise<void> => {
  const { id, communes } = await findBox(tx, batch.box);
  await recordLife(tx, { box: id, epoch: batch.epoch, arrivedAt }, batch);
  const { readings } = sortEntries(batch.entries, communes);
  const series = await memory.resolve(tx, id, readings);
  memory.ranked(await putLatest(tx, id, { readings, series, arrivedAt }));
  const refs = await putSeen(tx, id, readings, arrivedAt);
  const heard: readonly Change[] = refs.length === 0 ? [] : [{ type: "assets", refs: [...refs] }];
  await notify(tx, [...heard, { type: "box", box: batch.box }]);
};
