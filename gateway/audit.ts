/** The box's audit log: who wished what of which lamp, in a hash chain. */
import type { Database } from "better-sqlite3";
import { AUDIT_START, type AuditLine, auditHash, type Deed } from "../commands/audit.ts";

export interface Audit {
  /** Inside a transaction. */
  add(deed: Deed): AuditLine;
  /** In their order, from a seq on. */
  lines(from?: number): Iterable<AuditLine>;
}

interface Row {
  readonly seq: number;
  readonly body: string;
  readonly hash: string;
}

export const openAudit = (db: Database): Audit => {
  const last = db.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
  const write = db.prepare("INSERT INTO audit (seq, body, hash) VALUES (?, ?, ?)");
  const read = db.prepare("SELECT seq, body, hash FROM audit WHERE seq >= ? ORDER BY seq");
  return {
    add(deed) {
      const before = last.get() as Row | undefined;
      const seq = (before?.seq ?? 0) + 1;
      const hash = auditHash(before?.hash ?? AUDIT_START, seq, deed);
      write.run(seq, JSON.stringify(deed), hash);
      return { ...deed, seq, hash };
    },
    *lines(from = 1) {
      for (const row of read.iterate(from) as Iterable<Row>)
        yield { ...(JSON.parse(row.body) as Deed), seq: row.seq, hash: row.hash };
    },
  };
};
