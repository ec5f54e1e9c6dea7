/** Registry changes as they come over the wire, checked before the replica follows them. */
import { z } from "zod";
import { ASSET_KINDS, type RegistryChange, USES } from "../../device-registry/words.ts";

const AssetShape = z.object({
  ref: z.string().min(1),
  kind: z.enum(ASSET_KINDS),
  commune: z.string().min(1),
  use: z.enum(USES),
  name: z.string().optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  attributes: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
});

const DeviceShape = z.object({
  devEui: z.string().min(1),
  model: z.string().min(1),
  asset: z.string().optional(),
  applicationId: z.string().optional(),
});

const ChangeShape = z.discriminatedUnion("op", [
  z.object({ op: z.literal("put-asset"), asset: AssetShape }),
  z.object({ op: z.literal("put-device"), device: DeviceShape }),
  z.object({ op: z.literal("remove-device"), devEui: z.string().min(1) }),
]);

type Optional<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Undefined when it is none that is known here. */
export const readRegistryChange = (change: Readonly<Record<string, unknown>>): RegistryChange | undefined => {
  const parsed = ChangeShape.safeParse(change);
  return parsed.success ? (parsed.data as Optional<typeof parsed.data> as RegistryChange) : undefined;
};
