/** Reads a whole journal and says what of it holds. Repairs nothing. */
import type { Database } from "better-sqlite3";
import { chainStep, GENESIS, sameHash } from "../protocol/chain.ts";
import { JournalError } from "./faults.ts";
import { readRow } from "./row.ts";
import type { Words } from "./words.ts";

export interface VerifyFinding {
  /** First and last entry concerned. */
  readonly from: number;
  readonly to: number;
  readonly what: "damaged" | "missing" | "another-history" | "unreadable";
}

export interface VerifyReport {
  /** Entries that are whole. */
  readonly entries: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly findings: readonly VerifyFinding[];
}

export function verifyJournal(db: Database, words: Words, head: { seq: number; hash: Uint8Array }): VerifyReport {
  const findings: VerifyFinding[] = [];
  const checkpoints = new Map(
    db
      .prepare<[], { seq: number; hash: Buffer }>("SELECT seq, hash FROM journal_checkpoint")
      .all()
      .map(({ seq, hash }) => [seq, hash]),
  );
  checkpoints.set(head.seq, Buffer.from(head.hash));
  const firstSeq = db.prepare<[], number | null>("SELECT min(seq) FROM journal_entry").pluck().get() ?? head.seq + 1;
  /** Undefined after a hole, until the next checkpoint. */
  let hash = firstSeq === 1 ? GENESIS : checkpoints.get(firstSeq - 1);
  let expected = firstSeq;
  let entries = 0;

  function pass(seq: number, row: Buffer): void {
    if (seq > expected) {
      findings.push({ from: expected, to: seq - 1, what: "missing" });
      hash = checkpoints.get(seq - 1);
    }
    expected = seq + 1;
    try {
      const entry = readRow(words, seq, row);
      entries++;
      if (hash !== undefined) hash = chainStep(hash, entry);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      findings.push({ from: seq, to: seq, what: "damaged" });
      hash = undefined;
    }
    const stored = checkpoints.get(seq);
    if (stored === undefined) return;
    if (hash !== undefined && !sameHash(hash, stored)) findings.push({ from: seq, to: seq, what: "another-history" });
    hash = stored;
  }

  try {
    const rows = db.prepare<[], { seq: number; row: Buffer }>("SELECT seq, row FROM journal_entry ORDER BY seq");
    for (const { seq, row } of rows.iterate()) pass(seq, row);
    if (expected <= head.seq) findings.push({ from: expected, to: head.seq, what: "missing" });
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    findings.push({ from: expected, to: head.seq, what: "unreadable" });
  }
  return { entries, firstSeq, lastSeq: head.seq, findings };
}

const isCorrupt = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_CORRUPT");
