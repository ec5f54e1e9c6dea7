import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { copyParts } from "../../hypervisor/store/copy-rows.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import { openPostgres } from "../../hypervisor/store/postgres.ts";
import { migrate } from "../../hypervisor/store/schema.ts";
import type { Change } from "../../hypervisor/store/words.ts";
import { startPostgres, systemSuite, systemTest } from "../system/servers.ts";
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

systemTest(
  "notifications come back by themselves after the connection that listens is cut",
  ["postgresql"],
  async () => {
    const server = await startPostgres();
    const store = await createSqlStore(await openPostgres({ url: server.url, log }), Date.now());
    const knife = await openPostgres({ url: server.url, log, connectionsMax: 1 });
    const heard: Change[] = [];
    store.watch((change) => heard.push(change));
    const cut = await knife.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'beffroi-hypervisor-ear' AND datname = current_database()",
    );
    expect(cut).toHaveLength(1);
    await vi.waitFor(() => expect(heard).toContainEqual({ type: "missed" }), { timeout: 20_000 });
    await store.addBox({ name: "later", communes: [] }, Date.now());
    await vi.waitFor(() => expect(heard).toContainEqual({ type: "box", box: "later" }), { timeout: 20_000 });
    await knife.close();
    await store.close();
    await server.stop();
  },
);

systemTest(
  "rows for a COPY may come in any number of parts; a mistake among them leaves nothing behind, and the connection fit for use",
  ["postgresql"],
  async () => {
    const server = await startPostgres();
    const sql = await openPostgres({ url: server.url, log, connectionsMax: 1 });
    await sql.script("CREATE TABLE note (id int8, text text)");
    const target = { table: "note", columns: ["id", "text"] };
    const long = "é".repeat(500);
    const rowsUpTo = (count: number, broken = -1) =>
      copyParts(
        target,
        Array.from({ length: count }, (_, id) => id),
        (fields, id) => {
          if (id === broken) throw new Error("broken row");
          fields.row();
          fields.int8(id);
          fields.text(long);
        },
      );
    expect([...rowsUpTo(2_000)].length).toBeGreaterThan(5);
    await sql.transaction((tx) => tx.copy(target, rowsUpTo(2_000)));
    const counted = "SELECT count(*)::int4 AS n, count(DISTINCT id)::int4 AS ids, min(text) AS text FROM note";
    expect(await sql.query(counted)).toEqual([{ n: 2_000, ids: 2_000, text: long }]);
    for (const broken of [0, 1_999])
      await expect(sql.transaction((tx) => tx.copy(target, rowsUpTo(2_000, broken)))).rejects.toThrow("broken row");
    await sql.transaction((tx) => tx.copy(target, rowsUpTo(0)));
    expect(await sql.query(counted)).toEqual([{ n: 2_000, ids: 2_000, text: long }]);
    await sql.close();
    await server.stop();
  },
);

test("an older database is migrated step by step, once, also by two replicas at the same time", {
  timeout: 120_000,
}, async () => {
  const sql = await openPglite();
  const first = { version: 1, script: "CREATE TABLE note (text text); INSERT INTO note VALUES ('kept');" };
  const second = { version: 2, script: "ALTER TABLE note ADD COLUMN place integer NOT NULL DEFAULT 7;" };
  await migrate(sql, [first]);
  await Promise.all([migrate(sql, [first, second]), migrate(sql, [first, second])]);
  expect(await sql.query("SELECT text, place FROM note")).toEqual([{ text: "kept", place: 7 }]);
  const broken = { version: 3, script: "DROP TABLE note; SELECT nonsense;" };
  await expect(migrate(sql, [first, second, broken])).rejects.toThrow();
  expect(await sql.query("SELECT text FROM note")).toHaveLength(1);
  await expect(migrate(sql, [first])).rejects.toMatchObject({ code: "store-newer", detail: { found: 2, known: 1 } });
  await sql.close();
});
