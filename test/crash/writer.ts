/**
 * A process that writes into a box's file as fast as it can, and says after each transaction what is durable, until it is killed.
 * Arguments: data folder, entries a transaction.
 */
import { writeSync } from "node:fs";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { openBoxStore } from "../../gateway/box-store.ts";
import { makeLogRoom } from "../../gateway/log-room.ts";

const [, , folder, group] = process.argv;
const clock = { now: () => ({ wall: Date.now(), mono: performance.now(), clock: "confirmed" as const }) };
const store = openBoxStore(folder!);
const journal = openJournal(store.db, { clock, checkpointEvery: 64 });
makeLogRoom(store);

for (;;) {
  const at = Date.now();
  journal.write((append) => {
    for (let n = 0; n < Number(group); n++) append({ kind: "event", event: "join", device: "24e1", at, detail: { n } });
  });
  if (journal.lastSeq % 37 === 0) journal.moveCursor("region", journal.lastSeq);
  writeSync(1, `${journal.lastSeq}\n`);
}
