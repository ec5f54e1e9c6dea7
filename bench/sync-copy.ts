/** The reference: the same rows by COPY into the same tables with the same indexes, on the same server. */
import { chmodSync, chownSync, mkdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { preparePartitions } from "../hypervisor/store/partitions.ts";
import { openPostgres } from "../hypervisor/store/postgres.ts";
import { migrate } from "../hypervisor/store/schema.ts";
import type { Sql } from "../hypervisor/store/sql.ts";
import { freshDatabase } from "../test/system/servers.ts";

const TABLES = ["reading", "measurement"] as const;

export interface Dump {
  readonly folder: string;
  remove(): void;
}

/** A folder the server may write into. */
function serverFolder(server: string): string {
  const folder = join(tmpdir(), `beffroi-bench-copy-${new URL(server).port}`);
  mkdirSync(folder, { recursive: true });
  const { uid, gid } = statSync(folder);
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o777);
  return folder;
}

/** Writes the rows of a region's large tables into files, as they lie. */
export async function dumpRows(sql: Sql, server: string): Promise<Dump> {
  const folder = serverFolder(server);
  for (const table of TABLES)
    await sql.script(`COPY (SELECT * FROM ${table}) TO '${join(folder, table)}' (FORMAT binary)`);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Seconds that COPY takes for them, in one transaction, read by the server itself. */
export async function copyRows(server: string, { folder }: Dump, measurements: number): Promise<number> {
  const database = await freshDatabase(server);
  const sql = await openPostgres({ url: database.url, log: pino({ level: "silent" }), connectionsMax: 2 });
  await migrate(sql);
  await preparePartitions(sql, Date.now());
  await sql.script("CHECKPOINT");
  const from = performance.now();
  await sql.transaction(async (tx) => {
    for (const table of TABLES) await tx.script(`COPY ${table} FROM '${join(folder, table)}' (FORMAT binary)`);
  });
  const seconds = (performance.now() - from) / 1_000;
  const [held] = await sql.query<{ n: number }>("SELECT count(*)::int4 AS n FROM measurement");
  if (held?.n !== measurements) throw new Error(`COPY: ${held?.n} rows of ${measurements}`);
  await sql.close();
  await database.stop();
  return seconds;
}
