/** Entering a device with the asset it serves: what `beffroi device add` does, whether the box runs or not. */
import type { Append, PutResult, Registry } from "./store.ts";
import {
  ASSET_KINDS,
  type Asset,
  type AssetAttributes,
  type AssetKind,
  type AssetRef,
  type Device,
  type Model,
} from "./words.ts";

export interface DeviceForm {
  readonly devEui: string;
  readonly model: string;
  readonly asset?: AssetRef | undefined;
  readonly name?: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly depthMm?: number | undefined;
  readonly ratedWatts?: number | undefined;
}

export type Refusal =
  | { readonly code: "unknown-model"; readonly model: string }
  | { readonly code: "bad-asset-reference"; readonly reference: string }
  | { readonly code: "asset-kind-differs"; readonly reference: string; readonly expected: AssetKind };

export interface Entered {
  readonly ok: true;
  readonly device: Device;
  readonly asset?: Asset;
  readonly change: PutResult;
}

/** `lamp:88383:042` → its parts; INSEE codes are five characters, Corsica's have a letter. */
export const parseAssetRef = (
  ref: string,
): { readonly kind: AssetKind; readonly commune: string; readonly number: string } | undefined => {
  const match = /^([a-z]+):([0-9][0-9AB][0-9]{3}):([0-9A-Za-z][0-9A-Za-z_-]{0,31})$/.exec(ref);
  const kind = ASSET_KINDS.find((known) => known === match?.[1]);
  return match && kind ? { kind, commune: match[2]!, number: match[3]! } : undefined;
};

const attributesOf = (form: DeviceForm, before: AssetAttributes): AssetAttributes => ({
  ...before,
  ...(form.depthMm === undefined ? {} : { depthMm: form.depthMm }),
  ...(form.ratedWatts === undefined ? {} : { ratedWatts: form.ratedWatts }),
});

const assetOf = (form: DeviceForm, ref: AssetRef, model: Model, before: Asset | undefined): Asset | Refusal => {
  const parts = parseAssetRef(ref);
  if (parts === undefined) return { code: "bad-asset-reference", reference: ref };
  if (!model.assetKinds.includes(parts.kind))
    return { code: "asset-kind-differs", reference: ref, expected: model.assetKinds[0]! };
  return {
    ...before,
    ref,
    kind: parts.kind,
    commune: parts.commune,
    use: before?.use ?? model.use,
    ...(form.name === undefined ? {} : { name: form.name }),
    ...(form.latitude === undefined ? {} : { latitude: form.latitude }),
    ...(form.longitude === undefined ? {} : { longitude: form.longitude }),
    attributes: attributesOf(form, before?.attributes ?? {}),
  };
};

const worst = (a: PutResult, b: PutResult): PutResult => {
  if (a === "added" || b === "added") return "added";
  return a === "changed" || b === "changed" ? "changed" : "unchanged";
};

/** Idempotent: the same form twice changes nothing. Throws `AssetTaken` (store.ts). Runs inside the caller's transaction. */
export const enterDevice = (
  registry: Registry,
  findModel: (id: string) => Model | undefined,
  form: DeviceForm,
  at: number,
  append: Append,
): Entered | { readonly ok: false; readonly refusal: Refusal } => {
  const model = findModel(form.model);
  if (model === undefined) return { ok: false, refusal: { code: "unknown-model", model: form.model } };
  const before = registry.device(form.devEui);
  const ref = form.asset ?? before?.asset;
  const asset = ref === undefined ? undefined : assetOf(form, ref, model, registry.asset(ref));
  if (asset !== undefined && "code" in asset) return { ok: false, refusal: asset };
  const device: Device = {
    ...before,
    devEui: form.devEui,
    model: form.model,
    ...(ref === undefined ? {} : { asset: ref }),
  };
  const assetChange = asset === undefined ? "unchanged" : registry.putAsset(asset, at, append);
  const deviceChange = registry.putDevice(device, at, append);
  const change =
    deviceChange === "added" ? "added" : worst(deviceChange, assetChange === "added" ? "changed" : assetChange);
  return { ok: true, device, ...(asset === undefined ? {} : { asset }), change };
};
