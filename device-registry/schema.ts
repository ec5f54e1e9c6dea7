/** The registry's tables in the box's SQLite file, and their versions. */
import type { Database } from "better-sqlite3";

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
  `CREATE TABLE installation (
     asset TEXT NOT NULL, device TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER, PRIMARY KEY (asset, since, device)
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX installation_of_asset ON installation (asset) WHERE until IS NULL;
   CREATE UNIQUE INDEX installation_of_device ON installation (device) WHERE until IS NULL;
   CREATE INDEX installation_by_device ON installation (device, since);
   INSERT INTO installation SELECT asset, dev_eui, 0, NULL FROM device WHERE asset IS NOT NULL;
   UPDATE device SET body = json_set(body, '$.state', CASE WHEN asset IS NULL THEN 'in-stock' ELSE 'in-service' END);
   CREATE TABLE operation (
     id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL,
     undoes INTEGER, undone_by INTEGER
   ) STRICT;
   CREATE TABLE operation_change (
     operation INTEGER NOT NULL, place INTEGER NOT NULL, device TEXT, asset TEXT, body TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (operation, place)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX operation_change_device ON operation_change (device, operation) WHERE device IS NOT NULL;
   CREATE INDEX operation_change_asset ON operation_change (asset, operation) WHERE asset IS NOT NULL;`,
  `ALTER TABLE operation ADD COLUMN command TEXT;
   CREATE UNIQUE INDEX operation_command ON operation (command) WHERE command IS NOT NULL;`,
];

/** @throws RegistryTooNew */
export const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'registry'").get() as
    | { version: number }
    | undefined;
  const found = row?.version ?? 0;
  if (found > MIGRATIONS.length) throw new RegistryTooNew(found);
  if (found === MIGRATIONS.length) return;
  const step = db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('registry', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  });
  step.immediate();
};
