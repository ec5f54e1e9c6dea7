/**
 * The registry of one box in its SQLite file: assets, devices, and which device serves which asset since when. The box is its only
 * writer (D5); each change is handed to `append` in the same transaction, so the journal tells the region of it.
 */
import { isDeepStrictEqual } from "node:util";
import type { Database } from "better-sqlite3";
import type { RegistryEntry } from "../cloud-sync/protocol/entry.ts";
import { type Operation, type OperationFilter, openOperations } from "./operations.ts";
import { openRows } from "./rows.ts";
import { migrate } from "./schema.ts";
import type { Asset, AssetRef, DevEui, Device, Installation, RegistryAction, RegistryChange } from "./words.ts";

export { RegistryTooNew } from "./schema.ts";

export type Append = (entry: RegistryEntry) => unknown;

export type PutResult = "added" | "changed" | "unchanged";

/** Who does something, what, and when (ms since 1970). */
export interface Deed {
  readonly at: number;
  readonly by: string;
  readonly action: RegistryAction;
  /** A long deed is written in several transactions: the operation the first of them began. */
  readonly operation?: number | undefined;
  /** The region's command that asked for it. */
  readonly command?: string | undefined;
}

/** Changes that are one step for a person, and are undone together. Written down with the first real change. */
export interface Step {
  /** Undefined while nothing changed. */
  readonly operation: number | undefined;
  putAsset(asset: Asset): PutResult;
  /** Throws `AssetTaken`. Ends and begins installations as the device's asset changes. */
  putDevice(device: Device): PutResult;
}

export type Undone =
  | { readonly ok: true; readonly undone: Operation; readonly operation: number; readonly left: number }
  | { readonly ok: false; readonly code: "operation-unknown" | "already-undone" | "undo-is-final" }
  | { readonly ok: false; readonly code: "changed-since"; readonly later: Operation };

export interface Registry {
  device(devEui: DevEui): Device | undefined;
  asset(ref: AssetRef): Asset | undefined;
  /** The device that serves an asset now. */
  deviceOf(ref: AssetRef): Device | undefined;
  devices(): readonly Device[];
  assets(): readonly Asset[];
  communes(): readonly string[];
  count(): { readonly devices: number; readonly assets: number };
  /** Newest first. */
  installationsOf(ref: AssetRef): readonly Installation[];
  installationsBy(devEui: DevEui): readonly Installation[];
  /** Newest first. */
  operations(filter: OperationFilter): readonly Operation[];
  operation(id: number): Operation | undefined;
  /** What a command of the region did. */
  operationOf(command: string): Operation | undefined;
  /** The first step after `after` that was done on the box itself, touches one of these, and still stands. */
  localSince(after: number, devices: readonly DevEui[], assets: readonly AssetRef[]): Operation | undefined;
  step(deed: Deed, append: Append): Step;
  /** Takes an operation back, at most `limit` changes of it a call; call again while `left` is not 0. */
  undo(id: number, deed: Omit<Deed, "action" | "operation">, append: Append, limit?: number): Undone;
  /** What the box learnt by itself: told to the region, not a person's step. */
  putAsset(asset: Asset, at: number, append: Append): PutResult;
  putDevice(device: Device, at: number, append: Append): PutResult;
  /** Drops what was remembered of rows; to be called when a transaction was rolled back. */
  forget(): void;
}

/** Another device already serves the asset: a replacement is a decision, not a side effect. */
export class AssetTaken extends Error {
  readonly code = "asset-taken";
  readonly asset: AssetRef;
  readonly by: DevEui;
  constructor(asset: AssetRef, by: DevEui) {
    super(`${asset} is already served by ${by}`);
    this.name = "AssetTaken";
    this.asset = asset;
    this.by = by;
  }
}

const UNDO_AT_ONCE = 500;

type Note = { readonly by: string; readonly action: RegistryAction; readonly operation: () => number };

