/** The server back end: PostgreSQL 15 or newer through `pg`, a pool for work and one connection that listens. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Logger } from "pino";
import { HypervisorFault } from "../faults.ts";
import { copyStatement } from "./copy-rows.ts";
import type { Queries, Sql, Transaction } from "./sql.ts";

const INT8 = 20;
const VERSION_MIN = 150_000;

const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: "text" | "binary") =>
    id === INT8 && format !== "binary" ? Number : pg.types.getTypeParser(id, format),
};

const names = new Map<string, string>();
/** Of a statement with parameters, of which this program has not many. */
const nameOf = (text: string): string => {
  const known = names.get(text) ?? `beffroi_${names.size}`;
  names.set(text, known);
  return known;
};

/** `named`: PostgreSQL takes each text apart once a connection instead of each time. */
const queriesOf = (connection: pg.Pool | pg.PoolClient, { named }: { readonly named: boolean }): Queries => ({
  async query<Row>(text: string, values: readonly unknown[] = []) {
    const name = named && values.length > 0 ? { name: nameOf(text) } : {};
    return (await connection.query({ ...name, text, values: values.map(asParameter) })).rows as Row[];
  },
  async script(text) {
    await connection.query(text);
  },
});

/** A part is made when the one before has gone. */
const ONE_PART = { objectMode: true, highWaterMark: 1 };

const transactionOf = (client: pg.PoolClient): Transaction => ({
  // A batch of a box asks a dozen short questions; a person's may be planned anew each time.
  ...queriesOf(client, { named: true }),
  copy: (target, parts) =>
    pipeline(Readable.from(parts, ONE_PART), client.query(copyFrom(copyStatement(target, "STDIN")))),
});

/** `pg` takes bytes as Buffer only, also inside arrays. */
const asParameter = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value) && value.some((item) => item instanceof Uint8Array)) return value.map(asParameter);
  return value;
};

interface PostgresOptions {
  readonly url: string;
  readonly log: Logger;
  /** Connections of the pool; one more listens. */
  readonly connectionsMax?: number;
}

/**
 * @throws HypervisorFault `store-unreachable` when the server does not answer, `store-too-old-server` below PostgreSQL 15.
 */
export const openPostgres = async ({ url, log, connectionsMax = 10 }: PostgresOptions): Promise<Sql> => {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: 10_000,
    types,
    options: "-c TimeZone=UTC",
    application_name: "beffroi-hypervisor",
  });
  // Without a listener an idle connection that breaks would end the process; the next query opens a new one.
  pool.on("error", (error) => log.warn({ err: error }, "idle database connection lost"));
  try {
    const { rows } = await pool.query<{ server_version_num: string }>("SHOW server_version_num");
    const version = Number(rows[0]?.server_version_num);
    if (version < VERSION_MIN) throw new HypervisorFault("store-too-old-server", { version });
  } catch (error) {
    await pool.end();
    if (error instanceof HypervisorFault) throw error;
    const reason = error instanceof Error ? error.message || String(error) : String(error);
    throw new HypervisorFault("store-unreachable", { reason }, { cause: error });
  }
  const ears = new Set<() => Promise<void>>();
  return {
    ...queriesOf(pool, { named: false }),
    transaction: (work) => inTransaction(pool, work),
    async listen(channel, heard, resumed) {
      const stop = await listenOn({ url, log, channel, heard, resumed });
      ears.add(stop);
      return stop;
    },
    async close() {
      await Promise.all([...ears].map((stop) => stop()));
      await pool.end();
    },
  };
};

const inTransaction = async <T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that dies while checked out reports here; the query under way rejects as well.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query("BEGIN");
    const result = await work(transactionOf(client));
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
};

interface Ear {
  readonly url: string;
  readonly log: Logger;
  readonly channel: string;
  readonly heard: (payload: string) => void;
  readonly resumed: () => void;
}

const RELISTEN_MS = 1_000;

/** Listens on a connection of its own and comes back by itself when that breaks. */
const listenOn = async ({ url, log, channel, heard, resumed }: Ear): Promise<() => Promise<void>> => {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let client = await connect();

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionString: url, keepAlive: true, application_name: "beffroi-hypervisor-ear" });
    let gone = false;
    const lost = (error?: Error) => {
      if (gone || stopped) return;
      gone = true;
      log.warn({ err: error }, "database notifications interrupted");
      fresh.end().catch(() => {});
      relisten();
    };
    fresh.on("error", lost);
    fresh.on("end", () => lost());
    fresh.on("notification", (message) => heard(message.payload ?? ""));
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      gone = true;
      fresh.end().catch(() => {});
      throw error;
    }
    return fresh;
  }

  function relisten() {
    // Half to one and a half times the wait: many replicas must not come back in step.
    timer = setTimeout(
      async () => {
        if (stopped) return;
        try {
          client = await connect();
          resumed();
        } catch {
          relisten();
        }
      },
      RELISTEN_MS * (0.5 + Math.random()),
    );
  }

  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client.end().catch(() => {});
  };
};
