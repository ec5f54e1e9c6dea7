/**
 * Two histories of one box, and entries lost at the region: what a person decides. `/api/v1/incidents` of the page's door, `/incidents` of the hypervisor's
 * control socket.
 *
 * | request | reply |
 * |---|---|
 * | GET incidents?open=true&box= | IncidentsReply, newest first; `due=true`: what is open or has a sign |
 * | POST incidents/{id}/decision (DecisionRequest) | IncidentView |
 */
import { z } from "zod";

export const INCIDENT_REASONS = [
  "another-history-at-cursor",
  "another-history-before-cursor",
  "not-a-beginning",
  "disputed",
  "later-epoch",
  "not-recoverable",
  "still-different",
] as const;

/** `undecided`: it has waited for three days. `knocking`: the box decided against came an hour after the decision and later, last within a day. */
export const INCIDENT_SIGNS = ["undecided", "knocking"] as const;

/** `keep`: what the region holds is the box, the refused copy stays refused. `new-epoch`: the refused copy is the box; also after `keep`.
 * `noted`: of a loss. */
export const DECISIONS = ["keep", "new-epoch", "noted"] as const;

const Moment = z.iso.datetime();

/** One of the two boxes of an incident, as far as it is known. */
export const SideView = z.object({
  address: z.string().optional(),
  /** Number of the certificate it showed last, hexadecimal; the same one for both where a disk was copied. */
  serial: z.string().optional(),
  version: z.string().optional(),
  /** Entries that the other has not: the same number twice where the place of the parting is exact. */
  entries: z.object({ least: z.number().int(), most: z.number().int() }).optional(),
  /** Times of those that are known at the region. */
  firstAt: Moment.optional(),
  lastAt: Moment.optional(),
  /** When the first and the last of them arrived; of the refused one: when it was refused first, and last. */
  heardSince: Moment.optional(),
  heardAt: Moment.optional(),
});

export const IncidentView = z.object({
  id: z.number().int(),
  box: z.string(),
  epoch: z.number().int(),
  reason: z.enum(INCIDENT_REASONS),
  openedAt: z.iso.datetime(),
  /** When the refused copy came last, and how often it came. */
  lastAt: z.iso.datetime(),
  attempts: z.number().int(),
  /** The first entry of the refused copy (0: it only said that it was set back), and how far the accepted history was then. */
  firstSeq: z.number().int(),
  durableSeq: z.number().int(),
  /** Address from which the refused copy came last. */
  heardFrom: z.string().optional(),
  /** After `new-epoch`: when the box in whose place the refused one goes on came last, and from which address. */
  replacedAt: z.iso.datetime().optional(),
  replacedFrom: z.string().optional(),
  /** What prompts a person to look again. */
  sign: z.enum(INCIDENT_SIGNS).optional(),
  /** False: the refused box is of the version before, which is not told apart from others of that version. */
  isNamed: z.boolean().optional(),
  /** Both are known to hold the same up to `commonSeq`, and not at `partedSeq`; exact where the second follows the first. */
  parting: z
    .object({ commonSeq: z.number().int(), commonAt: Moment.optional(), partedSeq: z.number().int().optional() })
    .optional(),
  accepted: SideView.optional(),
  refused: SideView.optional(),
  /** Refused batches kept aside. */
  kept: z.object({ batches: z.number().int(), entries: z.number().int(), lastSeq: z.number().int() }),
  /** The highest numbers that the accepted and the refused box were ever confirmed, as each says; absent from boxes before this was told. */
  acceptedConfirmedSeq: z.number().int().optional(),
  refusedConfirmedSeq: z.number().int().optional(),
  /** The oldest entry the refused box keeps. */
  refusedOldestSeq: z.number().int().optional(),
  /** Of a loss: entries, all between `firstSeq` and `durableSeq`; 0 where nobody can count them. */
  lost: z.number().int().optional(),
  /** Messages of this box that came again under a later epoch and were recognised; of all its histories together. */
  repeats: z.number().int().default(0),
  decision: z.enum(DECISIONS).optional(),
  decidedAt: z.iso.datetime().optional(),
  decidedBy: z.string().optional(),
});

export const IncidentsReply = z.object({ incidents: z.array(IncidentView) });

export const DecisionRequest = z.strictObject({
  decision: z.enum(DECISIONS),
  author: z.string().min(1).max(200).default("page"),
});

export type IncidentView = z.infer<typeof IncidentView>;
export type SideView = z.infer<typeof SideView>;
export type IncidentsReply = z.infer<typeof IncidentsReply>;
export type DecisionRequest = z.infer<typeof DecisionRequest>;
