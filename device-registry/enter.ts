/** Entering a device with the asset it serves: what a form, a label or a line of a list says, whether the box runs or not. */
import { parseAssetRef } from "./asset-ref.ts";
import { type Append, AssetTaken, type PutResult, type Registry } from "./store.ts";
import type { Asset, AssetAttributes, AssetKind, AssetRef, Device, Model, RegistryAction, Use } from "./words.ts";

export { parseAssetRef } from "./asset-ref.ts";

/** What is said of an asset; what is left out stays as it was. */
export interface AssetFields {
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly depthMm?: number | undefined;
  readonly ratedWatts?: number | undefined;
  readonly colourTemperatureKelvin?: number | undefined;
  readonly litresPerPulse?: number | undefined;
  readonly wattHoursPerPulse?: number | undefined;
  readonly feeder?: string | undefined;
}

/** An asset alone: a cabinet, a lamp not yet equipped. */
export interface AssetForm extends AssetFields {
  readonly asset: AssetRef;
  /** Where the kind does not say it. */
  readonly use?: Use | undefined;
}

/** What is left out stays as it was. */
export interface DeviceForm extends AssetFields {
  readonly devEui: string;
  readonly model: string;
  readonly joinEui?: string | undefined;
  readonly firmware?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly deviceClass?: Device["deviceClass"] | undefined;
  readonly asset?: AssetRef | undefined;
}

export type Refusal =
  | { readonly code: "unknown-model"; readonly model: string }
  | { readonly code: "bad-asset-reference"; readonly reference: string }
  | { readonly code: "asset-kind-differs"; readonly reference: string; readonly expected: AssetKind }
  | { readonly code: "device-retired"; readonly device: string }
  | { readonly code: "use-missing"; readonly reference: string };

export interface Entered {
  readonly ok: true;
  readonly device: Device;
  readonly asset?: Asset;
  readonly change: PutResult;
  /** What undoes it; absent when nothing changed. */
  readonly operation?: number;
}

/** Who enters it, and as part of what. */
export interface EnteredBy {
  readonly by: string;
  readonly action: Extract<RegistryAction, "add" | "place" | "import">;
  readonly operation?: number | undefined;
  /** The region's command that asks for it. */
  readonly command?: string | undefined;
}

const BY_THE_BOX: EnteredBy = { by: "box", action: "add" };

/** What an asset of a kind is for, where that is plain. */
const USES_OF_KINDS: Readonly<Partial<Record<AssetKind, Use>>> = {
  lamp: "lighting",
  cabinet: "lighting",
  container: "waste",
  spot: "mobility",
  counter: "mobility",
  room: "air",
  station: "air",
  door: "security",
};

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;

const attributesOf = (form: AssetFields, before: AssetAttributes): AssetAttributes => {
  const { depthMm, ratedWatts, colourTemperatureKelvin, feeder, litresPerPulse, wattHoursPerPulse } = form;
  const said = given({ depthMm, ratedWatts, colourTemperatureKelvin, feeder, litresPerPulse, wattHoursPerPulse });
  const pulses = litresPerPulse !== undefined || wattHoursPerPulse !== undefined;
  // A pulse is worth one thing: a new worth takes the place of the old one, whatever its unit.
  const { litresPerPulse: _, wattHoursPerPulse: __, ...others } = before;
  return { ...(pulses ? others : before), ...said };
};

const assetOf = (
  form: AssetFields,
  ref: AssetRef,
  use: Use | undefined,
  before: Asset | undefined,
): Asset | Refusal => {
  const parts = parseAssetRef(ref);
  if (parts === undefined) return { code: "bad-asset-reference", reference: ref };
  const known = before?.use ?? use ?? USES_OF_KINDS[parts.kind];
  if (known === undefined) return { code: "use-missing", reference: ref };
  const { name, address, latitude, longitude } = form;
  return {
    ...before,
    ref,
    kind: parts.kind,
    commune: parts.commune,
    use: known,
    ...given({ name, address, latitude, longitude }),
    attributes: attributesOf(form, before?.attributes ?? {}),
  };
};

