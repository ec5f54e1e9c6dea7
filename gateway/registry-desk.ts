/**
 * What people ask of the registry, on a box that runs and on one that does not: forms, lists, deeds, undo. Each request is one
 * transaction; what is long is done in pieces, so that the intake has its turn between them.
 */

import { setImmediate as turn } from "node:timers/promises";
import type {
  AddDevice,
  AddDeviceReply,
  AssetForm,
  Deed,
  DeedReply,
  DeviceDetail,
  DeviceView,
  EnterBatch,
  EnterBatchReply,
  KeysForm,
  RegistryLine,
  UndoReply,
  UndoRequest,
} from "../api/registry.ts";
import { type EnteredBy, enterAsset, enterDevice, type Refusal } from "../device-registry/enter.ts";
import { type DeviceKeys, type KeyStore, SecretKey } from "../device-registry/keys/index.ts";
import { type LifeDeed, type LifeRefusal, live } from "../device-registry/lifecycle.ts";
import type { Operation } from "../device-registry/operations.ts";
import { type Append, AssetTaken, type Registry } from "../device-registry/store.ts";
import type { Device, Model } from "../device-registry/words.ts";
import { Refused } from "./control/problem.ts";
import { refusalText, undoText } from "./registry-refusals.ts";
import { assetRecordView, deviceView, installationView, operationView } from "./registry-views.ts";

export interface RegistryDeskParts {
  readonly registry: Registry;
  readonly keys: KeyStore;
  readonly findModel: (id: string) => Model | undefined;
  readonly lastSeenAt: (devEui: string) => number | undefined;
  readonly healthOf: (device: Device) => DeviceView["health"];
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly clock: { now(): number };
}

/** Every method may throw `Refused`. */
export interface RegistryDesk {
  devices(): DeviceView[];
  /** Devices, then assets. */
  all(): Iterable<RegistryLine>;
  /** Of a DevEUI or an asset; undefined when neither is known. */
  detail(id: string): DeviceDetail | undefined;
  add(form: AddDevice): AddDeviceReply;
  batch(batch: EnterBatch): EnterBatchReply;
  act(deed: Deed): DeedReply;
  undo(request: UndoRequest): Promise<UndoReply>;
}

/** Whom the journal names when nobody said who it was. */
const NOBODY = "box";
const OPERATIONS_SHOWN = 20;

const key = (hex: string): SecretKey => SecretKey.parse(hex)!;

const deviceKeys = (form: KeysForm): DeviceKeys => {
  const optional = <N extends string>(name: N, hex: string | undefined) =>
    (hex === undefined ? {} : { [name]: key(hex) }) as { readonly [K in N]?: SecretKey };
  if (form.activation === "otaa")
    return {
      activation: "otaa",
      lorawan: form.lorawan,
      appKey: key(form.appKey),
      ...optional("nwkKey", form.nwkKey),
      ...optional("genAppKey", form.genAppKey),
    };
  return {
    activation: "abp",
    lorawan: form.lorawan,
    devAddr: form.devAddr,
    appSKey: key(form.appSKey),
    nwkSKey: key(form.nwkSKey),
    ...optional("sNwkSIntKey", form.sNwkSIntKey),
    ...optional("fNwkSIntKey", form.fNwkSIntKey),
  };
};

const refused = (refusal: Refusal | LifeRefusal): Refused =>
  new Refused(refusal.code.startsWith("unknown-device") ? 404 : 422, refusal.code, refusalText(refusal));

const taken = (error: unknown): Refused | undefined =>
  error instanceof AssetTaken ? new Refused(409, error.code, error.message) : undefined;

const lifeDeed = (deed: Deed): LifeDeed => {
  if (deed.action !== "replace") return deed;
  return { action: "replace", asset: deed.asset, by: deed.with, model: deed.model, old: deed.old };
};

