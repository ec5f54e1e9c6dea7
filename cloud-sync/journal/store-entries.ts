/** Entries become rows, and the running hash goes on over them: within the transaction of their caller. */
import type { ByteWriter } from "../protocol/bytes.ts";
import { RunningHash } from "../protocol/chain.ts";
import type { Entry } from "../protocol/entry.ts";
import type { PlainReading } from "../protocol/plain-reading.ts";
import type { Place } from "./hashes.ts";
import { writeRow } from "./row.ts";
import { sealed } from "./seal.ts";
import { insertRows, type JournalSql } from "./statements.ts";
import type { Words } from "./words.ts";

export interface StoreParts {
  readonly sql: JournalSql;
  readonly words: Words;
  /** Where rows come about. */
  readonly scratch: ByteWriter;
  readonly plain: PlainReading;
  /** The hash of every so manieth entry is stored. */
  readonly checkpointEvery: number;
}

/**
 * @param head what the entries follow on
 * @returns where the journal ends now
 */
export function storeEntries(
  { sql, words, scratch, plain, checkpointEvery }: StoreParts,
  head: Place,
  entries: readonly Entry[],
): Place {
  if (entries.length === 0) return head;
  const running = new RunningHash(head.hash);
  const rows: Uint8Array[] = [];
  scratch.length = 0;
  for (const entry of entries) {
    const from = scratch.length;
    running.step(writeRow(scratch, words, entry, plain));
    rows.push(scratch.written(from));
    if (entry.seq % checkpointEvery === 0) sql.insertCheckpoint.run(entry.seq, sealed(entry.seq, running.hash));
  }
  insertRows(sql.whole, head.seq + 1, rows);
  return { seq: head.seq + entries.length, hash: running.hash };
}
