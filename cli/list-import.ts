/** A list on its way to a box: read, planned against the registry as it stands, entered in batches. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AddDevice, AssetForm, DeviceView, KeysForm, RegistryReply } from "../api/registry.ts";
import type { DeviceKeys } from "../device-registry/keys/index.ts";
import {
  type ListFault,
  type ListForm,
  type ListPlan,
  type ListRead,
  ListUnreadable,
  planList,
  readList,
} from "../device-registry/lists/index.ts";
import { findModel, modelNamed, models } from "../device-registry/models.ts";
import type { Asset, Device, Model } from "../device-registry/words.ts";
import { closest } from "../texts/closest.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import type { BoxRegistry } from "./registry-of-box.ts";

/** So many lines are one transaction of the box, which has other things to do. */
const BATCH = 100;

export function readListFile(cli: Cli, file: string): ListRead {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(cli.cwd, file));
  } catch (error) {
    throw fault("file-unreadable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  try {
    return readList(bytes);
  } catch (error) {
    if (!(error instanceof ListUnreadable)) throw error;
    const say = cli.say as (key: string, values: Readonly<Record<string, string>>) => string;
    const reason = say(`list.unreadable.${error.code}`, { detail: error.detail });
    throw fault("list-unreadable", { file, reason }, { detail: { file, reason: error.code } });
  }
}

const deviceOf = ({ since, lastSeenAt: _, keys: __, health: ___, commune: ____, name: _____, ...view }: DeviceView) =>
  ({ ...view, ...(since === undefined ? {} : { since: Date.parse(since) }) }) as Device;

export const standingOf = ({ devices, assets }: RegistryReply) => ({
  devices: devices.map(deviceOf),
  assets: assets as readonly Asset[],
});

/** @param installed models of codecs of other makers on the box. */
export function planOf(list: ListRead, registry: RegistryReply, installed: readonly Model[]): ListPlan {
  const names = [...models, ...installed].flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  return planList(list.lines, {
    standing: standingOf(registry),
    findModel: (id) => findModel(id) ?? installed.find((model) => model.id === id),
    modelNamed,
    nearestModel: (typed) => closest(typed, names),
  });
}

const hexOf = (keys: DeviceKeys): KeysForm => {
  const entries = Object.entries(keys).map(([name, value]) => [
    name,
    typeof value === "string" ? value : value.revealHex(),
  ]);
  return Object.fromEntries(entries) as KeysForm;
};

const wire = (form: ListForm): AddDevice | AssetForm => {
  if (form.devEui === undefined) return form as AssetForm;
  const { keys, ...fields } = form;
  return { ...fields, ...(keys === undefined ? {} : { keys: hexOf(keys) }) } as AddDevice;
};

const hasKeys = (form: ListForm): boolean => form.devEui !== undefined && form.keys !== undefined;

export interface Entered {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly operation: number | undefined;
  readonly faults: readonly ListFault[];
}

/** Lines that are so already are left out, unless they carry keys, which only the box can compare. */
export async function enterPlan(
  registry: BoxRegistry,
  plan: ListPlan,
  by: string,
  progress: (done: number, all: number) => void,
): Promise<Entered> {
  const lines = plan.lines.filter(({ change, form }) => change !== "same" || hasKeys(form));
  const counts = { added: 0, changed: 0, unchanged: plan.lines.length - lines.length };
  const faults: ListFault[] = [];
  let operation: number | undefined;
  for (let at = 0; at < lines.length; at += BATCH) {
    const batch = lines.slice(at, at + BATCH);
    const reply = await registry.enterBatch({
      by,
      ...(operation === undefined ? {} : { operation }),
      forms: batch.map(({ form }) => wire(form)),
    });
    operation = reply.operation ?? operation;
    for (const [place, result] of reply.results.entries()) {
      const { line } = batch[place]!;
      if ("change" in result) counts[result.change] += 1;
      else
        faults.push({ line: line.line, code: "refused", found: "", detail: `${result.code} ${result.message}`.trim() });
    }
    progress(Math.min(lines.length, at + BATCH), lines.length);
  }
  return { ...counts, operation, faults };
}

export const countKeys = (plan: ListPlan): number => plan.lines.filter(({ form }) => hasKeys(form)).length;
