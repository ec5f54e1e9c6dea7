/** Two histories of one box: found, kept aside, decided by a person. */
import type { ForkReason } from "../../cloud-sync/protocol/admit.ts";
import { batchToJson, type DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply } from "../../cloud-sync/protocol/entry.ts";
import { HypervisorFault } from "../faults.ts";
import { type Claim, claimOf, epochFor, placeOf } from "./claimants.ts";
import { newOf, toldAside } from "./held-already.ts";
import { INCIDENTS, type IncidentRow, incidentOf } from "./incident-rows.ts";
import type { Place } from "./lots.ts";
import { notify } from "./notices.ts";
import { lookForPartings } from "./parting.ts";
import { type Caller, senderText } from "./senders.ts";
import type { Queries, Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { decisionsFor, type Incident, type IncidentDecision, type IncidentReason, LOSS_REASONS } from "./words.ts";

/** Refused batches kept for a person, per box and of one history of it; the copy repeats itself, and a disk has an end. */
const FORKS_MAX = 100;
const FORKS_OF_ONE_MAX = 60;
/** Of a box; older ones are long decided. */
const CLAIMS_READ_MAX = 200;

const seconds = (ms: number): number => ms / 1000;

export interface Refusal {
  readonly box: number;
  readonly arrivedAt: number;
  /** What the sender's connection shows. */
  readonly from: Caller | undefined;
  readonly durableSeq: number;
  readonly reason: ForkReason;
  readonly batch: DecodedBatch;
  /** What a person has decided on for this sender. */
  readonly chosen: { readonly epoch: number } | undefined;
  /** The incident a person has decided on, of whatever sender. */
  readonly next_incident: number | null;
}

const keepAside = (tx: Queries, incident: number, { box, arrivedAt, batch }: Refusal): Promise<unknown> =>
  tx.query(
    `INSERT INTO fork (box, epoch, first_seq, hash_after, arrived_at, batch, incident, entries)
     SELECT $1::int4, $2::int4, $3::int8, $4::bytea, to_timestamp($5::float8), $6::text, $7::int4, $10::int4
     WHERE (SELECT count(*) FROM fork WHERE box = $1::int4) < $8::int8
       AND (SELECT count(*) FROM fork WHERE box = $1::int4 AND incident = $7::int4) < $9::int8 ON CONFLICT DO NOTHING`,
    [
      box,
      batch.epoch,
      batch.firstSeq,
      batch.hashAfter,
      seconds(arrivedAt),
      batchToJson(batch),
      incident,
      FORKS_MAX,
      FORKS_OF_ONE_MAX,
      batch.entries.length + batch.unusable.length,
    ],
  );

interface ClaimRow {
  readonly id: number;
  readonly claimant: number | null;
  readonly epoch: number;
  readonly reason: IncidentReason;
  readonly first_seq: number;
  readonly hash_before: Uint8Array;
  readonly decision: IncidentDecision | null;
}

/** A heartbeat that disputes has no entry to be told by. */
const isSaid = (reason: IncidentReason): boolean => reason === "disputed" || reason === "later-epoch";

const HASH_BYTES = 32;

const toClaim = ({ hash_before, ...row }: ClaimRow): Claim<number> & Pick<ClaimRow, "epoch"> => ({
  id: row.id,
  epoch: row.epoch,
  place: placeOf(
    { epoch: row.epoch, firstSeq: row.first_seq, hashBefore: hash_before.subarray(0, HASH_BYTES) },
    isSaid(row.reason),
  ),
  ...(row.claimant === null ? {} : { claimant: row.claimant }),
  ...(row.decision === null ? {} : { decision: row.decision }),
});

const claimsOn = async (tx: Queries, box: number): Promise<readonly ReturnType<typeof toClaim>[]> => {
  const rows = await tx.query<ClaimRow>(
    `SELECT id, claimant, epoch, reason, first_seq, hash_before, decision FROM incident
     WHERE box = $1 AND reason <> ALL($2::text[]) ORDER BY id DESC LIMIT $3`,
    [box, LOSS_REASONS, CLAIMS_READ_MAX],
  );
  return rows.map(toClaim).reverse();
};

/** Whose incident it is; undefined where it does not say. */
export const claimantOf = async (tx: Queries, incident: number | null): Promise<number | undefined> => {
  if (incident === null) return undefined;
  const rows = await tx.query<{ claimant: number | null }>("SELECT claimant FROM incident WHERE id = $1", [incident]);
  return rows[0]?.claimant ?? undefined;
};

/** Incidents of one place stand side by side; a replica of the version before knows places alone, and the first by its place. */
const keyOf = (batch: DecodedBatch, place: string, said: boolean, claims: readonly Claim<number>[]): Uint8Array => {
  const { hashBefore, claimant } = batch;
  const key = said ? new Uint8Array() : hashBefore;
  const isFirst = claims.every((each) => each.claimant !== undefined || each.place !== place);
  if (claimant === undefined && isFirst) return key;
  return Buffer.concat([key, Buffer.from(` ${claimant ?? ""} ${claims.at(-1)?.id ?? 0}`)]);
};

/** What the accepted box said of itself with its last batch. */
const ACCEPTED = {
  columns: "accepted_confirmed_seq, accepted_sender",
  values: "CASE WHEN confirmed_seq IS NOT NULL THEN greatest(confirmed_seq, seq) END, sender",
} as const;

interface Opened {
  readonly id: number;
  readonly decision: IncidentDecision | null;
}

/** The incident of this refused history, opened if it is new. */
const openIncident = async (tx: Queries, refusal: Refusal): Promise<Opened> => {
  const { box, arrivedAt, from, durableSeq, reason, batch, next_incident } = refusal;
  const { claimant, firstSeq } = batch;
  const { confirmedSeq, oldestSeq, lastSeq } = batch.health;
  const said = isSaid(reason);
  const claims = await claimsOn(tx, box);
  const place = placeOf(batch, said);
  const sender = { ...(claimant === undefined ? {} : { claimant }), place };
  const known = claimOf<number, Claim<number>>(claims, sender, next_incident ?? undefined);
  const key = keyOf(batch, place, said, claims);
  const told = [
    box,
    seconds(arrivedAt),
    confirmedSeq ?? null,
    oldestSeq,
    from?.address ?? null,
    senderText(batch, from),
    Math.max(lastSeq, batch.lastSeq),
    firstSeq - 1,
    batch.hashBefore,
  ];
  const rows =
    known === undefined
      ? await tx.query<Opened>(
          `INSERT INTO incident (box, opened_at, last_at, attempts, refused_confirmed_seq, refused_oldest_seq, heard_from, refused_sender,
             refused_last_seq, place_seq, place_hash, epoch, reason, first_seq, hash_before, durable_seq, claimant, ${ACCEPTED.columns})
           SELECT $1, to_timestamp($2::float8), to_timestamp($2::float8), 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
             ${ACCEPTED.values} FROM box_cursor WHERE box = $1 RETURNING id, decision`,
          [...told, batch.epoch, reason, said ? 0 : firstSeq, key, durableSeq, claimant ?? null],
        )
      : await tx.query<Opened>(
          `UPDATE incident SET last_at = greatest(last_at, to_timestamp($2::float8)), attempts = attempts + 1, refused_confirmed_seq = $3,
             refused_oldest_seq = $4, heard_from = coalesce($5, heard_from), refused_sender = coalesce($6, refused_sender),
             refused_last_seq = $7, place_seq = $8, place_hash = $9,
             (${ACCEPTED.columns}) = (SELECT ${ACCEPTED.values} FROM box_cursor WHERE box = $1)
           WHERE box = $1 AND id = $10 RETURNING id, decision`,
          [...told, known.id],
        );
  return rows[0]!;
};

/** What the sender of another history is told; its batch stays aside. In the caller's transaction. */
export const refuseFork = async (tx: Queries, refusal: Refusal): Promise<BatchReply> => {
  const { id, decision } = await openIncident(tx, refusal);
  if (refusal.chosen !== undefined) return { status: 410, epoch: refusal.chosen.epoch, adopt: true };
  if (refusal.batch.entries.length > 0) await keepAside(tx, id, refusal);
  const incident = `${id}`;
  if (decision === null) await tx.query("UPDATE box_cursor SET incident = $2 WHERE box = $1", [refusal.box, incident]);
  return { status: 423, incident };
};

/** A box in whose place a person let another go on still comes: it runs somewhere, and what its devices tell it goes nowhere. */
export const tellKnock = (tx: Queries, { box, arrivedAt }: Place, from: string | undefined): Promise<unknown> =>
  tx.query(
    `UPDATE incident SET replaced_at = greatest(replaced_at, to_timestamp($2::float8)), replaced_from = coalesce($3, replaced_from)
     WHERE id = (SELECT id FROM incident WHERE box = $1 AND decision = 'new-epoch' ORDER BY decided_at DESC, id DESC LIMIT 1)`,
    [box, seconds(arrivedAt), from ?? null],
  );

export interface LossFound {
  readonly reason: (typeof LOSS_REASONS)[number];
  /** First and last number among which it lies. */
  readonly from: number;
  readonly to: number;
  /** Entries. */
  readonly lost: number;
}

/** The comparison found what it cannot heal. The same place twice is the same incident; one that grows is open once more. */
export const openLossIncident = (
  tx: Queries,
  { box, epoch, arrivedAt }: Place,
  { reason, from, to, lost }: LossFound,
): Promise<unknown> =>
  tx.query(
    `INSERT INTO incident (box, epoch, reason, first_seq, hash_before, durable_seq, opened_at, last_at, attempts, lost)
     VALUES ($1, $2, $3, $4, convert_to($3, 'UTF8'), $5, to_timestamp($6::float8), to_timestamp($6::float8), 1, $7)
     ON CONFLICT (box, epoch, first_seq, hash_before) DO UPDATE
       SET last_at = greatest(incident.last_at, excluded.last_at), attempts = incident.attempts + 1,
           (durable_seq, lost) = (SELECT greatest(incident.durable_seq, excluded.durable_seq),
             CASE WHEN excluded.durable_seq < incident.durable_seq THEN incident.lost ELSE excluded.lost END),
           (decision, decided_at, decided_by) = (SELECT incident.decision, incident.decided_at, incident.decided_by
             WHERE excluded.durable_seq <= incident.durable_seq)`,
    [box, epoch, reason, from, to, seconds(arrivedAt), lost],
  );

interface Choice {
  readonly id: number;
  readonly box: number;
  /** Of the refused history. */
  readonly refused_epoch: number;
  readonly claimant: number | null;
  readonly epoch: number | null;
  readonly next_epoch: number | null;
  readonly next_incident: number | null;
}

/** Its sender, and no other, is told to go on in that epoch; where it does not say who it is, whoever is refused next and says it no more. */
const chooseEpoch = async (tx: Queries, choice: Choice): Promise<void> => {
  const { id, box, refused_epoch, claimant, epoch, next_epoch, next_incident } = choice;
  const known = (await claimsOn(tx, box)).flatMap((each) => (each.id === id ? [] : [each.epoch]));
  const others = next_epoch === null ? known : [...known, next_epoch];
  const fresh = epochFor(epoch ?? 0, { epoch: refused_epoch, others });
  // Of those who are not told apart one may have heard of the former decision.
  const isShared = claimant === null && (await claimantOf(tx, next_incident)) === undefined;
  await tx.query("UPDATE box_cursor SET next_epoch = $2, next_incident = $3 WHERE box = $1", [
    box,
    isShared ? (next_epoch ?? fresh) : fresh,
    id,
  ]);
};

const find = async (queries: Queries, id: number): Promise<Incident | undefined> =>
  (await queries.query<IncidentRow>(`${INCIDENTS} WHERE incident.id = $1`, [id])).map(incidentOf)[0];

export const incidentPart = (sql: Sql): Pick<Store, "incidents" | "decideIncident"> => ({
  async incidents({ box, open }) {
    await lookForPartings(sql, box);
    const rows = await sql.query<IncidentRow>(
      `${INCIDENTS} WHERE ($1::text IS NULL OR box.name = $1) AND ($2::bool IS NULL OR (decision IS NULL) = $2)
       ORDER BY incident.id DESC`,
      [box ?? null, open ?? null],
    );
    return rows.map(incidentOf);
  },

  decideIncident: (id, decision, by, at) =>
    sql.transaction(async (tx) => {
      const rows = await tx.query<{
        box: number;
        reason: IncidentReason;
        name: string;
        refused_epoch: number;
        claimant: number | null;
      }>(
        "SELECT incident.box, reason, box.name, incident.epoch AS refused_epoch, claimant FROM incident JOIN box ON box.id = incident.box WHERE incident.id = $1",
        [id],
      );
      const found = rows[0];
      if (found === undefined) throw new HypervisorFault("incident-unknown", { incident: id });
      if (!decisionsFor(found.reason).includes(decision))
        throw new HypervisorFault("incident-choice", { incident: id, decision });
      // The box's batches wait for the decision, or it for them.
      const cursors = await tx.query<Pick<Choice, "epoch" | "next_epoch" | "next_incident">>(
        "SELECT epoch, next_epoch, next_incident FROM box_cursor WHERE box = $1 FOR UPDATE",
        [found.box],
      );
      // A refused history that was kept out still waits in its box: it can be let in later, which undoes nothing.
      const decided = await tx.query(
        `UPDATE incident SET decision = $2, decided_by = $3, decided_at = to_timestamp($4::float8)
         WHERE id = $1 AND (decision IS NULL OR (decision = 'keep' AND $2 = 'new-epoch')) RETURNING id`,
        [id, decision, by, seconds(at)],
      );
      if (decided.length === 0)
        throw new HypervisorFault("incident-decided", { incident: id, decision: (await find(tx, id))?.decision ?? "" });
      if (decision === "new-epoch") await chooseEpoch(tx, { ...found, ...cursors[0]!, id });
      await tx.query(
        `UPDATE box_cursor SET incident = (
           SELECT max(id)::text FROM incident WHERE box = $1 AND decision IS NULL AND reason <> ALL($2::text[]))
         WHERE box = $1`,
        [found.box, LOSS_REASONS],
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
