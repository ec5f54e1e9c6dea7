/** Incidents as a person reads them: what is kept of each, and what tells the two boxes apart. */
import { senderOf } from "./senders.ts";
import { type Incident, type IncidentDecision, type IncidentReason, LOSS_REASONS, type Side } from "./words.ts";

export interface IncidentRow {
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
  readonly from_seq: number;
  readonly heard_from: string | null;
  readonly replaced_at: Date | null;
  readonly replaced_from: string | null;
  readonly claimant: number | null;
  readonly accepted_sender: string | null;
  readonly refused_sender: string | null;
  readonly refused_last_seq: number | null;
  readonly common_seq: number | null;
  readonly parted_seq: number | null;
  readonly own_first_at: Date | null;
  readonly own_last_at: Date | null;
  /** Where the accepted history ends; null where another has taken its place. */
  readonly accepted_seq: number | null;
  readonly common_at: Date | null;
  readonly accepted_first_at: Date | null;
  readonly accepted_last_at: Date | null;
  readonly accepted_since: Date | null;
  readonly accepted_heard_at: Date | null;
}

/** How many entries up to `last` one has that the other has not. */
const entriesOf = (
  { common_seq, parted_seq }: IncidentRow,
  last: number | null,
  other: number | null,
): Pick<Side, "entries"> => {
  if (common_seq === null || last === null) return {};
  const most = Math.max(0, last - common_seq);
  // The other one ends where both are the same.
  const isWhole = other !== null && other <= common_seq;
  const least = isWhole ? most : parted_seq === null ? 0 : Math.max(0, last - parted_seq + 1);
  return { entries: { least, most } };
};

const at = <Name extends string>(name: Name, date: Date | null): { readonly [Key in Name]?: number } =>
  date === null ? {} : ({ [name]: date.getTime() } as { readonly [Key in Name]?: number });

/** What tells the two apart. */
const sidesOf = (row: IncidentRow): Pick<Incident, "parting" | "accepted" | "refused"> => ({
  ...(row.common_seq === null
    ? {}
    : {
        parting: {
          commonSeq: row.common_seq,
          ...at("commonAt", row.common_at),
          ...(row.parted_seq === null ? {} : { partedSeq: row.parted_seq }),
        },
      }),
  accepted: {
    ...senderOf(row.accepted_sender),
    ...entriesOf(row, row.accepted_seq, row.refused_last_seq),
    ...at("firstAt", row.accepted_first_at),
    ...at("lastAt", row.accepted_last_at),
    ...at("heardSince", row.accepted_since),
    ...at("heardAt", row.accepted_heard_at),
  },
  refused: {
    ...senderOf(row.refused_sender),
    ...entriesOf(row, row.refused_last_seq, row.accepted_seq),
    ...at("firstAt", row.own_first_at),
    ...at("lastAt", row.own_last_at),
    ...at("heardSince", row.opened_at),
    ...at("heardAt", row.last_at),
  },
});

export const incidentOf = (row: IncidentRow): Incident => ({
  id: row.id,
  box: row.box,
  epoch: row.epoch,
  reason: row.reason,
  openedAt: row.opened_at.getTime(),
  lastAt: row.last_at.getTime(),
  attempts: row.attempts,
  // One that only said that it was set back may have sent entries since.
  firstSeq: row.first_seq === 0 ? row.from_seq : row.first_seq,
  durableSeq: row.durable_seq,
  repeats: row.repeats,
  kept: { batches: row.batches, entries: row.entries, lastSeq: row.last_seq },
  ...(row.accepted_confirmed_seq === null ? {} : { acceptedConfirmedSeq: row.accepted_confirmed_seq }),
  ...(row.refused_confirmed_seq === null ? {} : { refusedConfirmedSeq: row.refused_confirmed_seq }),
  ...(row.refused_oldest_seq === null ? {} : { refusedOldestSeq: row.refused_oldest_seq }),
  ...(row.heard_from === null ? {} : { heardFrom: row.heard_from }),
  ...(row.replaced_at === null ? {} : { replacedAt: row.replaced_at.getTime() }),
  ...(row.replaced_from === null ? {} : { replacedFrom: row.replaced_from }),
  ...(LOSS_REASONS.some((each) => each === row.reason) ? {} : { isNamed: row.claimant !== null, ...sidesOf(row) }),
  ...(row.lost === null ? {} : { lost: row.lost }),
  ...(row.decision === null ? {} : { decision: row.decision }),
  ...(row.decided_at === null ? {} : { decidedAt: row.decided_at.getTime() }),
  ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
});

