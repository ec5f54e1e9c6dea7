/** Where a journal ends, found when it is opened. */
import { hash } from "node:crypto";
import { GENESIS } from "../protocol/chain.ts";
import type { Hashes, Place } from "./hashes.ts";
import { entryOf } from "./reading.ts";
import { sealed } from "./seal.ts";
import { type JournalSql, levelsOf } from "./statements.ts";
import type { Words } from "./words.ts";

export interface HeadParts {
  readonly sql: JournalSql;
  readonly words: Words;
  readonly hashes: Hashes;
  readonly epoch: number;
  readonly isReadOnly: boolean;
  /** The hash there, computed from what is stored before it; undefined across a hole. */
  readonly recompute: (seq: number) => Uint8Array | undefined;
}

/** A damaged row may claim any number; nearer than this to the last whole one it is believed. */
const BELIEVED_AHEAD = 4_096;

/** Where the hash cannot be known any more it starts anew from the last one that is. */
export const anchorOf = (last: Uint8Array, epoch: number, seq: number): Uint8Array =>
  new Uint8Array(hash("sha256", Buffer.concat([last, Buffer.from(`anchor ${epoch} ${seq}`)]), "buffer"));

/**
 * The last number given out, damaged or not: none may be given out twice, for the region may have it. Where a damaged entry lies
 * before it, the hash there starts anew from the last one known.
 */
export function findHead({ sql, words, hashes, epoch, isReadOnly, recompute }: HeadParts): Place {
  const cursors = sql.cursors.all().filter((cursor) => cursor.epoch === epoch);
  const stored = Math.max(0, sql.newestCheckpoint.get() ?? 0, ...cursors.map(({ seq }) => seq));
  const { whole, claimed } = newestRows(sql, words);
  const believed = claimed.filter((seq) => seq <= Math.max(whole, stored) + BELIEVED_AHEAD);
  const seq = Math.max(whole, stored, ...believed);
  const known = seq === 0 ? GENESIS : recompute(seq);
  if (known !== undefined) return { seq, hash: known };
  const last = hashes.storedIn(0, seq)!;
  const anchor = anchorOf(last.hash, epoch, seq);
  if (!isReadOnly) {
    for (const level of levelsOf(sql)) level.remove.run(seq + 1, Number.MAX_SAFE_INTEGER);
    sql.insertCheckpoint.run(seq, sealed(seq, anchor));
  }
  return { seq, hash: anchor };
}

/** The newest whole row of all levels, and the numbers that damaged ones after it claim. */
function newestRows(sql: JournalSql, words: Words): { readonly whole: number; readonly claimed: readonly number[] } {
  let whole = 0;
  const claimed: number[] = [];
  for (const level of levelsOf(sql)) {
    for (const { seq, row } of level.before.iterate(Number.MAX_SAFE_INTEGER)) {
      if (seq <= whole) break;
      if (entryOf(words, seq, row) !== undefined) {
        whole = seq;
        break;
      }
      claimed.push(seq);
    }
  }
  return { whole, claimed };
}