/** @throws RegistryTooNew */
export const openRegistry = (db: Database): Registry => {
  migrate(db);
  const rows = openRows(db);
  const operations = openOperations(db);

  const openInstallation = (devEui: DevEui) => rows.installationsBy(devEui).find(({ until }) => until === undefined);
  const same = (change: Installation) =>
    rows.installationsOf(change.asset).find((old) => old.device === change.device && old.since === change.since);

  /** The change that takes this one back; to be asked before it is applied. */
  const inverseOf = (change: RegistryChange): RegistryChange => {
    switch (change.op) {
      case "put-asset":
      case "remove-asset": {
        const ref = change.op === "put-asset" ? change.asset.ref : change.ref;
        const asset = rows.asset(ref);
        return asset === undefined ? { op: "remove-asset", ref } : { op: "put-asset", asset };
      }
      case "put-device":
      case "remove-device": {
        const devEui = change.op === "put-device" ? change.device.devEui : change.devEui;
        const device = rows.device(devEui);
        return device === undefined ? { op: "remove-device", devEui } : { op: "put-device", device };
      }
      default: {
        const installation = same(change.installation);
        return installation === undefined
          ? { op: "remove-installation", installation: change.installation }
          : { op: "put-installation", installation };
      }
    }
  };

  const apply = (change: RegistryChange, at: number, append: Append, note?: Note): void => {
    if (note !== undefined) operations.record(note.operation(), change, inverseOf(change));
    rows.write(change);
    const said =
      note === undefined ? change : { ...change, by: note.by, action: note.action, operation: note.operation() };
    append({ kind: "registry", at, change: said as unknown as Readonly<Record<string, unknown>> });
  };

  const verdict = (before: unknown, after: unknown): PutResult => {
    if (before === undefined) return "added";
    return isDeepStrictEqual(before, after) ? "unchanged" : "changed";
  };

  const putAsset = (asset: Asset, at: number, append: Append, note?: Note): PutResult => {
    const result = verdict(rows.asset(asset.ref), asset);
    if (result !== "unchanged") apply({ op: "put-asset", asset }, at, append, note);
    return result;
  };

  const putDevice = (device: Device, at: number, append: Append, note?: Note): PutResult => {
    const before = rows.device(device.devEui);
    const result = verdict(before, device);
    if (result === "unchanged") return result;
    const { devEui, asset } = device;
    const serving = asset === undefined ? undefined : rows.deviceOf(asset);
    if (asset !== undefined && serving !== undefined && serving.devEui !== devEui)
      throw new AssetTaken(asset, serving.devEui);
    const moves = before?.asset !== asset;
    const ended = moves ? openInstallation(devEui) : undefined;
    if (ended !== undefined)
      apply({ op: "put-installation", installation: { ...ended, until: Math.max(at, ended.since) } }, at, append, note);
    apply({ op: "put-device", device }, at, append, note);
    if (moves && asset !== undefined)
      apply({ op: "put-installation", installation: { asset, device: devEui, since: at } }, at, append, note);
    return result;
  };

  /** What the box learnt of the device meanwhile stays. */
  const keepingLearnt = (change: RegistryChange): RegistryChange => {
    if (change.op !== "put-device") return change;
    const { applicationId } = rows.device(change.device.devEui) ?? {};
    return applicationId === undefined ? change : { ...change, device: { ...change.device, applicationId } };
  };

  return {
    device: rows.device,
    asset: rows.asset,
    deviceOf: rows.deviceOf,
    devices: rows.devices,
    assets: rows.assets,
    communes: rows.communes,
    count: rows.count,
    installationsOf: rows.installationsOf,
    installationsBy: rows.installationsBy,
    operations: operations.list,
    operation: operations.find,
    operationOf: operations.ofCommand,
    localSince: operations.localSince,
    step({ at, by, action, operation: begun, command }, append) {
      let operation = begun;
      const note: Note = {
        by,
        action,
        operation: () => {
          operation ??= operations.begin(at, by, action, { command });
          return operation;
        },
      };
      return {
        get operation() {
          return operation;
        },
        putAsset: (asset) => putAsset(asset, at, append, note),
        putDevice: (device) => putDevice(device, at, append, note),
      };
    },
    undo(id, { at, by, command }, append, limit = UNDO_AT_ONCE) {
      const undone = operations.find(id);
      if (undone === undefined) return { ok: false, code: "operation-unknown" };
      if (undone.undoneBy !== undefined) return { ok: false, code: "already-undone" };
      if (undone.undoes !== undefined) return { ok: false, code: "undo-is-final" };
      const later = operations.laterOn(id);
      if (later !== undefined) return { ok: false, code: "changed-since", later: operations.find(later)! };
      const operation = operations.undoOf(id) ?? operations.begin(at, by, "undo", { undoes: id, command });
      const note: Note = { by, action: "undo", operation: () => operation };
      const standing = operations.standing(id, limit + 1);
      for (const { place, inverse } of standing.slice(0, limit)) {
        apply(keepingLearnt(inverse), at, append, note);
        operations.markUndone(id, place);
      }
      const left = Math.max(0, standing.length - limit);
      if (left === 0) operations.closeUndone(id, operation);
      return { ok: true, undone, operation, left };
    },
    putAsset: (asset, at, append) => putAsset(asset, at, append),
    putDevice: (device, at, append) => putDevice(device, at, append),
    forget: rows.forget,
  };
};
