/** Registry changes as they come over the wire, checked before the replica follows them. */
import { z } from "zod";
import { ASSET_KINDS, DEVICE_CLASSES, DEVICE_STATES, type RegistryChange, USES } from "../../device-registry/words.ts";

/**
 * Characters, of up to three bytes each, of a text that rows are found by: an index row takes 2,704 bytes (PostgreSQL, btree), and that of
 * a series holds four of them.
 */
export const KEY_LENGTH_MAX = 200;
const Key = z.string().min(1).max(KEY_LENGTH_MAX);

/** ms since 1970, within what the database holds. */
const Time = z
  .number()
  .min(0)
  .max(Date.UTC(10_000, 0, 1) - 1);

const AssetShape = z.object({
  ref: Key,
  kind: z.enum(ASSET_KINDS),
  commune: Key,
  use: z.enum(USES),
  name: z.string().optional(),
  address: z.string().optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  attributes: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
});

/** Boxes before the life of a device was kept send no state: what serves an asset is in service. */
const DeviceShape = z
  .object({
    devEui: Key,
    joinEui: z.string().optional(),
    model: z.string().min(1),
    firmware: z.string().optional(),
    serialNumber: z.string().optional(),
    deviceClass: z.enum(DEVICE_CLASSES).optional(),
    state: z.enum(DEVICE_STATES).optional(),
    since: Time.optional(),
    by: z.string().optional(),
    asset: z.string().max(KEY_LENGTH_MAX).optional(),
    applicationId: z.string().optional(),
  })
  .transform(({ state, ...device }) => ({
    ...device,
    state: state ?? (device.asset === undefined ? ("in-stock" as const) : ("in-service" as const)),
  }));

const InstallationShape = z.object({
  asset: Key,
  device: Key,
  since: Time,
  until: Time.optional(),
});

const ChangeShape = z.discriminatedUnion("op", [
  z.object({ op: z.literal("put-asset"), asset: AssetShape }),
  z.object({ op: z.literal("remove-asset"), ref: Key }),
  z.object({ op: z.literal("put-device"), device: DeviceShape }),
  z.object({ op: z.literal("remove-device"), devEui: Key }),
  z.object({ op: z.literal("put-installation"), installation: InstallationShape }),
  z.object({ op: z.literal("remove-installation"), installation: InstallationShape }),
]);

type Optional<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Undefined when it is none that is known here. */
export const readRegistryChange = (change: Readonly<Record<string, unknown>>): RegistryChange | undefined => {
  const parsed = ChangeShape.safeParse(change);
  return parsed.success ? (parsed.data as Optional<typeof parsed.data> as RegistryChange) : undefined;
};
