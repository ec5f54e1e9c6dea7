/**
 * What the region asks of a box's registry. It travels as a command (commands/command.ts) whose name is `registry.` and the action,
 * and whose fields are the form; the box decides, for the registry is its own. Keys are in no form: they are entered on the box.
 * `/api/v1/registry/changes` of the page's door, `/registry/changes` of the hypervisor's control socket.
 *
 * | request | reply |
 * |---|---|
 * | POST registry/changes (RegionChangeRequest) | CommandView, 201; 200 when it was known |
 * | GET registry/changes/{id} | CommandView |
 */
import { z } from "zod";
import { type Command, OF_REGISTRY } from "../commands/command.ts";
import { AFTER_REPLACEMENT } from "../device-registry/words.ts";
import { AddDevice, AssetForm } from "./registry.ts";

const { devEui } = AddDevice.shape;
const asset = z.string().min(1).max(64);

/** One step. What is left out of a device or an asset stays as it was. */
export const RegionChange = z.discriminatedUnion("action", [
  /** A device and the asset it serves: entered, placed, put right, with all that provisioning needs but its keys. */
  AddDevice.omit({ keys: true, by: true, action: true }).extend({ action: z.literal("device") }),
  /** An asset alone: renamed, put right. */
  AssetForm.extend({ action: z.literal("asset") }),
  z.strictObject({ action: z.enum(["accept", "in-service", "faulty", "retire"]), devEui }),
  z.strictObject({ action: z.literal("move"), devEui, to: asset }),
  z.strictObject({
    action: z.literal("replace"),
    asset,
    with: devEui,
    model: z.string().min(1).optional(),
    old: z.enum(AFTER_REPLACEMENT).default("retired"),
  }),
  /** Takes back what an earlier change did. */
  z.strictObject({ action: z.literal("undo"), command: z.uuid() }),
]);

const DAY_SECONDS = 86_400;

export const RegionChangeRequest = z.strictObject({
  id: z.uuid().optional(),
  change: RegionChange,
  author: z.string().min(1).max(200).default("page"),
  reason: z.string().min(1).max(500).optional(),
  /** Only needed where nobody can tell: something new in a commune of several boxes. */
  box: z.string().min(1).optional(),
  /** A box that is cut off for longer does not do it any more. Without it: a week. */
  expiresInSeconds: z
    .number()
    .int()
    .min(60)
    .max(90 * DAY_SECONDS)
    .default(7 * DAY_SECONDS),
});

/** Of a box's steps, the last one that the region knew of when it asked; absent where it cannot tell. */
const Known = z.number().int().nonnegative().optional();

/** Name and fields of the command. */
export const changeCommand = (
  { action, ...form }: RegionChange,
  known: number | undefined,
): Pick<Command, "name" | "fields"> => {
  const fields = Object.entries({ ...form, known }).filter(([, value]) => value !== undefined);
  return { name: `${OF_REGISTRY}${action}`, fields: Object.fromEntries(fields) as Command["fields"] };
};

/** Undefined when it is none that is known here. */
export const readChange = ({
  name,
  fields,
}: Pick<Command, "name" | "fields">): { readonly change: RegionChange; readonly known?: number } | undefined => {
  const { known, ...form } = fields;
  const change = RegionChange.safeParse({ ...form, action: name.slice(OF_REGISTRY.length) });
  const seen = Known.safeParse(known);
  if (!change.success || !seen.success) return undefined;
  return { change: change.data, ...(seen.data === undefined ? {} : { known: seen.data }) };
};

export type RegionChange = z.infer<typeof RegionChange>;
export type RegionChangeRequest = z.infer<typeof RegionChangeRequest>;
