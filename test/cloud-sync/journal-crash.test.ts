/** kill -9 between and within transactions: nothing that was said to be durable is lost, and nothing needs repair. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";

/** Lets the writer run until it has said something and `afterMs` have gone by, then kills it; the last seq it said. */
async function runAndKill(file: string, group: number, afterMs: number): Promise<number> {
  const writer = spawn(process.execPath, [new URL("./writer.ts", import.meta.url).pathname, file, String(group)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  writer.stdout.on("data", (part) => {
    said += part;
  });
  await once(writer.stdout, "data");
  setTimeout(() => writer.kill("SIGKILL"), afterMs);
  await once(writer, "close");
  return Number(said.split("\n").at(-2));
}

test("killed at any moment, the journal holds all that was acknowledged, whole, and goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "crash-"));
  try {
    const file = join(folder, "box.db");
    const clock = { now: () => ({ wall: 1, mono: 1, clock: "unknown" as const }) };
    let held = 0;
    for (let round = 0; round < 8; round++) {
      const group = [1, 7, 100][round % 3]!;
      const acknowledged = await runAndKill(file, group, Math.floor(Math.random() * 60));
      const db = new Database(file);
      const journal = openJournal(db, { clock });
      const report = journal.verify();
      expect(report.findings).toEqual([]);
      expect(journal.lastSeq).toBeGreaterThanOrEqual(acknowledged);
      expect(acknowledged).toBeGreaterThan(held);
      // The other store of the same database moved in the same transactions.
      expect(db.prepare("SELECT count(*) n, max(n) last FROM ledger").get()).toEqual({
        n: journal.lastSeq,
        last: journal.lastSeq,
      });
      expect(journal.cursor("region").hash).toEqual(journal.hashAt(journal.cursor("region").seq));
      held = journal.lastSeq;
      db.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
