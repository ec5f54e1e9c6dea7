/** What a stretch of the journal holds, told by its hash, and handed out again where the region lost it. */
import { GENESIS, RunningHash } from "../protocol/chain.ts";
import type { RangeDigest } from "../protocol/digest.ts";
import type { Entry } from "../protocol/entry.ts";
import { asEntry } from "../protocol/plain-reading.ts";
import type { Run } from "./contract.ts";
import { toHoles } from "./hashes.ts";
import type { RowReader } from "./reading.ts";
import { type JournalSql, levelsOf } from "./statements.ts";

export interface DigestParts {
  readonly sql: JournalSql;
  readonly rows: RowReader;
  readonly hashAt: (seq: number) => Uint8Array | undefined;
}

function heldIn(rows: RowReader, from: number, to: number): Entry[] {
  const held: Entry[] = [];
  for (const { found } of rows.after(from - 1)) {
    if (found.seq > to) break;
    held.push(asEntry(found));
  }
  return held;
}

function missingFrom(held: readonly Entry[], from: number, to: number): Run["gone"] {
  const has = new Set(held.map(({ seq }) => seq));
  const missing: number[] = [];
  for (let seq = from; seq <= to; seq++) if (!has.has(seq)) missing.push(seq);
  return toHoles(missing);
}

/** All entries of [from, to]; past a hole, or where the running hash is not known, the hash begins at zeros. */
export function readHeld({ rows, hashAt }: Omit<DigestParts, "sql">, from: number, to: number): Run {
  const entries = heldIn(rows, from, to);
  const gone = missingFrom(entries, from, to);
  const hashBefore = (gone.length === 0 ? hashAt(from - 1) : undefined) ?? GENESIS;
  const running = new RunningHash(hashBefore);
  for (const entry of entries) running.step(entry);
  return { entries, count: entries.length, gone, firstSeq: from, lastSeq: to, hashBefore, hashAfter: running.hash };
}

/** Of what is whole only a few entries are read: the running hash stands at every checkpoint. */
export function digestOf(parts: DigestParts, from: number, to: number): RangeDigest {
  const held = levelsOf(parts.sql).reduce((sum, level) => sum + (level.count.get(from, to) ?? 0), 0);
  if (held === to - from + 1) {
    const [before, after] = [parts.hashAt(from - 1), parts.hashAt(to)];
    if (before !== undefined && after !== undefined) return { from, to, gone: [], before, after };
  }
  const { gone, hashBefore, hashAfter } = readHeld(parts, from, to);
  return { from, to, gone, before: hashBefore, after: hashAfter };
}
