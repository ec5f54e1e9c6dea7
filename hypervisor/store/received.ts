/** What came from a box since a moment, counted. */
import type { Sql } from "./sql.ts";
import type { Store } from "./store.ts";

const KIND = `substring(body from '"kind":"([a-z]+)"')`;

export const receivedPart = (sql: Sql): Pick<Store, "received"> => ({
  async received(box, since) {
    const from = since / 1_000;
    const readings = await sql.query<{ device: string; n: number }>(
      `SELECT device, count(*)::int8 AS n FROM reading
       WHERE box = (SELECT id FROM box WHERE name = $1) AND arrived_at >= to_timestamp($2::float8) GROUP BY device`,
      [box, from],
    );
    const others = await sql.query<{ kind: string | null; n: number }>(
      `SELECT ${KIND} AS kind, count(*)::int8 AS n FROM kept_entry
       WHERE box = (SELECT id FROM box WHERE name = $1) AND wall >= $2::float8 AND NOT is_foreign GROUP BY 1`,
      [box, since],
    );
    const devices = await sql.query<{ dev_eui: string; model: string }>(
      "SELECT dev_eui, model FROM device WHERE box = (SELECT id FROM box WHERE name = $1)",
      [box],
    );
    const kinds = new Map(others.flatMap(({ kind, n }) => (kind === null || kind === "reading" ? [] : [[kind, n]])));
    kinds.set(
      "reading",
      readings.reduce((sum, { n }) => sum + n, 0),
    );
    return {
      kinds,
      readings: new Map(readings.map(({ device, n }) => [device, n])),
      models: new Map(devices.map(({ dev_eui, model }) => [dev_eui, model])),
    };
  },
});
