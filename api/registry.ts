/**
 * The registry over the box's control socket (control.ts lists the requests): forms, deeds, what is undone, and what is told of a
 * device. Keys travel down only, over the socket that only the box's owner may open, and are sealed on arrival.
 */
import { z } from "zod";
import {
  AFTER_REPLACEMENT,
  ASSET_KINDS,
  DEVICE_CLASSES,
  DEVICE_STATES,
  REGISTRY_ACTIONS,
  USES,
} from "../device-registry/words.ts";
import { DeviceHealthView } from "./device-health.ts";

export * from "./device-health.ts";

const Eui = z.string().regex(/^[0-9a-f]{16}$/, "16 lower-case hex digits");
const Key = z.string().regex(/^[0-9a-f]{32}$/i, "32 hex digits");
const Text = z.string().min(1).max(200);
/** Who does it. */
const By = z.string().min(1).max(200);

/** What a device was given to join with; sealed, never told again. */
export const KeysForm = z.discriminatedUnion("activation", [
  z.strictObject({
    activation: z.literal("otaa"),
    lorawan: z.enum(["1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.1.0"]),
    appKey: Key,
    nwkKey: Key.optional(),
    genAppKey: Key.optional(),
  }),
  z.strictObject({
    activation: z.literal("abp"),
    lorawan: z.enum(["1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.1.0"]),
    devAddr: z.string().regex(/^[0-9a-f]{8}$/),
    appSKey: Key,
    nwkSKey: Key,
    sNwkSIntKey: Key.optional(),
    fNwkSIntKey: Key.optional(),
  }),
]);

const assetFields = {
  name: z.string().max(200).optional(),
  address: Text.optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  depthMm: z.number().int().min(100).max(20_000).optional(),
  ratedWatts: z.number().min(1).max(5_000).optional(),
  colourTemperatureKelvin: z.number().int().min(1_000).max(20_000).optional(),
  feeder: z.string().min(1).max(64).optional(),
  litresPerPulse: z.number().min(0.001).max(100_000).optional(),
  wattHoursPerPulse: z.number().min(0.001).max(1_000_000).optional(),
};

/** POST /devices. What is left out stays as it was. */
export const AddDevice = z.strictObject({
  devEui: Eui,
  /** May be left out for a device that is known. */
  model: z.string().min(1).optional(),
  joinEui: Eui.optional(),
  firmware: z.string().min(1).max(64).optional(),
  serialNumber: z.string().min(1).max(64).optional(),
  deviceClass: z.enum(DEVICE_CLASSES).optional(),
  asset: z.string().optional(),
  ...assetFields,
  keys: KeysForm.optional(),
  by: By.optional(),
  /** `place`: the device must be known; its model may be left as it is. */
  action: z.enum(["add", "place"]).optional(),
});

/** An asset without a device: a cabinet, a lamp not yet equipped. */
export const AssetForm = z.strictObject({ asset: z.string(), use: z.enum(USES).optional(), ...assetFields });

/** POST /devices/batch : lines of a list, one transaction. Each is entered or refused on its own. */
export const EnterBatch = z.strictObject({
  by: By,
  /** The operation an earlier batch of the same list began. */
  operation: z.number().int().optional(),
  forms: z
    .array(z.union([AddDevice, AssetForm]))
    .min(1)
    .max(500),
});

const Change = z.enum(["added", "changed", "unchanged"]);
export const EnterBatchReply = z.object({
  operation: z.number().int().optional(),
  /** In the order of the forms. */
  results: z.array(
    z.union([
      z.object({ change: Change }),
      z.object({ code: z.string(), message: z.string(), by: z.string().optional() }),
    ]),
  ),
});

/** POST /devices/deeds : a step in the life of a device. */
export const Deed = z.discriminatedUnion("action", [
  z.strictObject({ action: z.enum(["accept", "in-service", "faulty", "retire"]), devEui: Eui, by: By }),
  z.strictObject({ action: z.literal("move"), devEui: Eui, to: z.string().min(1), by: By }),
  z.strictObject({
    action: z.literal("replace"),
    asset: z.string().min(1),
    with: Eui,
    model: z.string().min(1).optional(),
    old: z.enum(AFTER_REPLACEMENT),
    by: By,
  }),
]);

