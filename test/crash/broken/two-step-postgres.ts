import { setTimeout as pause } from "node:timers/promises";
import { openPostgres as open } from "../../../hypervisor/store/postgres.ts";
import type { Queries } from "../../../hypervisor/store/sql.ts";

/** What lies between two transactions of a busy process. */
const BETWEEN_MS = 1_500;

export const openPostgres: typeof open = async (options) => {
  const sql = await open(options);
  return {
    ...sql,
    async transaction(work) {
      const later: (() => Promise<unknown>)[] = [];
      const result = await sql.transaction((tx) => {
        const query: Queries["query"] = async (text, values) => {
          if (!text.startsWith("UPDATE box_cursor SET epoch")) return tx.query(text, values);
          later.push(() => sql.query(text, values));
          return [];
        };
        return work({ ...tx, query });
      });
      if (later.length > 0) await pause(BETWEEN_MS);
      for (const move of later) await move();
      return result;
    },
  };
};
