/** Reads a whole journal and says what of it holds. Repairs nothing, and goes on past what it cannot read. */
import { chainStep, GENESIS, sameHash } from "../protocol/chain.ts";
import { oldestOf, type Place } from "./hashes.ts";
import { entryOf } from "./reading.ts";
import { isIntactEntry } from "./row.ts";
import { isCorrupt, unsealed } from "./seal.ts";
import { type JournalSql, type LevelStatements, levelsOf, type StoredRow } from "./statements.ts";
import type { Words } from "./words.ts";

export interface VerifyFinding {
  /** First and last entry concerned. */
  readonly from: number;
  readonly to: number;
  /** `unreadable`: SQLite cannot reach them; `missing`: not there, and no loss says so. */
  readonly what: "damaged" | "missing" | "another-history" | "unreadable";
}

export interface VerifyReport {
  /** Entries that are whole. */
  readonly entries: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Numbers whose entries were lost and declared. */
  readonly declared: number;
  readonly findings: readonly VerifyFinding[];
}

/** Rows in order; where a page is damaged, from the next that can be reached. `broken` hears of each such jump. */
function* reachable(
  level: LevelStatements,
  headSeq: number,
  broken: (afterSeq: number) => void,
): Generator<StoredRow, void, undefined> {
  let last = 0;
  let claimed: StoredRow[] = [];
  for (;;) {
    try {
      for (const found of level.after.iterate(last)) {
        if (found.seq <= last || found.seq > headSeq) continue;
        if (!isIntactEntry(found.seq, found.row)) {
          claimed.push(found);
          continue;
        }
        // A damaged row may claim any number; the next whole one is right.
        for (const other of claimed) if (other.seq > last && other.seq < found.seq) yield other;
        claimed = [];
        last = found.seq;
        yield found;
      }
      for (const other of claimed) if (other.seq > last) yield other;
      return;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      broken(last);
      const next = beyond(level, last, headSeq);
      if (next === undefined) return;
      last = next.seq;
      yield next;
    }
  }
}

function beyond(level: LevelStatements, last: number, headSeq: number): StoredRow | undefined {
  for (let step = 1; last + step <= headSeq; step *= 2) {
    try {
      const found = level.after.get(last + step);
      if (found === undefined || found.seq > last) return found;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
  }
  return undefined;
}

/** The number it has come to, and the last one. */
export type VerifyProgress = (seq: number, lastSeq: number) => void;

const TOLD_EVERY = 1_000;

export function verifyJournal(sql: JournalSql, words: Words, head: Place, progress?: VerifyProgress): VerifyReport {
  const findings: VerifyFinding[] = [];
  const checkpoints = new Map<number, Uint8Array>();
  try {
    for (const { seq, hash } of sql.checkpointsDown.iterate(head.seq)) {
      const intact = unsealed(seq, hash);
      if (intact !== undefined) checkpoints.set(seq, intact);
    }
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    // Not entries, but a file that has to be built anew.
    findings.push({ from: 0, to: 0, what: "unreadable" });
  }
  checkpoints.set(head.seq, head.hash);
  const losses = sql.losses.all();
  const isDeclared = (from: number, to: number): boolean =>
    losses.some(({ first, last }) => first <= from && to <= last) ||
    Array.from({ length: Math.min(to - from + 1, 10_000) }, (_, index) => from + index).every((seq) =>
      losses.some(({ first, last }) => first <= seq && seq <= last),
    );
  const firstSeq = oldestOf(sql) ?? head.seq + 1;
  /** Undefined after a hole, until the next checkpoint. */
  let hash = firstSeq === 1 ? GENESIS : checkpoints.get(firstSeq - 1);
  let expected = firstSeq;
  let entries = 0;
  let declared = firstSeq - 1 === 0 ? 0 : declaredBefore(losses, firstSeq);
  let brokenAt: number | undefined;
  let passed = 0;

  const found = (from: number, to: number, what: VerifyFinding["what"]): void => {
    const last = findings.at(-1);
    if (last !== undefined && last.what === what && last.to === from - 1)
      findings[findings.length - 1] = { ...last, to };
    else findings.push({ from, to, what });
  };
  const skip = (from: number, to: number): void => {
    if (isDeclared(from, to)) declared += to - from + 1;
    else found(from, to, brokenAt === undefined ? "missing" : "unreadable");
    brokenAt = undefined;
    hash = checkpoints.get(to);
  };
  const pass = ({ seq, row }: StoredRow): void => {
    if (++passed % TOLD_EVERY === 0) progress?.(seq, head.seq);
    if (seq > expected) skip(expected, seq - 1);
    expected = seq + 1;
    const entry = entryOf(words, seq, row);
    if (entry === undefined) {
      found(seq, seq, "damaged");
      hash = undefined;
    } else {
      entries++;
      if (hash !== undefined) hash = chainStep(hash, entry);
    }
    const stored = checkpoints.get(seq);
    if (stored === undefined) return;
    if (hash !== undefined && !sameHash(hash, stored)) found(seq, seq, "another-history");
    hash = stored;
  };

  const broken = (afterSeq: number): void => {
    brokenAt = afterSeq;
  };
  // Making room leaves a stored hash or a declared loss below the oldest entry; where there is neither, damage took what stood there.
  const begin = [...checkpoints.keys()].reduce((most, seq) => (seq < firstSeq ? Math.max(most, seq) : most), 0);
  if (begin + 1 < firstSeq && !isDeclared(begin + 1, firstSeq - 1)) found(begin + 1, firstSeq - 1, "missing");
  for (const level of levelsOf(sql)) for (const row of reachable(level, head.seq, broken)) pass(row);
  if (expected <= head.seq) skip(expected, head.seq);
  return { entries, firstSeq, lastSeq: head.seq, declared, findings };
}

/** Declared losses below the oldest entry that is left. */
const declaredBefore = (losses: readonly { last: number; entries: number }[], seq: number): number =>
  losses.filter(({ last }) => last < seq).reduce((sum, { entries }) => sum + entries, 0);