export const DeviceView = z.object({
  devEui: z.string(),
  model: z.string(),
  joinEui: z.string().optional(),
  firmware: z.string().optional(),
  serialNumber: z.string().optional(),
  deviceClass: z.enum(DEVICE_CLASSES).optional(),
  state: z.enum(DEVICE_STATES),
  /** When it came into this state, and who said so. */
  since: z.iso.datetime().optional(),
  by: z.string().optional(),
  asset: z.string().optional(),
  commune: z.string().optional(),
  name: z.string().optional(),
  lastSeenAt: z.iso.datetime().optional(),
  /** Whether keys are sealed here, and for which activation. */
  keys: z.enum(["otaa", "abp"]).optional(),
  health: DeviceHealthView.optional(),
});

export const AssetRecordView = z.object({
  ref: z.string(),
  kind: z.enum(ASSET_KINDS),
  commune: z.string(),
  use: z.enum(USES),
  name: z.string().optional(),
  address: z.string().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  attributes: z.object({
    depthMm: z.number().optional(),
    ratedWatts: z.number().optional(),
    colourTemperatureKelvin: z.number().optional(),
    feeder: z.string().optional(),
    litresPerPulse: z.number().optional(),
    wattHoursPerPulse: z.number().optional(),
  }),
});

export const InstallationView = z.object({
  asset: z.string(),
  device: z.string(),
  /** Absent: before installations were kept. */
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
});

export const OperationView = z.object({
  id: z.number().int(),
  at: z.iso.datetime(),
  by: z.string(),
  action: z.enum(REGISTRY_ACTIONS),
  undoes: z.number().int().optional(),
  undoneBy: z.number().int().optional(),
  /** The region's command that asked for it; absent: it was done on the box. */
  command: z.string().optional(),
  changes: z.number().int(),
});

export const AddDeviceReply = z.object({
  device: DeviceView,
  change: Change,
  /** What `device undo` takes back; absent when nothing changed. */
  operation: z.number().int().optional(),
});
export const DeedReply = z.object({
  device: DeviceView,
  /** The device that was taken down. */
  old: DeviceView.optional(),
  change: z.enum(["changed", "unchanged"]),
  operation: z.number().int().optional(),
});
/** GET /devices */
export const DevicesReply = z.object({ devices: z.array(DeviceView) });
/** GET /devices/{DevEUI or asset} : by an asset, of the device that serves it now. */
export const DeviceDetail = z.object({
  device: DeviceView.optional(),
  asset: AssetRecordView.optional(),
  /** Newest first. */
  installations: z.array(InstallationView),
  operations: z.array(OperationView),
});
/** GET /registry : all of it, for lists; a line each, so that a large one holds nobody up. */
export const RegistryLine = z.union([z.object({ device: DeviceView }), z.object({ asset: AssetRecordView })]);
/** POST /devices/undo : the operation, or the newest one of a device, of an asset, of all. */
export const UndoRequest = z.strictObject({
  operation: z.number().int().optional(),
  device: Eui.optional(),
  asset: z.string().optional(),
  by: By,
});
export const UndoReply = z.object({ undone: OperationView, operation: z.number().int() });

export type AddDevice = z.infer<typeof AddDevice>;
export type AddDeviceReply = z.infer<typeof AddDeviceReply>;
export type AssetForm = z.infer<typeof AssetForm>;
export type AssetRecordView = z.infer<typeof AssetRecordView>;
export type Deed = z.infer<typeof Deed>;
export type DeedReply = z.infer<typeof DeedReply>;
export type DeviceDetail = z.infer<typeof DeviceDetail>;
export type DeviceView = z.infer<typeof DeviceView>;
export type DevicesReply = z.infer<typeof DevicesReply>;
export type EnterBatch = z.infer<typeof EnterBatch>;
export type EnterBatchReply = z.infer<typeof EnterBatchReply>;
export type InstallationView = z.infer<typeof InstallationView>;
export type KeysForm = z.infer<typeof KeysForm>;
export type OperationView = z.infer<typeof OperationView>;
export type RegistryLine = z.infer<typeof RegistryLine>;
/** The lines, sorted. */
export interface RegistryReply {
  readonly devices: readonly DeviceView[];
  readonly assets: readonly AssetRecordView[];
}
export type UndoRequest = z.infer<typeof UndoRequest>;
export type UndoReply = z.infer<typeof UndoReply>;
