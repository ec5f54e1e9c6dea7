/** One wish for many assets: what it costs, how it is confirmed, what became of it. Shared by box and hypervisor. */
import { z } from "zod";
import { CommandRequest } from "./schemas.ts";

/** POST /mass. Without `confirm` it tells the cost, and for many assets the word that confirms exactly this wish. */
export const MassRequest = CommandRequest.omit({ id: true, target: true }).extend({
  targets: z.array(z.string().min(1)).min(1).max(5_000),
  /** The `confirm` of the plan that was shown. */
  confirm: z.string().optional(),
  /** Only tell the cost. */
  dryRun: z.boolean().default(false),
});

const AirCost = z.object({
  frames: z.number().int(),
  /** Of all frames together. */
  airtimeMs: z.number(),
  /** From the first to the last, as the duty cycle allows. */
  spanMs: z.number(),
});

export const MassPlan = z.object({
  assets: z.number().int(),
  /** By group frames; absent when no group can be used. */
  multicast: AirCost.extend({ assets: z.number().int(), groups: z.array(z.string()) }).optional(),
  unicast: AirCost,
  /** What confirmation costs at most: questions to those told by group that will not report in time by themselves. */
  questions: AirCost.exactOptional(),
  oneByOne: z.object({ sf12: AirCost, sf9: AirCost }),
  /** Why some go one by one: `not-in-group`, `group-not-whole` (a member is not meant), `no-gateway`. */
  reasons: z.array(z.string()),
  /** Assets that cannot be told, and why. */
  refused: z.array(z.object({ target: z.string(), reason: z.string() })),
  /** It is told in this order only with this word; absent where none is needed. */
  confirm: z.string().optional(),
  /** The commune must agree as well. Absent where the region is asked: each box decides. */
  consent: z.boolean().exactOptional(),
});

/** What became of a wish for many. */
export const MassView = z.object({
  id: z.uuid(),
  size: z.number().int(),
  /** Commands by state. */
  states: z.record(z.string(), z.number().int()),
  terminal: z.boolean(),
  /** Those that came to a bad end, by name. */
  named: z.array(z.object({ target: z.string(), state: z.string(), reason: z.string().optional() })),
});

export const MassReply = z.object({ plan: MassPlan, mass: MassView.optional() });

/** POST /cancel/ID: what waited of a command, or of a wish for many, was taken back. */
export const CancelReply = z.object({
  cancelled: z.number().int(),
  /** With ChirpStack already, or over. */
  tooLate: z.number().int(),
});

/** POST /api/v1/cancel/ID at the region. */
export const CancelRequest = z.strictObject({
  author: z.string().min(1).max(200),
  reason: z.string().min(1).max(500).optional(),
});
export const TakenBack = z.object({
  /** Never handed to a box. */
  cancelled: z.number().int(),
  /** Their boxes are asked to take them back; each one's end tells. */
  asked: z.number().int(),
  over: z.number().int(),
});

/** GET /queue: what waits, and for what. */
export const QueueReply = z.object({
  waiting: z.array(
    z.object({
      id: z.uuid(),
      target: z.string(),
      name: z.string(),
      precedence: z.string(),
      state: z.string(),
      expiresAt: z.iso.datetime(),
      /** `clock`, `consent`, `chirpstack`, `uplink`, `air`, `group`, `effect`; `broker`: its time is up, and what tells of it may lie at the broker. */
      waitsFor: z.string(),
      trouble: z.string().optional(),
    }),
  ),
  /** Of the last hour, by LoRa gateway and sub-band. */
  air: z.array(z.object({ gateway: z.string(), band: z.string(), usedMs: z.number(), share: z.number() })),
  leases: z.array(
    z.object({
      asset: z.string(),
      author: z.string(),
      precedence: z.string(),
      since: z.iso.datetime(),
      until: z.iso.datetime(),
      reason: z.string().optional(),
    }),
  ),
});

/** GET /audit: the chain of the box's audit log, verified. */
export const AuditReply = z.object({
  ok: z.boolean(),
  lines: z.number().int(),
  head: z.string().optional(),
  /** The first line that does not follow from the one before it. */
  brokenAt: z.number().int().optional(),
  last: z.array(
    z.object({
      seq: z.number().int(),
      at: z.iso.datetime(),
      who: z.string(),
      what: z.string(),
      about: z.string(),
      hash: z.string(),
    }),
  ),
});

export type MassRequest = z.infer<typeof MassRequest>;
export type MassPlan = z.infer<typeof MassPlan>;
export type TakenBack = z.infer<typeof TakenBack>;
export type CancelReply = z.infer<typeof CancelReply>;
export type MassView = z.infer<typeof MassView>;
export type MassReply = z.infer<typeof MassReply>;
export type QueueReply = z.infer<typeof QueueReply>;
export type AuditReply = z.infer<typeof AuditReply>;
