/**
 * The registry of one box in its SQLite file: assets, devices, and which device serves which asset. The box is its only writer
 * (D5); each change is handed to `append` in the same transaction, so the journal tells the region of it.
 */
import type { Database } from "better-sqlite3";
import type { RegistryEntry } from "../cloud-sync/protocol/entry.ts";
import type { Asset, AssetRef, DevEui, Device, RegistryChange } from "./words.ts";

export type Append = (entry: RegistryEntry) => unknown;

export type PutResult = "added" | "changed" | "unchanged";

export interface Registry {
  device(devEui: DevEui): Device | undefined;
  asset(ref: AssetRef): Asset | undefined;
  /** The device that serves an asset now. */
  deviceOf(ref: AssetRef): Device | undefined;
  devices(): readonly Device[];
  assets(): readonly Asset[];
  communes(): readonly string[];
  count(): { readonly devices: number; readonly assets: number };
  putAsset(asset: Asset, at: number, append: Append): PutResult;
  /** Throws `AssetTaken` when another device already serves the asset. */
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

/** The file was written by a newer Beffroi. */
export class RegistryTooNew extends Error {
  readonly code = "registry-too-new";
  constructor(found: number) {
    super(
      `the registry has version ${found}, this program knows ${MIGRATIONS.length}: install the newer program again`,
    );
    this.name = "RegistryTooNew";
  }
}

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE asset (ref TEXT PRIMARY KEY, commune TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE device (dev_eui TEXT PRIMARY KEY, asset TEXT, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX device_asset ON device (asset) WHERE asset IS NOT NULL;`,
];

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'registry'").get() as
    | { version: number }
    | undefined;
  const found = row?.version ?? 0;
  if (found > MIGRATIONS.length) throw new RegistryTooNew(found);
  const step = db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('registry', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  });
  step.immediate();
};

const parse = <T>(row: unknown): T | undefined =>
  row === undefined ? undefined : (JSON.parse((row as { body: string }).body) as T);

export const openRegistry = (db: Database): Registry => {
  migrate(db);
  const selectDevice = db.prepare("SELECT body FROM device WHERE dev_eui = ?");
  const selectAsset = db.prepare("SELECT body FROM asset WHERE ref = ?");
  const selectDeviceOf = db.prepare("SELECT body FROM device WHERE asset = ?");
  const allDevices = db.prepare("SELECT body FROM device ORDER BY dev_eui");
  const allAssets = db.prepare("SELECT body FROM asset ORDER BY ref");
  const allCommunes = db.prepare("SELECT DISTINCT commune FROM asset ORDER BY commune").pluck();
  const countRows = db.prepare(
    "SELECT (SELECT count(*) FROM device) AS devices, (SELECT count(*) FROM asset) AS assets",
  );
  const writeAsset = db.prepare(
    "INSERT INTO asset (ref, commune, body) VALUES (?, ?, ?) ON CONFLICT (ref) DO UPDATE SET commune = excluded.commune, body = excluded.body",
  );
  const writeDevice = db.prepare(
    "INSERT INTO device (dev_eui, asset, body) VALUES (?, ?, ?) ON CONFLICT (dev_eui) DO UPDATE SET asset = excluded.asset, body = excluded.body",
  );

  // Every uplink asks for its device and asset: rows are parsed once.
  const devices = new Map<DevEui, Device>();
  const assets = new Map<AssetRef, Asset>();
  const remembered = <T>(map: Map<string, T>, key: string, load: () => T | undefined): T | undefined => {
    const known = map.get(key);
    if (known !== undefined) return known;
    const loaded = load();
    if (loaded !== undefined) map.set(key, loaded);
    return loaded;
  };

  const device = (devEui: DevEui) => remembered(devices, devEui, () => parse<Device>(selectDevice.get(devEui)));
  const asset = (ref: AssetRef) => remembered(assets, ref, () => parse<Asset>(selectAsset.get(ref)));
  const deviceOf = (ref: AssetRef) => parse<Device>(selectDeviceOf.get(ref));

  const changed = (before: unknown, after: unknown): PutResult => {
    if (before === undefined) return "added";
    return JSON.stringify(before) === JSON.stringify(after) ? "unchanged" : "changed";
  };
  const tell = (append: Append, at: number, change: RegistryChange) =>
    append({ kind: "registry", at, change: change as unknown as Readonly<Record<string, unknown>> });

  return {
    device,
    asset,
    deviceOf,
    devices: () => allDevices.all().map((row) => parse<Device>(row)!),
    assets: () => allAssets.all().map((row) => parse<Asset>(row)!),
    communes: () => allCommunes.all() as string[],
    count: () => countRows.get() as { devices: number; assets: number },
    putAsset(next, at, append) {
      const result = changed(asset(next.ref), next);
      if (result === "unchanged") return result;
      writeAsset.run(next.ref, next.commune, JSON.stringify(next));
      assets.delete(next.ref);
      tell(append, at, { op: "put-asset", asset: next });
      return result;
    },
    putDevice(next, at, append) {
      const result = changed(device(next.devEui), next);
      if (result === "unchanged") return result;
      const serving = next.asset === undefined ? undefined : deviceOf(next.asset);
      if (next.asset !== undefined && serving !== undefined && serving.devEui !== next.devEui)
        throw new AssetTaken(next.asset, serving.devEui);
      writeDevice.run(next.devEui, next.asset ?? null, JSON.stringify(next));
      devices.delete(next.devEui);
      tell(append, at, { op: "put-device", device: next });
      return result;
    },
    forget() {
      devices.clear();
      assets.clear();
    },
  };
};
