/**
 * The life of a device (in stock → installed → accepted → in service → faulty → retired) and what moves it on. Each deed is one
 * step of the registry, so it is told to the region with who and when, and can be undone.
 */
import type { Append, Registry } from "./store.ts";
import type { AFTER_REPLACEMENT, AssetRef, DevEui, Device, DeviceState, Model, RegistryAction } from "./words.ts";

/** What a person says of one device. */
export type LifeDeed =
  | { readonly action: "accept" | "in-service" | "faulty" | "retire"; readonly devEui: DevEui }
  /** To another asset, or back to stock. */
  | { readonly action: "move"; readonly devEui: DevEui; readonly to: AssetRef | "stock" }
  /** The asset's device comes down, another takes its place. */
  | {
      readonly action: "replace";
      readonly asset: AssetRef;
      readonly by: DevEui;
      /** Of a device that is not yet in the registry; else it must be the one it has. */
      readonly model?: string | undefined;
      readonly old: (typeof AFTER_REPLACEMENT)[number];
    };

export type LifeRefusal =
  | { readonly code: "unknown-device"; readonly device: DevEui }
  | { readonly code: "unknown-asset"; readonly asset: AssetRef }
  | { readonly code: "unknown-model"; readonly model: string }
  | { readonly code: "wrong-state"; readonly device: DevEui; readonly state: DeviceState; readonly allowed: string }
  | { readonly code: "not-installed"; readonly device: DevEui }
  | { readonly code: "asset-vacant"; readonly asset: AssetRef }
  | { readonly code: "asset-kind-differs"; readonly asset: AssetRef; readonly model: string }
  | { readonly code: "model-differs"; readonly device: DevEui; readonly model: string }
  | { readonly code: "device-busy"; readonly device: DevEui; readonly asset: AssetRef };

export interface Acted {
  readonly ok: true;
  readonly device: Device;
  /** The device that was taken down. */
  readonly old?: Device;
  readonly change: "changed" | "unchanged";
  readonly operation?: number;
}

type Refused = { readonly ok: false; readonly refusal: LifeRefusal };
const refuse = (refusal: LifeRefusal): Refused => ({ ok: false, refusal });

/** From which states a deed leads where. */
const TABLE = {
  accept: { from: ["installed"], to: "accepted" },
  "in-service": { from: ["accepted", "faulty"], to: "in-service" },
  faulty: { from: ["installed", "accepted", "in-service"], to: "faulty" },
  retire: { from: ["in-stock", "installed", "accepted", "in-service", "faulty"], to: "retired" },
} as const satisfies Record<string, { readonly from: readonly DeviceState[]; readonly to: DeviceState }>;

export interface LifeParts {
  readonly registry: Registry;
  readonly findModel: (id: string) => Model | undefined;
  readonly at: number;
  readonly by: string;
  readonly append: Append;
  /** The deed belongs to a larger one, a list for example. */
  readonly operation?: number | undefined;
  /** The region's command that asks for it. */
  readonly command?: string | undefined;
}

const stepOf = ({ registry, at, by, append, operation, command }: LifeParts, action: RegistryAction) =>
  registry.step({ at, by, action, operation, command }, append);

const withoutAsset = ({ asset: _, ...device }: Device): Device => device;

/** Why a device may not serve an asset, or undefined. */
const misfit = (model: Model | undefined, id: string, asset: AssetRef, parts: LifeParts): LifeRefusal | undefined => {
  const kind = parts.registry.asset(asset)?.kind;
  if (kind === undefined) return { code: "unknown-asset", asset };
  if (model === undefined) return { code: "unknown-model", model: id };
  return model.assetKinds.includes(kind) ? undefined : { code: "asset-kind-differs", asset, model: id };
};

