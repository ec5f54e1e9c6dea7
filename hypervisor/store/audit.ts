/** The region's audit log: who wished what, when and why, in a hash chain (commands/audit.ts). */
import { AUDIT_START, type AuditLine, auditHash, type Deed } from "../../commands/audit.ts";
import type { Queries, Sql } from "./sql.ts";
import type { Store } from "./store.ts";

/** One chain, whoever of the replicas writes: each waits for the commit of the one before. */
const LOCK_KEY = 0x0bef_a0d1;

interface Row {
  readonly seq: number;
  readonly body: Deed;
  readonly hash: string;
}

/** Inside the transaction of what it tells. */
export const writeDeed = async (tx: Queries, deed: Deed): Promise<void> => {
  await tx.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
  const [last] = await tx.query<Row>("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
  const seq = (last?.seq ?? 0) + 1;
  const hash = auditHash(last?.hash ?? AUDIT_START, seq, deed);
  await tx.query("INSERT INTO audit (seq, body, hash) VALUES ($1, $2::jsonb, $3)", [seq, JSON.stringify(deed), hash]);
};

export const auditPart = (sql: Sql): Pick<Store, "auditLines"> => ({
  async auditLines(after, limit) {
    const rows = await sql.query<Row>(
      "SELECT seq, body, hash FROM audit WHERE seq > $1::int8 ORDER BY seq LIMIT $2::int8",
      [after, limit],
    );
    return rows.map(({ seq, body, hash }): AuditLine => ({ ...body, seq, hash }));
  },
});
