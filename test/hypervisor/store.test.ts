import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import { openPostgres } from "../../hypervisor/store/postgres.ts";
import { startPostgres, systemSuite } from "../system/servers.ts";
import { storeContract } from "./store-contract.ts";

const log = pino({ level: "silent" });

storeContract("PGlite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-store-"));
  return {
    openSql: () => openPglite(folder),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

systemSuite("PostgreSQL", ["postgresql"], () => {
  storeContract("PostgreSQL", async () => {
    const server = await startPostgres();
    return { openSql: () => openPostgres({ url: server.url, log }), close: () => server.stop() };
  });
});
