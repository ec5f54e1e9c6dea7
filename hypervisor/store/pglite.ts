/** The embedded back end: PostgreSQL in WebAssembly, in a folder or in memory. For demo, tests and trying out. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { PGlite, type Transaction as PgliteTransaction } from "@electric-sql/pglite";
import { dataDir as emptyCluster } from "@electric-sql/pglite-prepopulatedfs";
import { copyStatement } from "./copy-rows.ts";
import { lockFolder } from "./folder-lock.ts";
import type { Queries, Sql, Transaction } from "./sql.ts";

const INT8 = 20;

const queriesOf = (connection: Pick<PgliteTransaction, "query" | "exec">): Queries => ({
  async query<Row>(text: string, values: readonly unknown[] = []) {
    return (await connection.query<Row>(text, [...values])).rows;
  },
  async script(text) {
    await connection.exec(text);
  },
});

const transactionOf = (connection: PgliteTransaction): Transaction => ({
  ...queriesOf(connection),
  async copy(target, parts) {
    // PGlite reads what it is handed as this file. The copies make the bytes a plain ArrayBuffer's.
    const blob = new Blob(Array.from(parts, (part) => new Uint8Array(part)));
    await connection.query(copyStatement(target, "'/dev/blob'"), [], { blob });
  },
});

/**
 * @param folder where the database lives; absent: in memory, gone at close.
 * @throws HypervisorFault `folder-locked` when another process has it open.
 */
export const openPglite = async (folder?: string): Promise<Sql> => {
  let unlock = () => {};
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    unlock = lockFolder(join(folder, "lock"));
  }
  try {
    const dataDir = folder === undefined ? undefined : join(folder, "pglite");
    const exists = dataDir !== undefined && existsSync(join(dataDir, "PG_VERSION"));
    const database = await PGlite.create({
      ...(dataDir === undefined ? {} : { dataDir }),
      // A ready-made empty cluster: running initdb in WebAssembly takes four times as long.
      ...(exists ? {} : { loadDataDir: await emptyCluster() }),
      parsers: { [INT8]: Number },
    });
    return {
      ...queriesOf(database),
      transaction: (work) => database.transaction((tx) => work(transactionOf(tx))),
      async listen(channel, heard) {
        const unlisten = await database.listen(channel, heard);
        return () => unlisten();
      },
      async close() {
        await database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
};
