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

/** POST /network/groups/leave: members, by asset or DevEUI, that shall be members no more. */
export const LeaveGroup = z.strictObject({
  name: z.string().min(1).max(100),
  targets: z.array(z.string().min(1)).min(1).max(5_000),
});

export const LeftGroup = z.object({
  /** `not-in-group`; the group itself: `unknown-group`. */
  refused: z.array(z.object({ target: z.string(), reason: z.string() })),
  targets: z.array(z.string()),
  /** Devices that hear the group and did not prove a membership: where one of them is not meant, the others are told one by one. */
  stillHear: z.number().int(),
});

/** POST /network/groups/renew: other keys for a group, which each member must then be given by `command`. */
export const RenewGroup = z.strictObject({
  name: z.string().min(1).max(100),
  /** Only tell whom it concerns. */
  dryRun: z.boolean().default(false),
});

export const RenewedGroup = z.object({
  /** `unknown-group`; `not-ours`: its keys were given to the box. */
  refused: z.string().optional(),
  /** Assets. */
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
      /**
       * `waits` to be asked, `asked`, `confirmed` by the device itself, `missing`: told, and it did not prove it; `left`: a member no
       * more that may still hear the group.
       */
      state: z.enum(["waits", "asked", "confirmed", "missing", "left"]),
      at: z.iso.datetime().optional(),
      /** The box told it again and again, and does not any more. */
      givenUp: z.literal(true).optional(),
    }),
  ),
});

/** GET /network/groups */
export const GroupsReply = z.object({ groups: z.array(GroupView) });

export type MakeGroup = z.infer<typeof MakeGroup>;
export type MadeGroup = z.infer<typeof MadeGroup>;
export type LeaveGroup = z.infer<typeof LeaveGroup>;
export type LeftGroup = z.infer<typeof LeftGroup>;
export type RenewGroup = z.infer<typeof RenewGroup>;
export type RenewedGroup = z.infer<typeof RenewedGroup>;
export type GroupView = z.infer<typeof GroupView>;
export type GroupsReply = z.infer<typeof GroupsReply>;
