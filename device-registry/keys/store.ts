/**
 * The LoRaWAN keys of one box, sealed in its SQLite file. They never become journal entries and never leave the box but for the
 * network server. What is not secret of them (`about`) may be shown.
 */
import type { Database } from "better-sqlite3";
import type { DevEui } from "../words.ts";
import { findRoot, keepRoot, type RootPlace, type RootProtection } from "./root.ts";
import { createSeal, type Seal } from "./seal.ts";
import { SecretKey } from "./secret.ts";
import { KeysUnusable } from "./unusable.ts";
import type { DeviceKeys, GroupKeys, KeysAbout, LorawanVersion } from "./words.ts";

export interface KeyStore {
  /** Everything but the keys; opens no seal. */
  about(devEui: DevEui): KeysAbout | undefined;
  /** By DevEUI. */
  allAbout(): ReadonlyMap<DevEui, KeysAbout>;
  /** Opened, for the network server. Throws `SealBroken`, `SealLost`, `RootUnreadable`. */
  get(devEui: DevEui): DeviceKeys | undefined;
  /** Inside the caller's transaction. What stands is compared, so that the same keys twice change nothing. */
  put(devEui: DevEui, keys: DeviceKeys): "added" | "changed" | "unchanged";
  /** Whether there were any. */
  remove(devEui: DevEui): boolean;
  group(name: string): GroupKeys | undefined;
  putGroup(name: string, keys: GroupKeys): void;
  removeGroup(name: string): void;
  /** Says how the root key is protected; undefined while nothing was ever sealed here. */
  protection(): RootProtection | undefined;
}

/** Keys are sealed under a root key that is not there any more: a database that was moved without it. */
export class SealLost extends KeysUnusable {
  constructor(found: string | undefined, wanted: string) {
    super(
      "seal-lost",
      found === undefined
        ? `the keys are sealed under root key ${wanted}, which is not on this machine`
        : `the keys are sealed under root key ${wanted}, but this machine has ${found}`,
    );
    this.name = "SealLost";
  }
}

