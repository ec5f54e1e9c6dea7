/**
 * Entries of a box that the region could not use, on the hypervisor's control socket.
 *
 * | request | reply |
 * |---|---|
 * | GET /boxes/{box}/quarantine | QuarantineReply, in the order of the journal |
 * | POST /boxes/{box}/quarantine/replay | ReplayReply |
 */
import { z } from "zod";

export const QuarantineReply = z.object({
  entries: z.array(z.object({ epoch: z.number().int(), seq: z.number().int(), code: z.string(), entry: z.string() })),
});

export const ReplayReply = z.object({ stored: z.number().int(), left: z.number().int() });