export const createRegistryDesk = (parts: RegistryDeskParts): RegistryDesk => {
  const { registry, keys, findModel, clock, write } = parts;

  const view = (device: Device, about: ReturnType<KeyStore["about"]>, withHealth = true): DeviceView =>
    deviceView(device, {
      asset: device.asset === undefined ? undefined : registry.asset(device.asset),
      lastSeenAt: parts.lastSeenAt(device.devEui),
      keys: about?.activation,
      health: withHealth ? parts.healthOf(device) : undefined,
    });
  const viewOf = (device: Device) => view(device, keys.about(device.devEui));

  const views = (): DeviceView[] => {
    const about = keys.allAbout();
    return registry.devices().map((device) => view(device, about.get(device.devEui)));
  };

  /** What was done to an asset, and to each device while it served it. */
  const stepsOfAsset = (ref: string): readonly Operation[] => {
    const steps = new Map<number, Operation>();
    for (const step of registry.operations({ asset: ref, limit: OPERATIONS_SHOWN })) steps.set(step.id, step);
    for (const { device, since, until = Number.POSITIVE_INFINITY } of registry.installationsOf(ref)) {
      for (const step of registry.operations({ device, limit: OPERATIONS_SHOWN }))
        if (step.at >= since && step.at <= until) steps.set(step.id, step);
    }
    return [...steps.values()].sort((a, b) => b.id - a.id).slice(0, OPERATIONS_SHOWN);
  };

  /** Inside a transaction. */
  const enter = (form: AddDevice, as: EnteredBy, append: Append) => {
    const model = form.model ?? registry.device(form.devEui)?.model;
    if (form.action === "place" && registry.device(form.devEui) === undefined)
      throw refused({ code: "unknown-device", device: form.devEui });
    if (model === undefined) throw new Refused(422, "model-missing", form.devEui);
    const { keys: given, by: _, action: __, ...fields } = form;
    const entered = enterDevice(registry, findModel, { ...fields, model }, clock.now(), append, as);
    if (!entered.ok) throw refused(entered.refusal);
    const sealed = given === undefined ? "unchanged" : keys.put(form.devEui, deviceKeys(given));
    return entered.change === "unchanged" && sealed !== "unchanged"
      ? { ...entered, change: "changed" as const }
      : entered;
  };

  const line = (form: AddDevice | AssetForm, as: EnteredBy, append: Append) => {
    if ("devEui" in form) return enter(form, as, append);
    const entered = enterAsset(registry, form, clock.now(), append, as);
    if (!entered.ok) throw refused(entered.refusal);
    return entered;
  };

  return {
    devices: views,
    *all() {
      const about = keys.allAbout();
      for (const device of registry.devices()) yield { device: view(device, about.get(device.devEui), false) };
      for (const asset of registry.assets()) yield { asset: assetRecordView(asset) };
    },
    detail(id) {
      const found = registry.device(id) ?? registry.deviceOf(id);
      const asset = registry.asset(found?.asset ?? id);
      if (found === undefined && asset === undefined) return undefined;
      const byAsset = registry.asset(id) !== undefined;
      return {
        ...(found === undefined ? {} : { device: viewOf(found) }),
        ...(asset === undefined ? {} : { asset: assetRecordView(asset) }),
        installations: (byAsset ? registry.installationsOf(id) : registry.installationsBy(id)).map(installationView),
        operations: (byAsset ? stepsOfAsset(id) : registry.operations({ device: id, limit: OPERATIONS_SHOWN })).map(
          operationView,
        ),
      };
    },
    add(form) {
      const as: EnteredBy = { by: form.by ?? NOBODY, action: form.action ?? "add" };
      try {
        const { device, change, operation } = write((append) => enter(form, as, append));
        return { device: viewOf(device), change, ...(operation === undefined ? {} : { operation }) };
      } catch (error) {
        throw taken(error) ?? error;
      }
    },
    batch({ by, operation: begun, forms }) {
      return write((append) => {
        let operation = begun;
        const results = forms.map((form): EnterBatchReply["results"][number] => {
          try {
            const entered = line(form, { by, action: "import", operation }, append);
            operation = entered.operation ?? operation;
            return { change: entered.change };
          } catch (error) {
            const refusal = error instanceof Refused ? error : taken(error);
            if (refusal === undefined) throw error;
            const holder = error instanceof AssetTaken ? { by: error.by } : {};
            return { code: refusal.code, message: refusal.message, ...holder };
          }
        });
        return { results, ...(operation === undefined ? {} : { operation }) };
      });
    },
    act(deed) {
      try {
        const done = write((append) => {
          const result = live(lifeDeed(deed), { registry, findModel, at: clock.now(), by: deed.by, append });
          if (!result.ok) throw refused(result.refusal);
          return result;
        });
        return {
          device: viewOf(done.device),
          change: done.change,
          ...(done.old === undefined ? {} : { old: viewOf(done.old) }),
          ...(done.operation === undefined ? {} : { operation: done.operation }),
        };
      } catch (error) {
        throw taken(error) ?? error;
      }
    },
    async undo({ operation: named, device, asset, by }) {
      const standing = registry
        .operations({ device, asset, limit: 100 })
        .find(({ undoes, undoneBy }) => undoes === undefined && undoneBy === undefined);
      const id = named ?? standing?.id;
      if (id === undefined) throw new Refused(404, "nothing-to-undo", "nothing-to-undo");
      for (;;) {
        const result = write((append) => registry.undo(id, { at: clock.now(), by }, append));
        if (!result.ok) throw new Refused(409, result.code, undoText(result));
        if (result.left === 0) return { undone: operationView(registry.operation(id)!), operation: result.operation };
        await turn();
      }
    },
  };
};
