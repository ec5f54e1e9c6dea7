/** `POST /journal/redecode` on the box's control socket: kept frames read again with today's codec, some entries at a time. */
import { z } from "zod";
import { Measured } from "./schemas.ts";

export const RedecodeRequest = z.strictObject({
  /** Readings of devices of this model. */
  model: z.string().min(1).max(64),
  /** Entries after this number. */
  after: z.number().int().min(0),
  /** Readings received before are left as they are; ms since 1970. */
  since: z.number().int().min(0).default(0),
  /** Whether corrections are written; else only told. */
  write: z.boolean(),
});

/** What of a reading differs. */
export const RedecodeChange = z.object({
  seq: z.number().int(),
  device: z.string(),
  receivedAt: z.iso.datetime(),
  /** The codec that read it before, `codec@version`. */
  codecBefore: z.string().optional(),
  codec: z.string().optional(),
  /** By quantity; absent on one side: it was not there. */
  quantities: z.array(z.object({ name: z.string(), before: Measured.optional(), after: Measured.optional() })),
});

export const RedecodeReply = z.object({
  /** Where to go on, and the newest entry there is. */
  next: z.number().int(),
  lastSeq: z.number().int(),
  examined: z.number().int(),
  /** Read otherwise than before, and written where that was asked. */
  changed: z.number().int(),
  /** Readable before and not any more: left as they are. */
  worse: z.number().int(),
  changes: z.array(RedecodeChange),
});

export type RedecodeRequest = z.infer<typeof RedecodeRequest>;
export type RedecodeChange = z.infer<typeof RedecodeChange>;
export type RedecodeReply = z.infer<typeof RedecodeReply>;