const deviceOf = (form: DeviceForm, before: Device | undefined, ref: AssetRef | undefined, mark: object): Device => {
  const { devEui, model, joinEui, firmware, serialNumber, deviceClass } = form;
  const state =
    before === undefined || before.asset !== ref ? (ref === undefined ? "in-stock" : "installed") : before.state;
  return {
    ...before,
    devEui,
    model,
    ...given({ joinEui, firmware, serialNumber, deviceClass }),
    ...(ref === undefined ? {} : { asset: ref }),
    state,
    ...(state === before?.state && before.asset === ref ? {} : mark),
  };
};

/** What a form would make of an asset, without writing it. */
export const planAsset = (registry: Pick<Registry, "asset">, form: AssetForm): Asset | Refusal =>
  assetOf(form, form.asset, form.use, registry.asset(form.asset));

const worst = (a: PutResult, b: PutResult): PutResult => {
  if (a === "added" || b === "added") return "added";
  return a === "changed" || b === "changed" ? "changed" : "unchanged";
};

/** What a form would make of the registry, without writing it. */
export const planEntry = (
  registry: Pick<Registry, "device" | "asset">,
  findModel: (id: string) => Model | undefined,
  form: DeviceForm,
  mark: { readonly since: number; readonly by: string },
): { readonly device: Device; readonly asset?: Asset } | Refusal => {
  const model = findModel(form.model);
  if (model === undefined) return { code: "unknown-model", model: form.model };
  const before = registry.device(form.devEui);
  if (before?.state === "retired") return { code: "device-retired", device: form.devEui };
  const ref = form.asset ?? before?.asset;
  const kind = ref === undefined ? undefined : parseAssetRef(ref)?.kind;
  if (ref !== undefined && kind !== undefined && !model.assetKinds.includes(kind))
    return { code: "asset-kind-differs", reference: ref, expected: model.assetKinds[0]! };
  const asset = ref === undefined ? undefined : assetOf(form, ref, model.use, registry.asset(ref));
  if (asset !== undefined && "code" in asset) return asset;
  return { device: deviceOf(form, before, ref, mark), ...(asset === undefined ? {} : { asset }) };
};

/** Idempotent: the same form twice changes nothing. Throws `AssetTaken` (store.ts). Runs inside the caller's transaction. */
export const enterDevice = (
  registry: Registry,
  findModel: (id: string) => Model | undefined,
  form: DeviceForm,
  at: number,
  append: Append,
  as: EnteredBy = BY_THE_BOX,
): Entered | { readonly ok: false; readonly refusal: Refusal } => {
  const planned = planEntry(registry, findModel, form, { since: at, by: as.by });
  if ("code" in planned) return { ok: false, refusal: planned };
  const { device, asset } = planned;
  const serving = device.asset === undefined ? undefined : registry.deviceOf(device.asset);
  // Before anything is written: a list goes on after a line that is refused, in the same transaction.
  if (serving !== undefined && serving.devEui !== device.devEui) throw new AssetTaken(serving.asset!, serving.devEui);
  const step = registry.step({ at, ...as }, append);
  const assetChange = asset === undefined ? "unchanged" : step.putAsset(asset);
  const deviceChange = step.putDevice(device);
  const change =
    deviceChange === "added" ? "added" : worst(deviceChange, assetChange === "added" ? "changed" : assetChange);
  return {
    ok: true,
    device,
    change,
    ...(asset === undefined ? {} : { asset }),
    ...(step.operation === undefined ? {} : { operation: step.operation }),
  };
};

/** An asset without a device. Idempotent, as `enterDevice`. */
export const enterAsset = (
  registry: Registry,
  form: AssetForm,
  at: number,
  append: Append,
  as: EnteredBy,
):
  | { readonly ok: true; readonly asset: Asset; readonly change: PutResult; readonly operation?: number }
  | { readonly ok: false; readonly refusal: Refusal } => {
  const asset = planAsset(registry, form);
  if ("code" in asset) return { ok: false, refusal: asset };
  const step = registry.step({ at, ...as }, append);
  const change = step.putAsset(asset);
  return { ok: true, asset, change, ...(step.operation === undefined ? {} : { operation: step.operation }) };
};
