/** Multicast groups whose keys the box gives out itself, as the control socket tells of them. No key is ever among it. */
import { z } from "zod";

/** POST /network/groups/make: a new group, or more members of one. Its keys are made on the box and never leave it but for them. */
export const MakeGroup = z.strictObject({
  name: z.string().min(1).max(100),
  /** The use whose application holds it. */
  application: z.string().min(1).max(100).default("lighting"),
  /** Assets. */
  targets: z.array(z.string().min(1)).min(1).max(5_000),
});

export const MadeGroup = z.object({
  /** Assets that cannot be in it, and why: `no-device`, `joins-no-group`; the group itself: `not-ours`. */
  refused: z.array(z.object({ target: z.string(), reason: z.string() })),
  /** Assets whose devices are declared members now; each must still be given the keys, by `command`. */
  targets: z.array(z.string()),
  command: z.string().optional(),
});

export const GroupView = z.object({
  name: z.string(),
  application: z.string(),
  /** 8 hex digits. */
  mcAddr: z.string(),
  /** Its keys were made here; else its members had them before. */
  made: z.boolean(),
  members: z.array(
    z.object({
      device: z.string(),
      asset: z.string().optional(),
      /** `waits` to be asked, `asked`, `confirmed` by the device itself, `missing`: told, and it did not prove it. */
      state: z.enum(["waits", "asked", "confirmed", "missing"]),
      at: z.iso.datetime().optional(),
    }),
  ),
});

/** GET /network/groups */
export const GroupsReply = z.object({ groups: z.array(GroupView) });

export type MakeGroup = z.infer<typeof MakeGroup>;
export type MadeGroup = z.infer<typeof MadeGroup>;
export type GroupView = z.infer<typeof GroupView>;
export type GroupsReply = z.infer<typeof GroupsReply>;
