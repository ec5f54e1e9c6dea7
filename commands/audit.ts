/**
 * The audit log's chain: each line carries a hash over the line before it, so that nobody takes one out, adds one in between or
 * changes one without every later line showing it.
 */
import { createHash } from "node:crypto";

/** What somebody did. */
export interface Deed {
  /** ms since 1970. */
  readonly at: number;
  readonly who: string;
  /** `command`, `cancel`, `consent` … */
  readonly what: string;
  /** A command, an asset, a wish for many. */
  readonly about: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditLine extends Deed {
  /** From 1 on, without a gap. */
  readonly seq: number;
  /** 64 hex digits. */
  readonly hash: string;
}

/** Before the first line. */
export const AUDIT_START = "0".repeat(64);

/** Keys in order at every depth: the same deed always hashes to the same. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, canonical(each)]));
};

export const auditHash = (before: string, seq: number, { at, who, what, about, detail }: Deed): string =>
  createHash("sha256")
    .update(`${before}\n${JSON.stringify(canonical({ seq, at, who, what, about, detail }))}`)
    .digest("hex");

export type AuditVerdict =
  | { readonly ok: true; readonly lines: number; readonly head: string }
  /** The first line that does not follow from the one before it. */
  | { readonly ok: false; readonly seq: number };

export const verifyAudit = (lines: Iterable<AuditLine>): AuditVerdict => {
  let [count, head] = [0, AUDIT_START];
  for (const line of lines) {
    const hash = auditHash(head, count + 1, line);
    if (line.seq !== count + 1 || line.hash !== hash) return { ok: false, seq: count + 1 };
    [count, head] = [line.seq, hash];
  }
  return { ok: true, lines: count, head };
};
