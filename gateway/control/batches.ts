/** The journal's batches as the region would receive them, for a key that is carried there. */
import type { CarriedBatch } from "../../api/carried.ts";
import type { Journal } from "../../cloud-sync/journal/journal.ts";
import { packBodySync } from "../../cloud-sync/protocol/body.ts";
import type { BoxHealth } from "../../cloud-sync/protocol/entry.ts";
import { REGION } from "../health.ts";

export interface CarryParts {
  readonly box: string;
  readonly journal: Pick<Journal, "read" | "epoch" | "cursor" | "lastSeq" | "oldestSeq">;
  readonly health: () => BoxHealth;
  readonly now: () => number;
}

const AT_ONCE = { entries: 5_000, bytes: 1024 * 1024 };

/** What the region has not acknowledged, or all that is kept; no cursor moves: the region says itself what it has. */
export function* carriedBatches(parts: CarryParts, everything: boolean): Generator<CarriedBatch> {
  const { box, journal } = parts;
  const { epoch } = journal;
  const end = journal.lastSeq;
  for (let after = everything ? journal.oldestSeq - 1 : journal.cursor(REGION).seq; after < end; ) {
    const run = journal.read(after, AT_ONCE);
    if (run.lastSeq <= after) return;
    const body = packBodySync({ ...run, box, epoch, sentAt: parts.now(), health: parts.health() });
    after = run.lastSeq;
    const { firstSeq, lastSeq, entries } = run;
    yield { box, epoch, firstSeq, lastSeq, entries: entries.length, body: Buffer.from(body).toString("base64") };
  }
}