/** The entry under a number, as the accepted history has it. A clock that was never set is nobody's time. */
const entryAt = (name: string, seq: string): string => `
LEFT JOIN LATERAL (
  SELECT at, arrived_at FROM (
    SELECT received_at AS at, arrived_at, epoch FROM reading
    WHERE reading.box = incident.box AND reading.epoch = ANY(lives.epochs) AND reading.seq = ${seq}
    UNION ALL
    SELECT at, arrived_at, epoch FROM event WHERE event.box = incident.box AND event.epoch = ANY(lives.epochs) AND event.seq = ${seq}
    UNION ALL
    SELECT to_timestamp(wall / 1000), NULL, epoch FROM kept_entry
    WHERE kept_entry.box = incident.box AND kept_entry.epoch = ANY(lives.epochs) AND kept_entry.seq = ${seq}
      AND wall BETWEEN 0 AND 8e12
  ) AS held ORDER BY epoch = box_cursor.epoch DESC, arrived_at NULLS LAST LIMIT 1
) AS ${name} ON true`;

export const INCIDENTS = `
SELECT incident.id, box.name AS box, incident.epoch, reason, opened_at, last_at, attempts, first_seq, durable_seq, decision,
       decided_at, decided_by, lost, heard_from, replaced_at, replaced_from, accepted_confirmed_seq, refused_confirmed_seq, refused_oldest_seq,
       claimant, accepted_sender, refused_sender, refused_last_seq, common_seq, parted_seq, own_first_at, own_last_at, lives.seq AS accepted_seq,
       common.at AS common_at, first.at AS accepted_first_at, last.at AS accepted_last_at, first.arrived_at AS accepted_since,
       last.arrived_at AS accepted_heard_at,
       (SELECT count(*)::int4 FROM kept_entry WHERE kept_entry.box = box.id AND repeats) AS repeats, kept.batches, kept.entries, kept.last_seq, kept.from_seq
FROM incident JOIN box ON box.id = incident.box JOIN box_cursor ON box_cursor.box = box.id
CROSS JOIN LATERAL (
  SELECT array_append(coalesce(branch_epochs, '{}'), box_cursor.epoch) AS epochs,
         CASE WHEN coalesce(decision, 'keep') = 'keep' AND incident.epoch >= box_cursor.epoch THEN box_cursor.seq END AS seq
) AS lives${entryAt("common", "incident.common_seq")}${entryAt("first", "coalesce(incident.parted_seq, incident.common_seq + 1)")}${entryAt("last", "lives.seq")}
CROSS JOIN LATERAL (
  SELECT count(*)::int4 AS batches, coalesce(max(size), 0)::int8 AS entries, coalesce(max(fork.first_seq + size - 1), 0)::int8 AS last_seq,
         coalesce(min(fork.first_seq), 0)::int8 AS from_seq
  FROM fork CROSS JOIN LATERAL (SELECT coalesce(fork.entries, (batch::jsonb ->> 'count')::int8) AS size) AS sized
  WHERE fork.box = incident.box AND (fork.incident = incident.id
    OR (fork.incident IS NULL AND fork.epoch = incident.epoch AND fork.first_seq = incident.first_seq))
) AS kept`;
