/** Brings a database to the present version. */
import { HypervisorFault } from "../faults.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import type { Queries, Sql } from "./sql.ts";

export const SCHEMA_VERSION = MIGRATIONS[MIGRATIONS.length - 1]!.version;

/** Any number of replicas may start at once; one migrates, the others wait. */
const LOCK_KEY = 0x0bef_f201;

const versionOf = async (tx: Queries): Promise<number> => {
  await tx.script("CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL, at timestamptz NOT NULL)");
  const rows = await tx.query<{ version: number | null }>("SELECT max(version) AS version FROM schema_version");
  return rows[0]?.version ?? 0;
};

/**
 * Brings the database to this program's version.
 * @throws HypervisorFault `store-newer` when a newer program has already changed it.
 */
export const migrate = (sql: Sql, migrations: readonly Migration[] = MIGRATIONS): Promise<void> =>
  sql.transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
    const found = await versionOf(tx);
    const known = migrations[migrations.length - 1]!.version;
    if (found > known) throw new HypervisorFault("store-newer", { found, known });
    for (const { version, script } of migrations) {
      if (version <= found) continue;
      await tx.script(script);
      await tx.query("INSERT INTO schema_version VALUES ($1, now())", [version]);
    }
  });
