/** What was done, by whom and when, change by change with what stood there before: so that every step can be undone. */
import type { Database } from "better-sqlite3";
import type { AssetRef, DevEui, RegistryAction, RegistryChange } from "./words.ts";

/** One thing a person did: a device added, a list imported. */
export interface Operation {
  readonly id: number;
  /** ms since 1970. */
  readonly at: number;
  readonly by: string;
  readonly action: RegistryAction;
  /** The operation this one undoes. */
  readonly undoes?: number;
  readonly undoneBy?: number;
  /** The region's command that asked for it; absent: it was done on the box. */
  readonly command?: string;
  readonly changes: number;
}

/** A change and the one that takes it back. */
export interface Recorded {
  readonly place: number;
  readonly change: RegistryChange;
  readonly inverse: RegistryChange;
}

interface Row {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly action: RegistryAction;
  readonly undoes: number | null;
  readonly undone_by: number | null;
  readonly command: string | null;
  readonly changes: number;
}

const operationOf = ({ id, at, by, action, undoes, undone_by, command, changes }: Row): Operation => ({
  id,
  at,
  by,
  action,
  ...(undoes === null ? {} : { undoes }),
  ...(undone_by === null ? {} : { undoneBy: undone_by }),
  ...(command === null ? {} : { command }),
  changes,
});

const touches = (change: RegistryChange): { device: DevEui | null; asset: AssetRef | null } => {
  switch (change.op) {
    case "put-asset":
      return { device: null, asset: change.asset.ref };
    case "remove-asset":
      return { device: null, asset: change.ref };
    case "put-device":
      return { device: change.device.devEui, asset: null };
    case "remove-device":
      return { device: change.devEui, asset: null };
    default:
      return { device: change.installation.device, asset: change.installation.asset };
  }
};

const COLUMNS = `id, at, by, action, undoes, undone_by, command,
  (SELECT count(*) FROM operation_change WHERE operation_change.operation = operation.id) AS changes`;

export interface OperationFilter {
  readonly device?: DevEui | undefined;
  readonly asset?: AssetRef | undefined;
  readonly limit: number;
}

export const openOperations = (db: Database) => {
  const insert = db.prepare("INSERT INTO operation (at, by, action, undoes, command) VALUES (?, ?, ?, ?, ?)");
  const insertChange = db.prepare(
    `INSERT INTO operation_change (operation, place, device, asset, body)
     VALUES ($operation, (SELECT coalesce(max(place), 0) + 1 FROM operation_change WHERE operation = $operation), $device, $asset, $body)`,
  );
  const byId = db.prepare(`SELECT ${COLUMNS} FROM operation WHERE id = ?`);
  const newest = db.prepare(
    `SELECT ${COLUMNS} FROM operation
     WHERE ($device IS NULL OR id IN (SELECT operation FROM operation_change WHERE device = $device))
       AND ($asset IS NULL OR id IN (SELECT operation FROM operation_change WHERE asset = $asset))
     ORDER BY id DESC LIMIT $limit`,
  );
  const standing = db.prepare(
    "SELECT place, body FROM operation_change WHERE operation = ? AND undone = 0 ORDER BY place DESC LIMIT ?",
  );
  const mark = db.prepare("UPDATE operation_change SET undone = 1 WHERE operation = ? AND place = ?");
  const close = db.prepare("UPDATE operation SET undone_by = ? WHERE id = ?");
  const openUndo = db.prepare("SELECT id FROM operation WHERE undoes = ? ORDER BY id DESC LIMIT 1").pluck();
  const later = db
    .prepare(
      `SELECT min(later.operation) FROM operation_change AS mine
     JOIN operation_change AS later ON later.operation > mine.operation
       AND (later.device = mine.device OR later.asset = mine.asset)
     JOIN operation ON operation.id = later.operation AND operation.undoes IS NULL AND operation.undone_by IS NULL
     WHERE mine.operation = ?`,
    )
    .pluck();
  const byCommand = db.prepare(`SELECT ${COLUMNS} FROM operation WHERE command = ?`);
  // What was done on the box and taken back there, both since, is as if it had not been.
  const localSince = db.prepare(
    `SELECT ${COLUMNS} FROM operation
     WHERE id > $after AND command IS NULL AND undone_by IS NULL
       AND NOT EXISTS (SELECT 1 FROM operation AS undone
                       WHERE undone.id = operation.undoes AND undone.id > $after AND undone.command IS NULL)
       AND id IN (SELECT operation FROM operation_change
                  WHERE device IN (SELECT value FROM json_each($devices)) OR asset IN (SELECT value FROM json_each($assets)))
     ORDER BY id LIMIT 1`,
  );
  const found = (row: unknown): Operation | undefined => (row === undefined ? undefined : operationOf(row as Row));
  return {
    begin: (at: number, by: string, action: RegistryAction, more: { undoes?: number; command?: string | undefined }) =>
      Number(insert.run(at, by, action, more.undoes ?? null, more.command ?? null).lastInsertRowid),
    record(operation: number, change: RegistryChange, inverse: RegistryChange) {
      insertChange.run({ operation, ...touches(change), body: JSON.stringify({ change, inverse }) });
    },
    find: (id: number) => found(byId.get(id)),
    ofCommand: (command: string) => found(byCommand.get(command)),
    localSince: (after: number, devices: readonly DevEui[], assets: readonly AssetRef[]) =>
      found(localSince.get({ after, devices: JSON.stringify(devices), assets: JSON.stringify(assets) })),
    list: ({ device, asset, limit }: OperationFilter): readonly Operation[] =>
      newest.all({ device: device ?? null, asset: asset ?? null, limit }).map((row) => operationOf(row as Row)),
    /** The newest changes not yet taken back, newest first. */
    standing: (operation: number, limit: number): readonly Recorded[] =>
      standing.all(operation, limit).map((row) => {
        const { place, body } = row as { place: number; body: string };
        return { place, ...(JSON.parse(body) as Omit<Recorded, "place">) };
      }),
    markUndone: (operation: number, place: number) => void mark.run(operation, place),
    closeUndone: (operation: number, by: number) => void close.run(by, operation),
    /** An undo that was begun and not ended: it goes on. */
    undoOf: (operation: number) => openUndo.get(operation) as number | undefined,
    /** The first later operation that still stands and touches the same devices or assets. */
    laterOn: (operation: number) => (later.get(operation) ?? undefined) as number | undefined,
  };
};

export type Operations = ReturnType<typeof openOperations>;
