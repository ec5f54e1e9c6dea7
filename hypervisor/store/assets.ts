/** Assets with their latest values, communes and territories. */
import type { DeviceHealthView } from "../../api/device-health.ts";
import type { Value } from "../../cloud-sync/protocol/entry.ts";
import type { DeviceState } from "../../device-registry/words.ts";
import type { Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { AssetState, CommunePlace, LatestValue, Territories } from "./words.ts";

interface AssetRow {
  readonly ref: string;
  readonly kind: string;
  readonly use: string;
  readonly commune: string;
  readonly name: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly attributes: Record<string, number | string | boolean>;
  readonly box: string;
  readonly seen_at: Date | null;
  readonly dev_eui: string | null;
  readonly model: string | null;
  readonly address: string | null;
  readonly state: DeviceState | null;
  readonly since: Date | null;
  readonly said_by: string | null;
  readonly health: DeviceHealthView | null;
  readonly health_at: Date | null;
  readonly installations:
    | readonly { readonly device: string; readonly since: number; readonly until: number | null }[]
    | null;
}

interface LatestRow {
  readonly asset: string;
  readonly box: string;
  readonly measurement: string;
  readonly at: Date;
  readonly value: Value;
  readonly unit: string;
  readonly corrected_at: Date | null;
}

const deviceOf = ({
  dev_eui,
  model,
  state,
  since,
  said_by,
  health,
  health_at,
}: AssetRow): Pick<AssetState, "device"> =>
  dev_eui === null || model === null
    ? {}
    : {
        device: {
          devEui: dev_eui,
          model,
          ...(state === null ? {} : { state }),
          ...(since === null ? {} : { since: since.getTime() }),
          ...(said_by === null ? {} : { by: said_by }),
          ...(health === null || health_at === null ? {} : { health, healthAt: health_at.getTime() }),
        },
      };

const stateOf = (row: AssetRow, latest: ReadonlyMap<string, Record<string, LatestValue>>): AssetState => ({
  ref: row.ref,
  kind: row.kind,
  use: row.use,
  commune: row.commune,
  attributes: row.attributes,
  box: row.box,
  latest: latest.get(`${row.box}\0${row.ref}`) ?? {},
  ...(row.name === null ? {} : { name: row.name }),
  ...(row.latitude === null ? {} : { latitude: row.latitude }),
  ...(row.longitude === null ? {} : { longitude: row.longitude }),
  ...(row.seen_at === null ? {} : { lastSeenAt: row.seen_at.getTime() }),
  ...(row.address === null ? {} : { address: row.address }),
  ...deviceOf(row),
  installations: (row.installations ?? []).map(({ device, since, until }) => ({
    device,
    since,
    ...(until === null ? {} : { until }),
  })),
});

const latestOf = async (sql: Sql, refs: readonly string[]): Promise<Map<string, Record<string, LatestValue>>> => {
  const rows = await sql.query<LatestRow>(
    `SELECT latest.asset, box.name AS box, latest.measurement, latest.at, latest.value, latest.unit,
       (SELECT max(correction.at) FROM correction
        WHERE correction.box = latest.box AND correction.measured_at = latest.at AND correction.device IN (
          SELECT dev_eui FROM device WHERE device.box = latest.box AND device.asset = latest.asset
          UNION ALL SELECT device FROM installation
          WHERE installation.box = latest.box AND installation.asset = latest.asset)) AS corrected_at
     FROM asset JOIN latest ON latest.box = asset.box AND latest.asset = asset.ref JOIN box ON box.id = asset.box
     WHERE asset.ref = ANY($1::text[]) ORDER BY latest.measurement`,
    [refs],
  );
  const byAsset = new Map<string, Record<string, LatestValue>>();
  for (const { asset, box, measurement, at, value, unit, corrected_at: again } of rows) {
    const key = `${box}\0${asset}`;
    const values = byAsset.get(key) ?? {};
    values[measurement] = {
      value,
      unit,
      at: at.getTime(),
      ...(again === null ? {} : { correctedAt: again.getTime() }),
    };
    byAsset.set(key, values);
  }
  return byAsset;
};

interface TerritoryRow {
  readonly commune: string;
  readonly name: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly territory: string;
  readonly territory_name: string;
}

const placeOf = ({ commune, name, latitude, longitude }: TerritoryRow): CommunePlace => ({
  insee: commune,
  name,
  ...(latitude === null ? {} : { latitude }),
  ...(longitude === null ? {} : { longitude }),
});

const groupTerritories = (region: string, rows: readonly TerritoryRow[]): Territories => {
  const groups = new Map<string, { id: string; name: string; communes: CommunePlace[] }>();
  for (const row of rows) {
    const group = groups.get(row.territory) ?? { id: row.territory, name: row.territory_name, communes: [] };
    group.communes.push(placeOf(row));
    groups.set(row.territory, group);
  }
  return { region, territories: [...groups.values()] };
};

type AssetPart = Pick<Store, "replaceTerritories" | "territories" | "assetCounts" | "assets" | "device">;

export const assetPart = (sql: Sql): AssetPart => ({
  replaceTerritories: ({ region, territories }) =>
    sql.transaction(async (tx) => {
      const communes = territories.flatMap(({ id, name, communes }) =>
        communes.map((commune) => ({ ...commune, territory: id, territoryName: name })),
      );
      await tx.query("DELETE FROM region");
      await tx.query("INSERT INTO region (name) VALUES ($1)", [region]);
      await tx.query("DELETE FROM territory");
      await tx.query(
        `INSERT INTO territory (commune, name, latitude, longitude, territory, territory_name, place)
         SELECT * FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::text[], $6::text[], $7::int4[])`,
        [
          communes.map(({ insee }) => insee),
          communes.map(({ name }) => name),
          communes.map(({ latitude }) => latitude ?? null),
          communes.map(({ longitude }) => longitude ?? null),
          communes.map(({ territory }) => territory),
          communes.map(({ territoryName }) => territoryName),
          communes.map((_, place) => place),
        ],
      );
    }),

  async territories() {
    const regions = await sql.query<{ name: string }>("SELECT name FROM region");
    const rows = await sql.query<TerritoryRow>(
      "SELECT commune, name, latitude, longitude, territory, territory_name FROM territory ORDER BY place",
    );
    return groupTerritories(regions[0]?.name ?? "", rows);
  },

  async assetCounts() {
    const rows = await sql.query<{ commune: string; assets: number }>(
      "SELECT commune, count(*)::int4 AS assets FROM asset GROUP BY commune",
    );
    return new Map(rows.map(({ commune, assets }) => [commune, assets]));
  },

  async device(devEui) {
    const [row] = await sql.query<{ box: string; asset: string | null }>(
      `SELECT box.name AS box, device.asset FROM device JOIN box ON box.id = device.box
       WHERE device.dev_eui = $1 AND box.revoked_at IS NULL
       ORDER BY device.asset IS NULL, device.changed_seq DESC, box.name LIMIT 1`,
      [devEui],
    );
    return row && { box: row.box, ...(row.asset === null ? {} : { asset: row.asset }) };
  },

  async assets({ commune, use, refs, after, limit }) {
    const rows = await sql.query<AssetRow>(
      `SELECT asset.ref, asset.kind, asset.use, asset.commune, asset.name, asset.latitude, asset.longitude,
              asset.attributes, asset.address, box.name AS box, asset_seen.at AS seen_at, device.dev_eui, device.model,
              device.state, device.since, device.said_by, served.installations,
              device_health.health, device_health.at AS health_at
       FROM asset JOIN box ON box.id = asset.box
       LEFT JOIN asset_seen ON asset_seen.box = asset.box AND asset_seen.asset = asset.ref
       LEFT JOIN LATERAL (
         SELECT dev_eui, model, state, since, said_by FROM device WHERE device.box = asset.box AND device.asset = asset.ref
         ORDER BY changed_seq DESC, dev_eui LIMIT 1
       ) device ON true
       LEFT JOIN device_health ON device_health.box = asset.box AND device_health.device = device.dev_eui
       LEFT JOIN LATERAL (
         SELECT jsonb_agg(jsonb_build_object(
           'device', newest.device,
           'since', round(extract(epoch FROM newest.since) * 1000),
           'until', round(extract(epoch FROM newest.until) * 1000)
         ) ORDER BY newest.since DESC) AS installations
         FROM (
           SELECT installation.device, installation.since, installation.until FROM installation
           WHERE installation.box = asset.box AND installation.asset = asset.ref ORDER BY installation.since DESC LIMIT 10
         ) newest
       ) served ON true
       WHERE box.revoked_at IS NULL
         AND ($1::text IS NULL OR asset.commune = $1) AND ($2::text IS NULL OR asset.use = $2)
         AND ($3::text[] IS NULL OR asset.ref = ANY($3::text[])) AND ($4::text IS NULL OR asset.ref > $4)
       ORDER BY asset.ref, asset.box LIMIT $5`,
      [commune ?? null, use ?? null, refs ?? null, after ?? null, limit],
    );
    const latest = await latestOf(
      sql,
      rows.map(({ ref }) => ref),
    );
    return rows.map((row) => stateOf(row, latest));
  },
});
