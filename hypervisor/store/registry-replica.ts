/** Follows a box's registry changes in the region's replica, in their order. */
import type { RegistryChange } from "../../device-registry/words.ts";
import type { Queries } from "./sql.ts";

type Placed = { readonly seq: number; readonly change: RegistryChange };

const putAssets = async (tx: Queries, box: number, changes: readonly Placed[]): Promise<void> => {
  const assets = [
    ...new Map(
      changes.flatMap(({ change }) => (change.op === "put-asset" ? [[change.asset.ref, change.asset]] : [])),
    ).values(),
  ];
  if (assets.length === 0) return;
  await tx.query(
    `INSERT INTO asset (box, ref, kind, commune, use, name, latitude, longitude, attributes)
     SELECT $1::int4, ref, kind, commune, use, name, latitude, longitude, attributes::jsonb
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[], $9::text[])
       AS put (ref, kind, commune, use, name, latitude, longitude, attributes)
     ON CONFLICT (box, ref) DO UPDATE SET kind = excluded.kind, commune = excluded.commune, use = excluded.use,
       name = excluded.name, latitude = excluded.latitude, longitude = excluded.longitude, attributes = excluded.attributes`,
    [
      box,
      assets.map(({ ref }) => ref),
      assets.map(({ kind }) => kind),
      assets.map(({ commune }) => commune),
      assets.map(({ use }) => use),
      assets.map(({ name }) => name ?? null),
      assets.map(({ latitude }) => latitude ?? null),
      assets.map(({ longitude }) => longitude ?? null),
      assets.map(({ attributes }) => JSON.stringify(attributes)),
    ],
  );
};

/** The last word on each device in these changes: put or removed. */
const followDevices = async (tx: Queries, box: number, changes: readonly Placed[]): Promise<void> => {
  const last = new Map<string, Placed>();
  for (const placed of changes) {
    const { change } = placed;
    if (change.op === "put-device") last.set(change.device.devEui, placed);
    if (change.op === "remove-device") last.set(change.devEui, placed);
  }
  const removed: string[] = [];
  const put: { readonly seq: number; readonly change: Extract<RegistryChange, { op: "put-device" }> }[] = [];
  for (const { seq, change } of last.values()) {
    if (change.op === "remove-device") removed.push(change.devEui);
    if (change.op === "put-device") put.push({ seq, change });
  }
  if (removed.length > 0)
    await tx.query("DELETE FROM device WHERE box = $1 AND dev_eui = ANY($2::text[])", [box, removed]);
  if (put.length === 0) return;
  await tx.query(
    `INSERT INTO device (box, dev_eui, model, asset, application_id, changed_seq)
     SELECT $1::int4, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int8[])
     ON CONFLICT (box, dev_eui) DO UPDATE SET model = excluded.model, asset = excluded.asset,
       application_id = excluded.application_id, changed_seq = excluded.changed_seq`,
    [
      box,
      put.map(({ change }) => change.device.devEui),
      put.map(({ change }) => change.device.model),
      put.map(({ change }) => change.device.asset ?? null),
      put.map(({ change }) => change.device.applicationId ?? null),
      put.map(({ seq }) => seq),
    ],
  );
};

const refsOf = ({ change }: Placed): readonly string[] => {
  if (change.op === "put-asset") return [change.asset.ref];
  return change.op === "put-device" && change.device.asset !== undefined ? [change.device.asset] : [];
};

/** Returns the assets that changed. */
export const followRegistry = async (
  tx: Queries,
  box: number,
  changes: readonly Placed[],
): Promise<readonly string[]> => {
  await putAssets(tx, box, changes);
  await followDevices(tx, box, changes);
  return changes.flatMap(refsOf);
};
