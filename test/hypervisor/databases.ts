/** The databases a store runs on: a suite that is told on each of them. */
import { pino } from "pino";
import { afterAll, beforeAll, describe } from "vitest";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import { openPostgres } from "../../hypervisor/store/postgres.ts";
import type { Sql } from "../../hypervisor/store/sql.ts";
import type { Store } from "../../hypervisor/store/store.ts";
import { startPostgres, systemSuite } from "../system/servers.ts";

/** A database of the suite's own. */
export interface OwnDatabase {
  readonly sql: Sql;
  /** Of what stands behind it, once the store is closed. */
  close(): Promise<void>;
}

/** Defines the suite on PGlite, and on PostgreSQL where its package is installed. */
export const onEachDatabase = (
  suite: (open: () => Promise<OwnDatabase>, name: "PGlite" | "PostgreSQL") => void,
): void => {
  describe("PGlite", () => suite(async () => ({ sql: await openPglite(), close: async () => {} }), "PGlite"));
  systemSuite("PostgreSQL", ["postgresql"], () =>
    suite(async () => {
      const server = await startPostgres();
      const sql = await openPostgres({ url: server.url, log: pino({ level: "silent" }) });
      return { sql, close: () => server.stop() };
    }, "PostgreSQL"),
  );
};

/** One store for all tests of a suite; `use` is told before the first. */
export const withStore = (
  open: () => Promise<OwnDatabase>,
  now: number,
  use: (ground: { readonly sql: Sql; readonly store: Store }) => void,
): void => {
  let closing = async () => {};
  beforeAll(async () => {
    const { sql, close } = await open();
    closing = close;
    const store = await createSqlStore(sql, now);
    closing = async () => {
      await store.close();
      await close();
    };
    use({ sql, store });
  });
  afterAll(() => closing());
};
