/**
 * A process that writes as fast as it can and says after each transaction what is durable, until it is killed.
 * Arguments: database file, entries a transaction.
 */
import { writeSync } from "node:fs";
import Database from "better-sqlite3";
import { openJournal } from "../../cloud-sync/journal/journal.ts";

const [, , file, group] = process.argv;
const db = new Database(file!);
db.exec("CREATE TABLE IF NOT EXISTS ledger (n INTEGER)");
const clock = { now: () => ({ wall: Date.now(), mono: performance.now(), clock: "confirmed" as const }) };
const journal = openJournal(db, { clock, checkpointEvery: 64 });
const insert = db.prepare("INSERT INTO ledger VALUES (?)");

for (;;) {
  const from = journal.lastSeq;
  journal.write((append) => {
    for (let n = 1; n <= Number(group); n++) {
      const seq = append({
        kind: "reading",
        device: `device-${(from + n) % 50}`,
        at: 1_750_000_000_000 + from + n,
        receivedAt: 1_750_000_000_000 + from + n,
        fCnt: from + n,
        fPort: 10,
        frame: Uint8Array.of(1, 2, 3, (from + n) % 256),
        measurements: [{ name: `lamp.power@${(from + n) % 70}`, value: (from + n) / 10, unit: "W" }],
        history: [],
        notes: [],
      });
      insert.run(seq);
    }
  });
  if (journal.lastSeq % 37 === 0) journal.moveCursor("region", journal.lastSeq);
  // One write to the pipe: what the parent has read was said.
  writeSync(1, `${journal.lastSeq}\n`);
}
