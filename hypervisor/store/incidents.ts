/** Two histories of one box: found, kept aside, decided by a person. */
import type { ForkReason } from "../../cloud-sync/protocol/admit.ts";
import { batchToJson, type DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply } from "../../cloud-sync/protocol/entry.ts";
import { HypervisorFault } from "../faults.ts";
import { newOf, toldAside } from "./held-already.ts";
import type { Place } from "./lots.ts";
import { notify } from "./notices.ts";
import type { Queries, Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { decisionsFor, type Incident, type IncidentDecision, type IncidentReason, LOSS_REASONS } from "./words.ts";

/** Refused batches kept for a person, per box; the copy repeats itself, and a disk has an end. */
const FORKS_MAX = 100;

const seconds = (ms: number): number => ms / 1000;

export interface Refusal {
  readonly box: number;
  readonly arrivedAt: number;
  readonly durableSeq: number;
  readonly reason: ForkReason;
  readonly batch: DecodedBatch;
  /** What a person has decided on for this box. */
  readonly nextEpoch: number | undefined;
}

const keepAside = (tx: Queries, { box, arrivedAt, batch }: Refusal): Promise<unknown> =>
  tx.query(
    `INSERT INTO fork (box, epoch, first_seq, hash_after, arrived_at, batch)
     SELECT $1::int4, $2::int4, $3::int8, $4::bytea, to_timestamp($5::float8), $6::text
     WHERE (SELECT count(*) FROM fork WHERE box = $1::int4) < $7::int8 ON CONFLICT DO NOTHING`,
    [box, batch.epoch, batch.firstSeq, batch.hashAfter, seconds(arrivedAt), batchToJson(batch), FORKS_MAX],
  );

interface Opened {
  readonly id: number;
  readonly decision: IncidentDecision | null;
}

/**
 * The incident of this refused history, opened if it is new. A heartbeat that disputes has no entry to be told by. What the accepted box
 * said of itself it said with its last batch, which was confirmed since.
 */
const openIncident = async (tx: Queries, refusal: Refusal): Promise<Opened> => {
  const { box, arrivedAt, durableSeq, reason, batch } = refusal;
  const disputed = reason === "disputed" || reason === "later-epoch";
  const { confirmedSeq, oldestSeq } = batch.health;
  const rows = await tx.query<Opened>(
    `INSERT INTO incident (box, epoch, reason, first_seq, hash_before, durable_seq, opened_at, last_at, attempts,
       accepted_confirmed_seq, refused_confirmed_seq, refused_oldest_seq)
     SELECT $1, $2, $3, $4, $5, $6, to_timestamp($7::float8), to_timestamp($7::float8), 1,
       CASE WHEN confirmed_seq IS NOT NULL THEN greatest(confirmed_seq, seq) END, $8, $9
     FROM box_cursor WHERE box = $1
     ON CONFLICT (box, epoch, first_seq, hash_before) DO UPDATE
       SET last_at = greatest(incident.last_at, excluded.last_at), attempts = incident.attempts + 1,
         accepted_confirmed_seq = excluded.accepted_confirmed_seq, refused_confirmed_seq = excluded.refused_confirmed_seq,
         refused_oldest_seq = excluded.refused_oldest_seq
     RETURNING id, decision`,
    [
      box,
      batch.epoch,
      reason,
      disputed ? 0 : batch.firstSeq,
      disputed ? new Uint8Array() : batch.hashBefore,
      durableSeq,
      seconds(arrivedAt),
      confirmedSeq ?? null,
      oldestSeq,
    ],
  );
  return rows[0]!;
};

/** What the sender of another history is told; its batch stays aside. In the caller's transaction. */
export const refuseFork = async (tx: Queries, refusal: Refusal): Promise<BatchReply> => {
  const { id, decision } = await openIncident(tx, refusal);
  if (refusal.nextEpoch !== undefined) return { status: 410, epoch: refusal.nextEpoch, adopt: true };
  if (refusal.batch.entries.length > 0) await keepAside(tx, refusal);
  const incident = `${id}`;
  if (decision === null) await tx.query("UPDATE box_cursor SET incident = $2 WHERE box = $1", [refusal.box, incident]);
  return { status: 423, incident };
};

export interface LossFound {
  readonly reason: (typeof LOSS_REASONS)[number];
  /** First and last number among which it lies. */
  readonly from: number;
  readonly to: number;
  /** Entries. */
  readonly lost: number;
}

/** The comparison found what it cannot heal. The same place twice is the same incident. */
export const openLossIncident = (
  tx: Queries,
  { box, epoch, arrivedAt }: Place,
  { reason, from, to, lost }: LossFound,
): Promise<unknown> =>
  tx.query(
    `INSERT INTO incident (box, epoch, reason, first_seq, hash_before, durable_seq, opened_at, last_at, attempts, lost)
     VALUES ($1, $2, $3, $4, convert_to($3, 'UTF8'), $5, to_timestamp($6::float8), to_timestamp($6::float8), 1, $7)
     ON CONFLICT (box, epoch, first_seq, hash_before) DO UPDATE
       SET last_at = greatest(incident.last_at, excluded.last_at), attempts = incident.attempts + 1, lost = excluded.lost`,
    [box, epoch, reason, from, to, seconds(arrivedAt), lost],
  );

interface Row {
  readonly lost: number | null;
  readonly accepted_confirmed_seq: number | null;
  readonly refused_confirmed_seq: number | null;
  readonly refused_oldest_seq: number | null;
  readonly repeats: number;
  readonly id: number;
  readonly box: string;
  readonly epoch: number;
  readonly reason: IncidentReason;
  readonly opened_at: Date;
  readonly last_at: Date;
  readonly attempts: number;
  readonly first_seq: number;
  readonly durable_seq: number;
  readonly decision: IncidentDecision | null;
  readonly decided_at: Date | null;
  readonly decided_by: string | null;
  readonly batches: number;
  readonly entries: number;
  readonly last_seq: number;
}

const incidentOf = (row: Row): Incident => ({
  id: row.id,
  box: row.box,
  epoch: row.epoch,
  reason: row.reason,
  openedAt: row.opened_at.getTime(),
  lastAt: row.last_at.getTime(),
  attempts: row.attempts,
  firstSeq: row.first_seq,
  durableSeq: row.durable_seq,
  repeats: row.repeats,
  kept: { batches: row.batches, entries: row.entries, lastSeq: row.last_seq },
  ...(row.accepted_confirmed_seq === null ? {} : { acceptedConfirmedSeq: row.accepted_confirmed_seq }),
  ...(row.refused_confirmed_seq === null ? {} : { refusedConfirmedSeq: row.refused_confirmed_seq }),
  ...(row.refused_oldest_seq === null ? {} : { refusedOldestSeq: row.refused_oldest_seq }),
  ...(row.lost === null ? {} : { lost: row.lost }),
  ...(row.decision === null ? {} : { decision: row.decision }),
  ...(row.decided_at === null ? {} : { decidedAt: row.decided_at.getTime() }),
  ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
});

const SELECT = `
SELECT incident.id, box.name AS box, incident.epoch, reason, opened_at, last_at, attempts, first_seq, durable_seq, decision,
       decided_at, decided_by, lost, accepted_confirmed_seq, refused_confirmed_seq, refused_oldest_seq,
       (SELECT count(*)::int4 FROM kept_entry WHERE kept_entry.box = box.id AND repeats) AS repeats, kept.batches, kept.entries, kept.last_seq
FROM incident JOIN box ON box.id = incident.box
CROSS JOIN LATERAL (
  SELECT count(*)::int4 AS batches, coalesce(max((batch::jsonb ->> 'count')::int8), 0)::int8 AS entries,
         coalesce(max(fork.first_seq + (batch::jsonb ->> 'count')::int8 - 1), 0)::int8 AS last_seq
  FROM fork WHERE fork.box = incident.box AND fork.epoch = incident.epoch AND fork.first_seq = incident.first_seq
) AS kept`;

const find = async (queries: Queries, id: number): Promise<Incident | undefined> =>
  (await queries.query<Row>(`${SELECT} WHERE incident.id = $1`, [id])).map(incidentOf)[0];

export const incidentPart = (sql: Sql): Pick<Store, "incidents" | "decideIncident"> => ({
  async incidents({ box, open }) {
    const rows = await sql.query<Row>(
      `${SELECT} WHERE ($1::text IS NULL OR box.name = $1) AND ($2::bool IS NULL OR (decision IS NULL) = $2)
       ORDER BY incident.id DESC`,
      [box ?? null, open ?? null],
    );
    return rows.map(incidentOf);
  },

  decideIncident: (id, decision, by, at) =>
    sql.transaction(async (tx) => {
      const rows = await tx.query<{ box: number; reason: IncidentReason; name: string }>(
        "SELECT incident.box, reason, box.name FROM incident JOIN box ON box.id = incident.box WHERE incident.id = $1",
        [id],
      );
      const found = rows[0];
      if (found === undefined) throw new HypervisorFault("incident-unknown", { incident: id });
      if (!decisionsFor(found.reason).includes(decision))
        throw new HypervisorFault("incident-choice", { incident: id, decision });
      // The box's batches wait for the decision, or it for them.
      await tx.query("SELECT FROM box_cursor WHERE box = $1 FOR UPDATE", [found.box]);
      const decided = await tx.query(
        `UPDATE incident SET decision = $2, decided_by = $3, decided_at = to_timestamp($4::float8)
         WHERE id = $1 AND decision IS NULL RETURNING id`,
        [id, decision, by, seconds(at)],
      );
      if (decided.length === 0)
        throw new HypervisorFault("incident-decided", { incident: id, decision: (await find(tx, id))?.decision ?? "" });
      await tx.query(
        `UPDATE box_cursor SET next_epoch = CASE WHEN $2::bool THEN coalesce(next_epoch, epoch + 1) ELSE next_epoch END,
           incident = (SELECT max(id)::text FROM incident WHERE box = $1 AND decision IS NULL AND reason <> ALL($3::text[]))
         WHERE box = $1`,
        [found.box, decision === "new-epoch", LOSS_REASONS],
      );
      await notify(tx, [{ type: "box", box: found.name }]);
      return (await find(tx, id))!;
    }),
});

/** What of a batch is not held already under the epoch before: two copies of one box share their beginnings. */
export const withoutHeld = async (
  tx: Queries,
  held: { readonly box: number; readonly epoch: number; readonly seq: number },
  batch: DecodedBatch,
): Promise<Pick<DecodedBatch, "entries" | "unusable">> => {
  if (batch.firstSeq > held.seq) return batch;
  const rows = await tx.query<{ seq: number; told: string }>(
    `SELECT seq, device || ' ' || f_cnt || ' ' || encode(frame, 'hex') || ' ' || round(extract(epoch FROM received_at) * 1000)::int8 AS told
     FROM reading WHERE box = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4
     UNION ALL
     SELECT seq, kind || ' ' || name || ' ' || round(extract(epoch FROM at) * 1000)::int8
     FROM event WHERE box = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4
     UNION ALL
     SELECT seq, $5 || entry FROM quarantine WHERE box = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4`,
    [held.box, held.epoch, batch.firstSeq, Math.min(batch.lastSeq, held.seq), toldAside("")],
  );
  return newOf(batch, new Map(rows.map(({ seq, told }) => [seq, told])));
};
