/**
 * The door to a PostgreSQL: all the store needs of it. Two back ends stand behind it, PGlite (embedded) and a server through `pg`;
 * what differs between them ends here.
 *
 * `bigint` comes back as a number (sequence numbers stay far below 2^53), `timestamptz` as a Date, `bytea` as a Uint8Array,
 * `json`/`jsonb` parsed.
 */
import type { CopyTarget } from "./copy-rows.ts";

export interface Queries {
  /** One statement with parameters `$1 …`; arrays are passed as arrays (`unnest($1::text[])`). */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Several statements without parameters. */
  script(text: string): Promise<void>;
}

export interface Transaction extends Queries {
  /** Loads rows in the binary COPY format (copy-rows.ts); the next part is asked for when the last is on its way. */
  copy(target: CopyTarget, parts: Iterable<Uint8Array>): Promise<void>;
}

export interface Sql extends Queries {
  /** `work` in one transaction: committed when it returns, rolled back when it throws. Not to be nested. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Calls `heard` for every NOTIFY on `channel`, and `resumed` after a gap in listening, when some may have been missed. */
  listen(channel: string, heard: (payload: string) => void, resumed: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** The codes of PostgreSQL the store reacts to. */
export const SQL_STATE = { checkViolation: "23514", undefinedTable: "42P01", serialization: "40001" } as const;

export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
