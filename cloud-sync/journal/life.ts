/** Whose numbers these are: the epoch, drawn once for a journal, and how often its machine has booted. */
import { randomInt } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { JournalOptions } from "./contract.ts";

export interface Life {
  readonly epoch: number;
  readonly boot: number;
}

const EPOCH_MAX = 2 ** 31 - 1;

/** Draws the epoch of a new journal, and counts the boot; the same boot id again is the same boot. Inside a transaction. */
export function beginLife(db: Database, { epoch, bootId }: JournalOptions): Life {
  const found = db
    .prepare<[], { epoch: number; boot: number; boot_id: string | null }>(
      "SELECT epoch, boot, boot_id FROM journal_life",
    )
    .get();
  if (found === undefined) {
    const life = { epoch: epoch ?? randomInt(1, EPOCH_MAX), boot: 1 };
    db.prepare("INSERT INTO journal_life (one, epoch, boot, boot_id) VALUES (1, ?, ?, ?)").run(
      life.epoch,
      life.boot,
      bootId ?? null,
    );
    return life;
  }
  if (bootId !== undefined && bootId === found.boot_id) return found;
  db.prepare("UPDATE journal_life SET boot = boot + 1, boot_id = ?").run(bootId ?? null);
  return { epoch: found.epoch, boot: found.boot + 1 };
}
