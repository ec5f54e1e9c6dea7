/** The daily parts of the large tables. Whatever no part takes goes to the default one: an arrival is never refused for its day. */
import { SQL_STATE, type Sql, sqlState } from "./sql.ts";

const TABLES = ["reading", "measurement"] as const;
const DAY_MS = 86_400_000;
const LOCK_KEY = 0x0bef_f202;

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const createPart = (sql: Sql, table: string, from: string, to: string): Promise<void> =>
  sql.transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
    const part = `${table}_${from.replaceAll("-", "")}`;
    const found = await tx.query<{ part: string | null }>("SELECT to_regclass($1)::text AS part", [part]);
    if (found[0]?.part != null) return;
    await tx.script(
      `CREATE TABLE ${part} PARTITION OF ${table} FOR VALUES FROM ('${from} 00:00:00+00') TO ('${to} 00:00:00+00')`,
    );
  });

/**
 * Makes the parts of the day of `now` and of the day after, ms since 1970. To be called at least once a day; a day whose rows have
 * already gone to the default part stays there.
 */
export const preparePartitions = async (sql: Sql, now: number): Promise<void> => {
  for (const table of TABLES)
    for (const time of [now, now + DAY_MS]) {
      try {
        await createPart(sql, table, dayOf(time), dayOf(time + DAY_MS));
      } catch (error) {
        if (sqlState(error) !== SQL_STATE.checkViolation) throw error;
      }
    }
};