const moveOn = (deed: Extract<LifeDeed, { action: keyof typeof TABLE }>, device: Device, parts: LifeParts) => {
  const { at, by } = parts;
  const { from, to } = TABLE[deed.action];
  if (device.state === to) return { ok: true, device, change: "unchanged" } as const;
  if (!(from as readonly DeviceState[]).includes(device.state))
    return refuse({ code: "wrong-state", device: device.devEui, state: device.state, allowed: from.join(", ") });
  if (to === "in-service" && device.asset === undefined)
    return refuse({ code: "not-installed", device: device.devEui });
  const step = stepOf(parts, deed.action);
  const next = { ...(to === "retired" ? withoutAsset(device) : device), state: to, since: at, by };
  step.putDevice(next);
  return acted(next, step.operation);
};

const acted = (device: Device, operation: number | undefined, old?: Device): Acted => ({
  ok: true,
  device,
  change: "changed",
  ...(operation === undefined ? {} : { operation }),
  ...(old === undefined ? {} : { old }),
});

const move = ({ to }: Extract<LifeDeed, { action: "move" }>, device: Device, parts: LifeParts) => {
  const { at, by } = parts;
  if (device.state === "retired")
    return refuse({ code: "wrong-state", device: device.devEui, state: "retired", allowed: "in-stock, installed" });
  const isThere = to === "stock" ? device.state === "in-stock" : device.asset === to;
  if (isThere) return { ok: true, device, change: "unchanged" } as const;
  const objection = to === "stock" ? undefined : misfit(parts.findModel(device.model), device.model, to, parts);
  if (objection !== undefined) return refuse(objection);
  const step = stepOf(parts, "move");
  const bare = { ...withoutAsset(device), since: at, by };
  const next: Device = to === "stock" ? { ...bare, state: "in-stock" } : { ...bare, state: "installed", asset: to };
  step.putDevice(next);
  return acted(next, step.operation);
};

/** The device that is to take the place, as it stands or as it is entered now. */
const successor = (deed: Extract<LifeDeed, { action: "replace" }>, parts: LifeParts): Device | Refused => {
  const known = parts.registry.device(deed.by);
  if (known === undefined) {
    const model = deed.model ?? parts.registry.deviceOf(deed.asset)?.model ?? "";
    return { devEui: deed.by, model, state: "in-stock" };
  }
  if (known.asset !== undefined) return refuse({ code: "device-busy", device: deed.by, asset: known.asset });
  if (known.state !== "in-stock")
    return refuse({ code: "wrong-state", device: deed.by, state: known.state, allowed: "in-stock" });
  if (deed.model !== undefined && deed.model !== known.model)
    return refuse({ code: "model-differs", device: deed.by, model: known.model });
  return known;
};

const replace = (deed: Extract<LifeDeed, { action: "replace" }>, parts: LifeParts): Acted | Refused => {
  const { registry, at, by } = parts;
  if (registry.asset(deed.asset) === undefined) return refuse({ code: "unknown-asset", asset: deed.asset });
  const old = registry.deviceOf(deed.asset);
  if (old === undefined) return refuse({ code: "asset-vacant", asset: deed.asset });
  if (old.devEui === deed.by) return { ok: true, device: old, change: "unchanged" };
  const next = successor(deed, parts);
  if ("ok" in next) return next;
  const objection = misfit(parts.findModel(next.model), next.model, deed.asset, parts);
  if (objection !== undefined) return refuse(objection);
  const step = stepOf(parts, "replace");
  const takenDown: Device = { ...withoutAsset(old), state: deed.old, since: at, by };
  const placed: Device = { ...next, asset: deed.asset, state: "installed", since: at, by };
  step.putDevice(takenDown);
  step.putDevice(placed);
  return acted(placed, step.operation, takenDown);
};

/** Idempotent: a deed whose end is reached already changes nothing. Throws `AssetTaken`. Runs inside the caller's transaction. */
export const live = (deed: LifeDeed, parts: LifeParts): Acted | Refused => {
  if (deed.action === "replace") return replace(deed, parts);
  const device = parts.registry.device(deed.devEui);
  if (device === undefined) return refuse({ code: "unknown-device", device: deed.devEui });
  return deed.action === "move" ? move(deed, device, parts) : moveOn(deed, device, parts);
};
