/**
 * A box's file after many days: 1,000 devices of the stated mix, one frame a quarter of an hour in the mean, through the journal and
 * the memory of copies as the box opens and writes them; then closed as at a stop, and read back whole.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { mixByHour, stampAt } from "../fixtures/mix.ts";
import { openBoxStore } from "../gateway/box-store.ts";
import { createBoxClock } from "../gateway/clock.ts";
import { openFlowStores } from "../gateway/stores.ts";
import type { ChirpStackEvent } from "../gateway/words.ts";
import { PACE } from "./sync-past.ts";

const COMMUNES = 2;
const DEVICES = 1_000;
const GROUP = 100;
const PRUNE_EVERY = 2_000;
const BYTES_MAX = 80;

export function measureDays(folder: string, days: number): { readonly bytesPerReading: number; readonly gb: number } {
  const place = mkdtempSync(join(folder, "days-"));
  try {
    return write(place, days);
  } finally {
    rmSync(place, { recursive: true });
  }
}

function write(folder: string, days: number): { readonly bytesPerReading: number; readonly gb: number } {
  let wall = 0;
  const clock = createBoxClock({ now: () => wall, mono: () => stampAt(wall).mono }, () => true);
  const { db, file, close } = openBoxStore(folder);
  const { journal, duplicates, state } = openFlowStores(db, clock);
  let readings = 0;
  let hours = 0;
  for (const arrivals of mixByHour(COMMUNES, days * 24, PACE)) {
    for (let from = 0; from < arrivals.length; from += GROUP) {
      journal.write((append) => {
        for (const { wall: at, reading } of arrivals.slice(from, from + GROUP)) {
          wall = at;
          const { device, fCnt, frame: data, receivedAt: time } = reading;
          const session = { devEui: device, devAddr: device.slice(-8), deduplicationId: `${device} ${time}` };
          const event = { kind: "up", ...session, fCnt, data, time } as ChirpStackEvent;
          const verdict = duplicates.judge(event, { topic: "up", payload: data, redelivered: false });
          if (verdict !== "new") throw new Error(`a frame of ${device} was taken for a ${verdict}`);
          append(reading);
          state.add("readings", 1);
        }
        duplicates.save();
        state.save();
      });
      duplicates.committed();
      const before = Math.floor(readings / PRUNE_EVERY);
      readings += Math.min(GROUP, arrivals.length - from);
      if (Math.floor(readings / PRUNE_EVERY) === before) continue;
      journal.write(() => duplicates.prune(clock.now()));
      duplicates.committed();
    }
    hours += 1;
    if (hours % 240 === 0) console.error(`${hours / 24} days: ${readings} readings, ${statSync(file).size} bytes`);
  }
  const { findings, entries } = journal.verify();
  if (findings.length > 0 || entries !== readings) throw new Error(`not whole: ${JSON.stringify(findings)}`);
  close();
  const bytes = statSync(file).size;
  const bytesPerReading = bytes / readings;
  const gb = bytes / 1e9;
  const pace = (readings / DEVICES / days).toFixed(1);
  console.log(`${days} days of ${DEVICES} devices, ${pace} readings each a day: ${readings} readings, read back whole`);
  console.log(`the box's file: ${bytes} bytes = ${gb.toFixed(3)} GB, ${bytesPerReading.toFixed(1)} bytes a reading`);
  if (bytesPerReading > BYTES_MAX) process.exitCode = 1;
  return { bytesPerReading, gb };
}
