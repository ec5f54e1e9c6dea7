/**
 * The daily comparison of each box's journal with what the region stores of it. `/api/v1/comparisons` of the page's door,
 * `/comparisons` of the hypervisor's control socket.
 *
 * | request | reply |
 * |---|---|
 * | GET comparisons | ComparisonsReply, by box |
 * | POST boxes/{box}/comparison | ComparisonView: asked for with the box's next sign of life |
 */
import { z } from "zod";

export const ComparisonView = z.object({
  box: z.string(),
  /** The last one; absent: none yet. */
  at: z.iso.datetime().optional(),
  /** Asked for and not come yet. */
  wanted: z.boolean(),
  /** Ranges of the last one: told by the box, hashed at the region, different and sent again. */
  ranges: z.number().int(),
  hashed: z.number().int(),
  again: z.number().int(),
  /** Entries since the beginning: written again, and lost without a way back. */
  healed: z.number().int(),
  lost: z.number().int(),
});
export const ComparisonsReply = z.object({ comparisons: z.array(ComparisonView) });

export type ComparisonView = z.infer<typeof ComparisonView>;
export type ComparisonsReply = z.infer<typeof ComparisonsReply>;
