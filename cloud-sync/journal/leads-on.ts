/** Whether a hash that somebody else names for a place is our own, where a hole hides ours: by what the entries behind it lead to. */
import { RunningHash, sameHash } from "../protocol/chain.ts";
import type { Hashes, Place } from "./hashes.ts";
import type { RowReader } from "./reading.ts";

/** Undefined where nobody can tell: nothing is behind it, or another hole before the next place whose hash is known. */
export function leadsOn(rows: RowReader, hashes: Hashes, { seq, hash }: Place): boolean | undefined {
  const running = new RunningHash(hash);
  let at = seq;
  for (const { found } of rows.after(seq)) {
    if (found.seq !== at + 1) return undefined;
    running.step(found);
    at = found.seq;
    const own = hashes.storedAt(at);
    if (own !== undefined) return sameHash(own, running.hash);
  }
  return undefined;
}
