/**
 * What a list would change, without changing anything: its lines in their order against the registry as it stands, each seeing what
 * the ones before it would have done.
 */
import { isDeepStrictEqual } from "node:util";
import { type DeviceForm, planAsset, planEntry, type Refusal } from "../enter.ts";
import type { Asset, AssetRef, DevEui, Device, Model } from "../words.ts";
import type { ListFault, ListFaultCode, ListForm, ListLine } from "./words.ts";

/** One field that changes. Keys are never among them. */
export interface FieldChange {
  readonly field: string;
  readonly from?: string;
  readonly to: string;
}

export interface PlannedLine {
  readonly line: ListLine;
  /** What is to be entered: the model by its id. */
  readonly form: ListForm;
  readonly change: "add" | "change" | "same";
  readonly fields: readonly FieldChange[];
}

export interface ListPlan {
  readonly lines: readonly PlannedLine[];
  readonly faults: readonly ListFault[];
}

export interface Standing {
  readonly devices: readonly Device[];
  readonly assets: readonly Asset[];
}

const createWorld = ({ devices, assets }: Standing) => {
  const byEui = new Map<DevEui, Device>(devices.map((device) => [device.devEui, device]));
  const byRef = new Map<AssetRef, Asset>(assets.map((asset) => [asset.ref, asset]));
  const serving = new Map<AssetRef, DevEui>(
    devices.flatMap(({ devEui, asset }) => (asset === undefined ? [] : [[asset, devEui] as const])),
  );
  return {
    device: (devEui: DevEui) => byEui.get(devEui),
    asset: (ref: AssetRef) => byRef.get(ref),
    servedBy: (ref: AssetRef) => serving.get(ref),
    put(device: Device | undefined, asset: Asset | undefined) {
      if (asset !== undefined) byRef.set(asset.ref, asset);
      if (device === undefined) return;
      const before = byEui.get(device.devEui)?.asset;
      if (before !== undefined) serving.delete(before);
      if (device.asset !== undefined) serving.set(device.asset, device.devEui);
      byEui.set(device.devEui, device);
    },
  };
};

const CODES: Readonly<Record<Refusal["code"], readonly [ListFaultCode, column: string]>> = {
  "unknown-model": ["model-unknown", "model"],
  "bad-asset-reference": ["asset-form", "asset"],
  "asset-kind-differs": ["asset-not-served", "asset"],
  "device-retired": ["device-retired", "devEui"],
  "use-missing": ["use-missing", "use"],
};

/** Flat, for people: `attributes.depthMm` is `depthMm`. Who and when are not a change of their own. */
const flat = (record: Device | Asset | undefined): ReadonlyMap<string, string> => {
  const {
    attributes = {},
    since: _,
    by: __,
    applicationId: ___,
    ...rest
  } = (record ?? {}) as unknown as Record<string, unknown> & { attributes?: object };
  return new Map(Object.entries({ ...rest, ...attributes }).map(([field, value]) => [field, String(value)]));
};

/** Fields that follow from others, or name the thing itself. */
const IMPLIED = ["devEui", "ref", "kind", "commune", "use"];

const changesOf = (before: Device | Asset | undefined, after: Device | Asset | undefined): FieldChange[] => {
  const [old, next] = [flat(before), flat(after)];
  return [...next].flatMap(([field, to]) => {
    const from = old.get(field);
    if (from === to || IMPLIED.includes(field)) return [];
    return [{ field, to, ...(from === undefined ? {} : { from }) }];
  });
};

export interface PlanParts {
  readonly standing: Standing;
  readonly findModel: (id: string) => Model | undefined;
  /** The model a person means by a name: its id, a maker's name, an alias. */
  readonly modelNamed: (typed: string) => Model | undefined;
  /** The nearest name of a model, for one that is unknown. */
  readonly nearestModel: (typed: string) => string | undefined;
}

export const planList = (lines: readonly ListLine[], parts: PlanParts): ListPlan => {
  const world = createWorld(parts.standing);
  const planned: PlannedLine[] = [];
  const faults: ListFault[] = [];
  const mark = { since: 0, by: "" };

  for (const line of lines) {
    const refuse: Refuse = (code, column, found, detail = "") => {
      const head = line.columns[column];
      faults.push({ line: line.line, code, found, detail, ...(head === undefined ? {} : { column: head }) });
      return undefined;
    };
    const { form } = line;
    const result = form.devEui === undefined ? planAsset(world, form) : deviceLine(form, refuse);
    if (result === undefined) continue;
    if ("code" in result) {
      const [code, column] = CODES[result.code];
      refuse(code, column, line.form.asset ?? "", "expected" in result ? result.expected : "");
      continue;
    }
    const after = "ref" in result ? { asset: result } : result;
    const before = {
      device: form.devEui === undefined ? undefined : world.device(form.devEui),
      asset: after.asset === undefined ? undefined : world.asset(after.asset.ref),
    };
    const device = "device" in after ? after.device : undefined;
    const fields = [...changesOf(before.device, device), ...changesOf(before.asset, after.asset)];
    const isNew = form.devEui === undefined ? before.asset === undefined : before.device === undefined;
    const isSame = isDeepStrictEqual(before.device, device) && isDeepStrictEqual(before.asset, after.asset);
    const resolved = "device" in after && form.devEui !== undefined ? { ...form, model: after.device.model } : form;
    planned.push({ line, form: resolved, change: isNew ? "add" : isSame ? "same" : "change", fields });
    world.put(device, after.asset);
  }
  return { lines: planned, faults };

  function deviceLine(form: Extract<ListLine["form"], { devEui: string }>, refuse: Refuse) {
    const typed = form.model ?? world.device(form.devEui)?.model;
    if (typed === undefined) return refuse("model-missing", "model", form.devEui);
    const model = parts.findModel(typed) ?? parts.modelNamed(typed);
    if (model === undefined) return refuse("model-unknown", "model", typed, parts.nearestModel(typed) ?? "");
    const entry = planEntry(world, parts.findModel, { ...(form as DeviceForm), model: model.id }, mark);
    if ("code" in entry) return entry;
    const holder = entry.device.asset === undefined ? undefined : world.servedBy(entry.device.asset);
    if (holder !== undefined && holder !== form.devEui)
      return refuse("asset-taken", "asset", entry.device.asset!, holder);
    return entry;
  }
};

type Refuse = (code: ListFaultCode, column: string, found: string, detail?: string) => undefined;
