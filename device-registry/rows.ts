/** Assets, devices and installations as rows: what is read often is parsed once. No rules here: store.ts has them. */
import type { Database } from "better-sqlite3";
import type { Asset, AssetRef, DevEui, Device, Installation, RegistryChange } from "./words.ts";

const parse = <T>(row: unknown): T | undefined =>
  row === undefined ? undefined : (JSON.parse((row as { body: string }).body) as T);

interface InstallationRow {
  readonly asset: string;
  readonly device: string;
  readonly since: number;
  readonly until: number | null;
}

const installationOf = (row: unknown): Installation => {
  const { asset, device, since, until } = row as InstallationRow;
  return { asset, device, since, ...(until === null ? {} : { until }) };
};

/** Rows by their key, once read: an uplink's device is asked for several times. */
const createMemory = <Row>(load: (key: string) => Row | undefined) => {
  const known = new Map<string, Row>();
  return {
    get(key: string): Row | undefined {
      const found = known.get(key);
      if (found !== undefined) return found;
      const loaded = load(key);
      if (loaded !== undefined) known.set(key, loaded);
      return loaded;
    },
    drop: (key: string): void => void known.delete(key),
    clear: (): void => known.clear(),
  };
};

export const openRows = (db: Database) => {
  const selectDevice = db.prepare("SELECT body FROM device WHERE dev_eui = ?");
  const selectAsset = db.prepare("SELECT body FROM asset WHERE ref = ?");
  const selectDeviceOf = db.prepare("SELECT body FROM device WHERE asset = ?");
  const allDevices = db.prepare("SELECT body FROM device ORDER BY dev_eui");
  const allAssets = db.prepare("SELECT body FROM asset ORDER BY ref");
  const allCommunes = db.prepare("SELECT DISTINCT commune FROM asset ORDER BY commune").pluck();
  const countRows = db.prepare(
    "SELECT (SELECT count(*) FROM device) AS devices, (SELECT count(*) FROM asset) AS assets",
  );
  const ofAsset = db.prepare("SELECT * FROM installation WHERE asset = ? ORDER BY since DESC, until IS NOT NULL");
  const ofDevice = db.prepare("SELECT * FROM installation WHERE device = ? ORDER BY since DESC, until IS NOT NULL");
  const writeAsset = db.prepare(
    "INSERT INTO asset (ref, commune, body) VALUES (?, ?, ?) ON CONFLICT (ref) DO UPDATE SET commune = excluded.commune, body = excluded.body",
  );
  const writeDevice = db.prepare(
    "INSERT INTO device (dev_eui, asset, body) VALUES (?, ?, ?) ON CONFLICT (dev_eui) DO UPDATE SET asset = excluded.asset, body = excluded.body",
  );
  const writeInstallation = db.prepare(
    "INSERT INTO installation (asset, device, since, until) VALUES (?, ?, ?, ?) ON CONFLICT (asset, since, device) DO UPDATE SET until = excluded.until",
  );
  const dropAsset = db.prepare("DELETE FROM asset WHERE ref = ?");
  const dropDevice = db.prepare("DELETE FROM device WHERE dev_eui = ?");
  const dropInstallation = db.prepare("DELETE FROM installation WHERE asset = ? AND since = ? AND device = ?");

  const devices = createMemory((devEui: DevEui) => parse<Device>(selectDevice.get(devEui)));
  const assets = createMemory((ref: AssetRef) => parse<Asset>(selectAsset.get(ref)));

  return {
    device: (devEui: DevEui): Device | undefined => devices.get(devEui),
    asset: (ref: AssetRef): Asset | undefined => assets.get(ref),
    deviceOf: (ref: AssetRef) => parse<Device>(selectDeviceOf.get(ref)),
    devices: (): readonly Device[] => allDevices.all().map((row) => parse<Device>(row)!),
    assets: (): readonly Asset[] => allAssets.all().map((row) => parse<Asset>(row)!),
    communes: () => allCommunes.all() as string[],
    count: () => countRows.get() as { devices: number; assets: number },
    installationsOf: (ref: AssetRef) => ofAsset.all(ref).map(installationOf),
    installationsBy: (devEui: DevEui) => ofDevice.all(devEui).map(installationOf),
    write(change: RegistryChange): void {
      switch (change.op) {
        case "put-asset": {
          const { ref, commune } = change.asset;
          writeAsset.run(ref, commune, JSON.stringify(change.asset));
          assets.drop(ref);
          break;
        }
        case "remove-asset":
          dropAsset.run(change.ref);
          assets.drop(change.ref);
          break;
        case "put-device": {
          const { devEui, asset } = change.device;
          writeDevice.run(devEui, asset ?? null, JSON.stringify(change.device));
          devices.drop(devEui);
          break;
        }
        case "remove-device":
          dropDevice.run(change.devEui);
          devices.drop(change.devEui);
          break;
        case "put-installation": {
          const { asset, device, since, until } = change.installation;
          writeInstallation.run(asset, device, since, until ?? null);
          break;
        }
        case "remove-installation": {
          const { asset, device, since } = change.installation;
          dropInstallation.run(asset, since, device);
        }
      }
    },
    forget() {
      devices.clear();
      assets.clear();
    },
  };
};

export type Rows = ReturnType<typeof openRows>;
