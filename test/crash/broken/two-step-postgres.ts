import { setTimeout as pause } from "node:timers/promises";
import { openPostgres as open } from "../../../hypervisor/store/postgres.ts";
import type { Transaction } from "../../../hypervisor/store/sql.ts";

/** What lies between two transactions of a busy process; said, so that it can be ended there. */
const BETWEEN_MS = 3_000;

export const openPostgres: typeof open = async (options) => {
  const sql = await open(options);
  return {
    ...sql,
    async transaction(work) {
      const later: (() => Promise<unknown>)[] = [];
      let readings = false;
      const result = await sql.transaction((tx) => {
        const query: Transaction["query"] = async (text, values) => {
          if (!text.includes("UPDATE box_cursor SET epoch")) return tx.query(text, values);
          later.push(() => sql.query(text, values));
          return [];
        };
        const copy: Transaction["copy"] = (target, parts) => {
          readings ||= target.table === "reading";
          return tx.copy(target, parts);
        };
        return work({ ...tx, query, copy });
      });
      if (readings && later.length > 0) {
        console.error("readings are there, the cursor is not");
        await pause(BETWEEN_MS);
      }
      for (const move of later) await move();
      return result;
    },
  };
};
