/**
 * Batches carried by hand. A file is the body of `POST /v1/boxes/{box}/batches`, as it would have gone over the line.
 *
 * | request | reply |
 * |---|---|
 * | GET /batches?all=true on the box's control socket | NDJSON of CarriedBatch, in the order of the journal |
 * | POST /batches (CarriedBody) on the hypervisor's control socket | CarriedReply |
 */
import { z } from "zod";

export const CarriedBatch = z.object({
  box: z.string(),
  epoch: z.number().int(),
  firstSeq: z.number().int(),
  lastSeq: z.number().int(),
  entries: z.number().int(),
  /** Protobuf under zstd, in Base64. */
  body: z.base64(),
});

export const CarriedBody = z.strictObject({ body: z.base64() });

/** `status` is what the box would have been answered. */
export const CarriedReply = z.object({
  box: z.string(),
  status: z.number().int(),
  durableSeq: z.number().int().optional(),
  expectedSeq: z.number().int().optional(),
  quarantined: z.array(z.number().int()).optional(),
  incident: z.string().optional(),
  message: z.string().optional(),
});

export type CarriedBatch = z.infer<typeof CarriedBatch>;
export type CarriedReply = z.infer<typeof CarriedReply>;
