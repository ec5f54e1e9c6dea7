/** Follows a box's registry changes in the region's replica, in their order. */
import type { RegistryChange } from "../../device-registry/words.ts";
import type { Sorted } from "./sorting.ts";
import type { Queries } from "./sql.ts";

type Placed = Sorted["changes"][number];

/** The last word on each asset in these changes: put or removed. */
const followAssets = async (tx: Queries, box: number, changes: readonly Placed[]): Promise<void> => {
  const last = new Map<string, Extract<RegistryChange, { op: "put-asset" | "remove-asset" }>>();
  for (const { change } of changes) {
    if (change.op === "put-asset") last.set(change.asset.ref, change);
    if (change.op === "remove-asset") last.set(change.ref, change);
  }
  const removed = [...last.values()].flatMap((change) => (change.op === "remove-asset" ? [change.ref] : []));
  if (removed.length > 0) await tx.query("DELETE FROM asset WHERE box = $1 AND ref = ANY($2::text[])", [box, removed]);
  const assets = [...last.values()].flatMap((change) => (change.op === "put-asset" ? [change.asset] : []));
  if (assets.length === 0) return;
  await tx.query(
    `INSERT INTO asset (box, ref, kind, commune, use, name, address, latitude, longitude, attributes)
     SELECT $1::int4, ref, kind, commune, use, name, address, latitude, longitude, attributes::jsonb
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::float8[], $10::text[])
       AS put (ref, kind, commune, use, name, address, latitude, longitude, attributes)
     ON CONFLICT (box, ref) DO UPDATE SET kind = excluded.kind, commune = excluded.commune, use = excluded.use,
       name = excluded.name, address = excluded.address, latitude = excluded.latitude, longitude = excluded.longitude,
       attributes = excluded.attributes`,
    [
      box,
      assets.map(({ ref }) => ref),
      assets.map(({ kind }) => kind),
      assets.map(({ commune }) => commune),
      assets.map(({ use }) => use),
      assets.map(({ name }) => name ?? null),
      assets.map(({ address }) => address ?? null),
      assets.map(({ latitude }) => latitude ?? null),
      assets.map(({ longitude }) => longitude ?? null),
      assets.map(({ attributes }) => JSON.stringify(attributes)),
    ],
  );
};

type Installed = Extract<RegistryChange, { op: "put-installation" | "remove-installation" }>;

/** The last word on each installation in these changes. */
const followInstallations = async (tx: Queries, box: number, changes: readonly Placed[]): Promise<void> => {
  const last = new Map<string, Installed>();
  for (const { change } of changes) {
    if (change.op !== "put-installation" && change.op !== "remove-installation") continue;
    const { asset, device, since } = change.installation;
    last.set(`${asset} ${device} ${since}`, change);
  }
  const all = [...last.values()];
  if (all.length === 0) return;
  const columns = (op: Installed["op"]) => {
    const found = all.filter((change) => change.op === op).map(({ installation }) => installation);
    return {
      count: found.length,
      keys: [
        found.map(({ asset }) => asset),
        found.map(({ device }) => device),
        found.map(({ since }) => since / 1000),
      ],
      until: found.map(({ until }) => (until === undefined ? null : until / 1000)),
    };
  };
  const removed = columns("remove-installation");
  if (removed.count > 0)
    await tx.query(
      `DELETE FROM installation USING unnest($2::text[], $3::text[], $4::float8[]) AS gone (asset, device, since)
       WHERE installation.box = $1 AND installation.asset = gone.asset AND installation.device = gone.device
         AND installation.since = to_timestamp(gone.since)`,
      [box, ...removed.keys],
    );
  const put = columns("put-installation");
  if (put.count > 0)
    await tx.query(
      `INSERT INTO installation (box, asset, device, since, until)
       SELECT $1::int4, asset, device, to_timestamp(since), to_timestamp(until)
       FROM unnest($2::text[], $3::text[], $4::float8[], $5::float8[]) AS put (asset, device, since, until)
       ON CONFLICT (box, asset, device, since) DO UPDATE SET until = excluded.until`,
      [box, ...put.keys, put.until],
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
    `INSERT INTO device (box, dev_eui, model, asset, application_id, changed_seq, state, since, said_by, record)
     SELECT $1::int4, dev_eui, model, asset, application, seq, state, to_timestamp(since), said_by, record::jsonb
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[], $8::float8[], $9::text[], $10::text[])
       AS put (dev_eui, model, asset, application, seq, state, since, said_by, record)
     ON CONFLICT (box, dev_eui) DO UPDATE SET model = excluded.model, asset = excluded.asset,
       application_id = excluded.application_id, changed_seq = excluded.changed_seq, state = excluded.state,
       since = excluded.since, said_by = excluded.said_by, record = excluded.record`,
    [
      box,
      put.map(({ change }) => change.device.devEui),
      put.map(({ change }) => change.device.model),
      put.map(({ change }) => change.device.asset ?? null),
      put.map(({ change }) => change.device.applicationId ?? null),
      put.map(({ seq }) => seq),
      put.map(({ change }) => change.device.state),
      put.map(({ change }) => (change.device.since === undefined ? null : change.device.since / 1000)),
      put.map(({ change }) => change.device.by ?? null),
      put.map(({ change }) => JSON.stringify(change.device)),
    ],
  );
};

const refsOf = ({ change }: Placed): readonly string[] => {
  switch (change.op) {
    case "put-asset":
      return [change.asset.ref];
    case "remove-asset":
      return [change.ref];
    case "put-device":
      return change.device.asset === undefined ? [] : [change.device.asset];
    case "remove-device":
      return [];
    default:
      return [change.installation.asset];
  }
};

/** Returns the assets that changed. */
export const followRegistry = async (
  tx: Queries,
  box: number,
  changes: readonly Placed[],
): Promise<readonly string[]> => {
  await followAssets(tx, box, changes);
  await followDevices(tx, box, changes);
  await followInstallations(tx, box, changes);
  const operation = changes.findLast((change) => change.operation !== undefined)?.operation;
  if (operation !== undefined) await tx.query("UPDATE box_cursor SET operation = $2 WHERE box = $1", [box, operation]);
  return changes.flatMap(refsOf);
};
