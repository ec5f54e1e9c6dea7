/** Makes room: what all destinations have goes first and is no loss; then old readings are thinned, then the oldest are dropped. */
import type { Entry } from "../protocol/entry.ts";
import type { Append } from "./contract.ts";
import { type Hashes, oldestOf } from "./hashes.ts";
import { entryOf } from "./reading.ts";
import { sealed } from "./seal.ts";
import { type JournalSql, type LevelStatements, levelsOf } from "./statements.ts";
import { keepMarks, marksOf } from "./taken-off.ts";
import { isLoss, isOrdinaryKind, keptOf, lossOf } from "./thinning.ts";
import { keepTold } from "./told-losses.ts";
import type { Words } from "./words.ts";

/** Entries looked at in one go: some 50 ms of work, and hours enough that few are cut in two. */
export const STRETCH = 8_192;
/** The newest entries, this part of a stretch, are never thinned; and fewer than a quarter of it are not worth a commit. */
const NEWEST_PART = 8;

export interface ShedParts {
  readonly sql: JournalSql;
  readonly words: Words;
  readonly hashes: Hashes;
  /** The running hash after an entry, where it is known. */
  readonly hashAt: (seq: number) => Uint8Array | undefined;
  readonly headSeq: number;
  readonly stretch: number;
  readonly now: () => number;
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly damaged: (seq: number) => void;
  /** What was found damaged becomes a loss of its own before it could be swept away uncounted. */
  readonly declareDamaged: () => void;
}

interface Held {
  readonly entry: Entry;
  readonly row: Uint8Array;
}

/** Damaged rows are left where they are: they are declared, not counted as shed. */
function takeStretch(parts: ShedParts, level: LevelStatements, upTo: number, length: number): Held[] {
  const { words, damaged } = parts;
  const taken: Held[] = [];
  for (const { seq, row } of level.after.iterate(0)) {
    if (seq > upTo || taken.length >= length) break;
    const entry = entryOf(words, seq, row);
    if (entry === undefined) damaged(seq);
    else taken.push({ entry, row });
  }
  parts.declareDamaged();
  return taken;
}

/** Found, not shed: each range is a row of its own. */
const FOUND: ReadonlySet<string> = new Set(["damaged", "forgotten"]);

/** Adjacent stretches of one reason are one row. */
export function recordLoss(sql: JournalSql, from: number, to: number, reason: string, entries: number): void {
  const newest = sql.newestLoss.get();
  if (newest !== undefined && newest.reason === reason && newest.last < from && entries > 0 && !FOUND.has(reason))
    sql.extendLoss.run(to, entries, newest.id);
  else sql.insertLoss.run(from, to, reason, entries);
}

/** Moves what stays of a stretch from one level to another and counts the rest. */
function move(
  parts: ShedParts,
  reason: string,
  from: LevelStatements,
  to: LevelStatements | undefined,
  stretch: readonly Held[],
  stays: (entry: Entry) => boolean,
): number {
  const { sql, write, now } = parts;
  const first = stretch[0]!.entry.seq;
  const last = stretch.at(-1)!.entry.seq;
  const lost = stretch.filter(({ entry }) => !stays(entry)).map(({ entry }) => entry);
  // Else nobody could tell what follows the hole from another history, nor the journal its own hash after a restart.
  const hash = lost.length === 0 ? undefined : parts.hashAt(last);
  const counted = lost.filter((entry) => !isLoss(entry)).length;
  write((append) => {
    if (hash !== undefined) sql.insertCheckpoint.run(last, sealed(last, hash));
    from.remove.run(first, last);
    for (const { entry, row } of stretch) if (stays(entry)) to?.insert.run(entry.seq, row);
    if (lost.length === 0) return;
    if (counted > 0) recordLoss(sql, lost[0]!.seq, lost.at(-1)!.seq, reason, counted);
    append(lossOf(reason, lost, now()));
  });
  return counted;
}

export function thin(parts: ShedParts): number | undefined {
  const { sql, headSeq } = parts;
  const newest = Math.floor(parts.stretch / NEWEST_PART);
  const stretch = takeStretch(parts, sql.whole, headSeq - newest, parts.stretch);
  if (stretch.length <= newest / 4) return undefined;
  const kept = keptOf(stretch.map(({ entry }) => entry));
  return move(parts, "thinned", sql.whole, sql.thinned, stretch, ({ seq }) => kept.has(seq));
}

export function drop(parts: ShedParts): number | undefined {
  const { sql, headSeq } = parts;
  for (const level of [sql.thinned, sql.whole]) {
    const stretch = takeStretch(parts, level, headSeq - 1, Math.ceil(parts.stretch / 2));
    if (stretch.length > 0) {
      return move(parts, "dropped", level, sql.kept, stretch, ({ body }) => !isOrdinaryKind(body));
    }
  }
  const stretch = takeStretch(parts, sql.kept, headSeq - 1, Math.ceil(parts.stretch / 8));
  // One entry that counts losses would make room for another.
  const makesRoom = stretch.length > 1 || stretch.some(({ entry }) => !isLoss(entry));
  return !makesRoom ? undefined : move(parts, "dropped", sql.kept, undefined, stretch, () => false);
}

export function prune(parts: ShedParts, upTo: number): number {
  const { sql, words, hashes, write } = parts;
  const oldest = oldestOf(sql);
  if (oldest === undefined || oldest > upTo) return 0;
  const level = levelsOf(sql).find((each) => each.oldest.get() === oldest)!;
  const bound = level.nth.get(parts.stretch) ?? upTo;
  const end = hashes.storedIn(oldest, Math.min(upTo, Math.max(bound, oldest)));
  if (end === undefined) return 0;
  const marks = marksOf(parts, oldest, end.seq);
  let removed = 0;
  write(() => {
    sql.insertCheckpoint.run(end.seq, sealed(end.seq, end.hash));
    keepMarks(sql, oldest, marks);
    keepTold(sql, words, end.seq);
    for (const each of levelsOf(sql)) removed += each.remove.run(0, end.seq).changes;
    sql.removeCheckpoints.run(end.seq);
  });
  return removed;
}
