/**
 * Losses the region was told of, kept when their entries are taken off: a region that comes back from a backup may hold a hole and have
 * forgotten what it cost, and nobody else can say that.
 */
import { bodyFromJson, bodyToJson } from "../protocol/body-json.ts";
import type { Loss } from "../protocol/entry.ts";
import { entryOf } from "./reading.ts";
import { JSON_ROW } from "./row.ts";
import { sumOf } from "./seal.ts";
import { type JournalSql, levelsOf } from "./statements.ts";
import type { Words } from "./words.ts";

const MARKS = Buffer.from('"kind":"loss"');

/** Of a thousand devices each takes some 25 KB at most; a box writes one for 8,192 entries that it sheds. */
export const TOLD_MAX = 64;

/** Before the entries up to `seq` go. Within the caller's transaction. */
export function keepTold(sql: JournalSql, words: Words, upTo: number): void {
  for (const level of levelsOf(sql)) {
    for (const { seq, row } of level.marked.all(upTo, JSON_ROW, MARKS)) {
      const body = entryOf(words, seq, row)?.body;
      if (body?.kind !== "loss") continue;
      const text = bodyToJson(body);
      sql.insertTold.run(seq, text, sumOf(seq, text));
    }
  }
  sql.trimTold.run(TOLD_MAX);
}

const toldIn = (sql: JournalSql, from: number, to: number): readonly Loss[] =>
  sql.told.all(from, to).flatMap(({ seq, loss, sum }) => {
    const body = sumOf(seq, loss) === sum ? bodyFromJson(loss) : undefined;
    return body?.kind === "loss" ? [body] : [];
  });

/** What entries up to `seq`, which are no longer there, had told to be lost. */
export const toldUpTo = (sql: JournalSql, seq: number): readonly Loss[] => toldIn(sql, 0, seq);

/**
 * What entries of [from, to] had told to be lost before `from`: what lies in the range itself is declared with it. Where a loss reaches
 * into the range its counts are those of the whole, at most. To be appended in the caller's transaction; the new entries stand for the
 * old ones, which are forgotten here.
 */
export function takeTold(sql: JournalSql, from: number, to: number): readonly Loss[] {
  const told = toldIn(sql, from, to);
  sql.removeTold.run(from, to);
  return told.flatMap((loss) => {
    if (loss.range === undefined || loss.range.from >= from) return [];
    return [{ ...loss, range: { from: loss.range.from, to: Math.min(loss.range.to, from - 1) } }];
  });
}
