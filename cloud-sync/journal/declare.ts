/** What is gone, told: each range of it becomes an entry that counts it, so that the region knows what it will never get. */
import type { Gone } from "../protocol/entry.ts";
import type { Append, Lost } from "./contract.ts";
import type { Place } from "./hashes.ts";
import { anchorOf } from "./head.ts";
import { sealed } from "./seal.ts";
import { recordLoss } from "./shed.ts";
import { type JournalSql, levelsOf } from "./statements.ts";
import { takeTold } from "./told-losses.ts";
import type { VerifyFinding } from "./verify.ts";

export interface DeclareParts {
  readonly sql: JournalSql;
  readonly head: Place;
  readonly epoch: number;
  readonly now: () => number;
  readonly write: <T>(work: (append: Append) => T) => T;
  /** The next entry comes after this place. */
  readonly skipTo: (place: Place) => void;
}

/** Entries of 12 bytes with what SQLite keeps of each would fill a page of 4 KiB with fewer. */
const SKIPPED = 256;

function declare({ sql, now }: DeclareParts, { from, to }: Gone, append: Append): number {
  const count = to - from + 1;
  for (const level of levelsOf(sql)) level.remove.run(from, to);
  recordLoss(sql, from, to, "damaged", count);
  append({ kind: "loss", at: now(), reason: "damaged", counts: { entry: count }, range: { from, to } });
  return count;
}

const declareAll = (parts: DeclareParts, holes: readonly Gone[], append: Append): number =>
  holes.reduce((entries, hole) => entries + declare(parts, hole, append), 0);

/** Holes that were met while reading. How many entries they were. */
export function declareHoles(parts: DeclareParts, holes: readonly Gone[]): number {
  const { sql, head, write } = parts;
  if (holes.length === 0) return 0;
  return write((append) => {
    // Across the hole the hash could not be computed again after a restart.
    sql.insertCheckpoint.run(head.seq, sealed(head.seq, head.hash));
    return declareAll(parts, holes, append);
  });
}

/** What a file that was built anew lacks; `given`: a number that is known to have been given out. How many entries that are. */
export function declareMissing(parts: DeclareParts, findings: readonly VerifyFinding[], given = 0): number {
  const { head } = parts;
  const missing: Gone[] = findings.filter(({ what }) => what !== "another-history");
  if (given > head.seq) missing.push({ from: head.seq + 1, to: given });
  skipAhead(parts, Math.max(head.seq, given));
  return parts.write((append) => declareAll(parts, missing, append));
}

/** A page holds no more entries than this; the newest ones may be among those lost, and their numbers known to the region. */
function skipAhead({ sql, head, epoch, write, skipTo }: DeclareParts, known: number): void {
  const seq = known + SKIPPED;
  const anchor = anchorOf(head.hash, epoch, seq);
  write(() => {
    sql.insertCheckpoint.run(head.seq, sealed(head.seq, head.hash));
    sql.insertCheckpoint.run(seq, sealed(seq, anchor));
    recordLoss(sql, known + 1, seq, "damaged", 0);
  });
  skipTo({ seq, hash: anchor });
}

/**
 * What was taken off because the region had it, and the region has no longer; each range once. Losses that were told there are told
 * again. How many entries that were.
 */
export function declareForgotten({ sql, now, write }: DeclareParts, from: number, to: number): number {
  const isKnown = sql.losses
    .all()
    .some(({ first, last, reason }) => reason === "forgotten" && first === from && last === to);
  if (isKnown) return 0;
  const count = to - from + 1;
  write((append) => {
    recordLoss(sql, from, to, "forgotten", count);
    append({ kind: "loss", at: now(), reason: "forgotten", counts: { entry: count }, range: { from, to } });
    for (const loss of takeTold(sql, from, to)) append(loss);
  });
  return count;
}

/** Since the beginning of the epoch. */
export function lostBy(sql: JournalSql): Lost {
  const lost = { thinned: 0, dropped: 0, damaged: 0 };
  for (const { reason, entries } of sql.losses.all()) {
    if (reason === "thinned" || reason === "dropped" || reason === "damaged") lost[reason] += entries;
  }
  return lost;
}
