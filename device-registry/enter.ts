/** Entering a device with the asset it serves: what a form, a label or a line of a list says, whether the box runs or not. */
import { parseAssetRef } from "./asset-ref.ts";
import type { Append, PutResult, Registry } from "./store.ts";
import type { Asset, AssetAttributes, AssetKind, AssetRef, Device, Model, RegistryAction } from "./words.ts";

export { parseAssetRef } from "./asset-ref.ts";

/** What is left out stays as it was. */
export interface DeviceForm {
  readonly devEui: string;
  readonly model: string;
  readonly joinEui?: string | undefined;
  readonly firmware?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly deviceClass?: Device["deviceClass"] | undefined;
  readonly asset?: AssetRef | undefined;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly depthMm?: number | undefined;
  readonly ratedWatts?: number | undefined;
  readonly colourTemperatureKelvin?: number | undefined;
  readonly feeder?: string | undefined;
}

export type Refusal =
  | { readonly code: "unknown-model"; readonly model: string }
  | { readonly code: "bad-asset-reference"; readonly reference: string }
  | { readonly code: "asset-kind-differs"; readonly reference: string; readonly expected: AssetKind }
  | { readonly code: "device-retired"; readonly device: string };

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
}

const BY_THE_BOX: EnteredBy = { by: "box", action: "add" };

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;

const attributesOf = (form: DeviceForm, before: AssetAttributes): AssetAttributes => {
  const { depthMm, ratedWatts, colourTemperatureKelvin, feeder } = form;
  return { ...before, ...given({ depthMm, ratedWatts, colourTemperatureKelvin, feeder }) };
};

const assetOf = (form: DeviceForm, ref: AssetRef, model: Model, before: Asset | undefined): Asset | Refusal => {
  const parts = parseAssetRef(ref);
  if (parts === undefined) return { code: "bad-asset-reference", reference: ref };
  if (!model.assetKinds.includes(parts.kind))
    return { code: "asset-kind-differs", reference: ref, expected: model.assetKinds[0]! };
  const { name, address, latitude, longitude } = form;
  return {
    ...before,
    ref,
    kind: parts.kind,
    commune: parts.commune,
    use: before?.use ?? model.use,
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
  const asset = ref === undefined ? undefined : assetOf(form, ref, model, registry.asset(ref));
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
  { by, action, operation }: EnteredBy = BY_THE_BOX,
): Entered | { readonly ok: false; readonly refusal: Refusal } => {
  const planned = planEntry(registry, findModel, form, { since: at, by });
  if ("code" in planned) return { ok: false, refusal: planned };
  const { device, asset } = planned;
  const step = registry.step({ at, by, action, operation }, append);
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