export class KeysTooNew extends Error {
  readonly code = "keys-too-new";
  constructor(found: number) {
    super(`the keys have version ${found}, this program knows ${MIGRATIONS.length}: install the newer program again`);
    this.name = "KeysTooNew";
  }
}

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE device_keys (
     dev_eui TEXT PRIMARY KEY, activation TEXT NOT NULL, lorawan TEXT NOT NULL, dev_addr TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE sealed_key (
     owner TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (owner, name)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE seal (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), id TEXT NOT NULL) STRICT;`,
];

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'keys'").pluck().get();
  const found = (row as number | undefined) ?? 0;
  if (found > MIGRATIONS.length) throw new KeysTooNew(found);
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('keys', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

type Named = readonly (readonly [name: string, key: SecretKey])[];

/** By their names in LoRaWAN; those that are not given are left out. */
const namedOf = (keys: DeviceKeys): Named => {
  const { activation: _activation, lorawan: _lorawan, ...rest } = keys;
  return Object.entries(rest).filter((pair): pair is [string, SecretKey] => pair[1] instanceof SecretKey);
};

/** Needs the box's own database. `place` is asked only when a key is sealed or opened. */
export const openKeyStore = (db: Database, place: RootPlace): KeyStore => {
  migrate(db);
  const selectAbout = db.prepare("SELECT activation, lorawan, dev_addr AS devAddr FROM device_keys WHERE dev_eui = ?");
  const selectAll = db.prepare("SELECT dev_eui AS devEui, activation, lorawan, dev_addr AS devAddr FROM device_keys");
  const selectKeys = db.prepare("SELECT name, sealed FROM sealed_key WHERE owner = ?");
  const selectSeal = db.prepare("SELECT id FROM seal").pluck();
  const writeSeal = db.prepare("INSERT INTO seal (only_one, id) VALUES (1, ?) ON CONFLICT DO NOTHING");
  const writeAbout = db.prepare(
    "INSERT INTO device_keys (dev_eui, activation, lorawan, dev_addr) VALUES (?, ?, ?, ?) ON CONFLICT (dev_eui) DO UPDATE SET activation = excluded.activation, lorawan = excluded.lorawan, dev_addr = excluded.dev_addr",
  );
  const writeKey = db.prepare("INSERT INTO sealed_key (owner, name, sealed) VALUES (?, ?, ?)");
  const dropKeys = db.prepare("DELETE FROM sealed_key WHERE owner = ?");
  const dropAbout = db.prepare("DELETE FROM device_keys WHERE dev_eui = ?");

  let opened: { readonly seal: Seal; readonly protection: RootProtection } | undefined;
  const seal = (): Seal => {
    if (opened !== undefined) return opened.seal;
    const wanted = selectSeal.get() as string | undefined;
    const root = findRoot(place) ?? (wanted === undefined ? keepRoot(place) : undefined);
    if (root === undefined) throw new SealLost(undefined, wanted ?? "");
    const made = createSeal(root.bytes);
    if (wanted !== undefined && wanted !== made.id) throw new SealLost(made.id, wanted);
    root.bytes.fill(0);
    opened = { seal: made, protection: root.protection };
    return made;
  };

  const closeAll = (owner: string, keys: Named): void => {
    dropKeys.run(owner);
    const closing = seal();
    // Each time: the transaction that wrote it first may have been rolled back.
    writeSeal.run(closing.id);
    for (const [name, key] of keys)
      writeKey.run(
        owner,
        name,
        key.reveal((bytes) => closing.close(`${owner} ${name}`, bytes)),
      );
  };
  const openAll = (owner: string): Record<string, SecretKey> => {
    const rows = selectKeys.all(owner) as { name: string; sealed: Buffer }[];
    return Object.fromEntries(
      rows.map(({ name, sealed }) => {
        const bytes = seal().open(`${owner} ${name}`, sealed);
        const key = SecretKey.of(bytes);
        bytes.fill(0);
        return [name, key];
      }),
    );
  };

  type Row = { activation: "otaa" | "abp"; lorawan: LorawanVersion; devAddr: string | null };
  const aboutOf = ({ activation, lorawan, devAddr }: Row): KeysAbout => ({
    activation,
    lorawan,
    ...(devAddr === null ? {} : { devAddr }),
  });
  const about = (devEui: DevEui): KeysAbout | undefined => {
    const row = selectAbout.get(devEui) as Row | undefined;
    return row && aboutOf(row);
  };
  const same = (known: KeysAbout, devEui: DevEui, keys: DeviceKeys): boolean => {
    const addr = keys.activation === "abp" ? keys.devAddr : undefined;
    if (known.activation !== keys.activation || known.lorawan !== keys.lorawan || known.devAddr !== addr) return false;
    const [before, after] = [openAll(`device:${devEui}`), namedOf(keys)];
    return (
      Object.keys(before).length === after.length && after.every(([name, key]) => before[name]?.equals(key) ?? false)
    );
  };

  return {
    about,
    allAbout: () => new Map((selectAll.all() as (Row & { devEui: string })[]).map((row) => [row.devEui, aboutOf(row)])),
    get(devEui) {
      const known = about(devEui);
      return known && ({ ...known, ...openAll(`device:${devEui}`) } as unknown as DeviceKeys);
    },
    put(devEui, keys) {
      const known = about(devEui);
      if (known !== undefined && same(known, devEui, keys)) return "unchanged";
      writeAbout.run(devEui, keys.activation, keys.lorawan, keys.activation === "abp" ? keys.devAddr : null);
      closeAll(`device:${devEui}`, namedOf(keys));
      return known === undefined ? "added" : "changed";
    },
    remove(devEui) {
      dropKeys.run(`device:${devEui}`);
      return dropAbout.run(devEui).changes > 0;
    },
    group(name) {
      const keys = openAll(`group:${name}`);
      return Object.keys(keys).length === 0 ? undefined : (keys as unknown as GroupKeys);
    },
    putGroup: (name, { mcAppSKey, mcNwkSKey }) => closeAll(`group:${name}`, Object.entries({ mcAppSKey, mcNwkSKey })),
    removeGroup: (name) => void dropKeys.run(`group:${name}`),
    protection() {
      if (opened === undefined && selectSeal.get() === undefined) return undefined;
      seal();
      return opened?.protection;
    },
  };
};
