/** Numbers of words that were lost, kept from being given again. */
import type { Database } from "better-sqlite3";
import { highestWordOf } from "./row.ts";
import { type JournalSql, levelsOf } from "./statements.ts";
import type { Words } from "./words.ts";

/** Damage to the end of the dictionary that leaves no trace in it shows in the newest entries: a new word is named at once. */
const LOOKED_AT = 64;

function* newestRows(sql: JournalSql) {
  let left = LOOKED_AT;
  for (const level of [...levelsOf(sql)].reverse())
    for (const found of level.before.iterate(Number.MAX_SAFE_INTEGER)) {
      if (left-- === 0) return;
      yield found;
    }
}

function* allRows(sql: JournalSql) {
  for (const level of levelsOf(sql)) yield* level.after.iterate(0);
}

const highestIn = (words: Words, rows: ReturnType<typeof allRows>): number => {
  let highest = 0;
  for (const { seq, row } of rows)
    if (row instanceof Uint8Array) highest = Math.max(highest, highestWordOf(words, seq, row));
  return highest;
};

/**
 * Where the dictionary lacks words, all entries are looked through once for the highest number they name, and the next word comes
 * after it. Entries whose words are lost so stay unreadable, and are declared as lost like other damaged ones.
 */
export function keepNumbers(db: Database, sql: JournalSql, words: Words): void {
  if (!words.areLost && highestIn(words, newestRows(sql)) < words.next) return;
  const named = highestIn(words, allRows(sql));
  db.transaction(() => {
    words.passNamed(named);
    words.forgetLost();
  }).immediate();
}
