/**
 * What a day at one uplink a second writes: by the kernel's count of this process, and, where file systems may be made (root, Linux), by
 * the count of a block device that nothing else uses, which knows of the file system's own journal too.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import type { Entry, Reading } from "../cloud-sync/protocol/entry.ts";
import { openBoxState } from "../gateway/box-state.ts";
import { openBoxStore } from "../gateway/box-store.ts";
import { openDuplicates } from "../gateway/duplicates.ts";
import type { ChirpStackEvent } from "../gateway/words.ts";

const DAY_SECONDS = 86_400;
/** A day is measured over this many seconds, once SQLite's log has begun anew, and told as a day. */
const WEAR_SECONDS = 21_600;
/** In the field seconds lie between commits; closer than a tick of the kernel's clock a file's time would not change, and nothing be written of it. */
const PACE_MS = 12;
/** A log of SQLite that has grown so far is used again from its start. */
const LOG_GROWN_BYTES = 16 * 1024 * 1024;
const DISK_BYTES = 640 * 1024 * 1024;

export const FILE_SYSTEMS = {
  ext4: ["mkfs.ext4", "-q", "-F"],
  xfs: ["mkfs.xfs", "-q", "-f"],
  btrfs: ["mkfs.btrfs", "-q", "-f"],
} as const;
export type FileSystem = keyof typeof FILE_SYSTEMS;

/** Bytes written so far. */
type Count = () => number;

const processBytes: Count = () => Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))![1]);

const SECTOR_BYTES = 512;
const deviceBytes =
  (device: string): Count =>
  () => {
    execFileSync("sync");
    return Number(readFileSync(`/sys/block/${device}/stat`, "utf8").trim().split(/\s+/)[6]) * SECTOR_BYTES;
  };

/** As the intake writes: entry, memory of copies and counters in one transaction every `delaySeconds`; real syncs, driven clock. */
function createBox(folder: string, entries: readonly Entry[], delaySeconds: number, paceMs: number) {
  const store = openBoxStore(folder);
  let next = 0;
  const start = entries[0]!.stamp.wall;
  let wall = start;
  const journal = openJournal(store.db, {
    clock: { now: () => ({ wall, mono: wall - start, clock: "confirmed" as const }) },
  });
  const state = openBoxState(store.db);
  const duplicates = openDuplicates(store.db);
  const group = Math.max(1, delaySeconds);
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  const commit = (): void => {
    wall += group * 1_000;
    journal.write((append) => {
      for (let each = 0; each < group; each++) {
        const reading = entries[next % entries.length]!.body as Reading;
        const time = wall - (group - each) * 1_000;
        next += 1;
        const fCnt = next % 65_536;
        append({ ...reading, at: time, receivedAt: time, fCnt });
        const event = {
          kind: "up",
          devEui: reading.device,
          devAddr: "01a3b2c4",
          deduplicationId: String(next),
          fCnt,
          data: reading.frame,
          time,
        } as ChirpStackEvent;
        duplicates.judge(event, { topic: "up", payload: reading.frame, redelivered: false });
        state.add("readings", 1);
      }
      duplicates.save();
      state.save();
    });
    duplicates.committed();
    if (paceMs > 0) Atomics.wait(waiting, 0, 0, paceMs);
  };
  return { store, journal, commit, secondsACommit: group };
}

function perDay(
  folder: string,
  entries: readonly Entry[],
  delaySeconds: number,
  paceMs: number,
  counts: readonly Count[],
) {
  const { store, journal, commit, secondsACommit } = createBox(folder, entries, delaySeconds, paceMs);
  const log = `${store.file}-wal`;
  while (statSync(log).size < LOG_GROWN_BYTES) commit();
  const from = counts.map((count) => count());
  const before = journal.lastSeq;
  for (let second = 0; second < WEAR_SECONDS; second += secondsACommit) commit();
  if (journal.lastSeq - before < WEAR_SECONDS) throw new Error("not every reading was written");
  // What SQLite's log still holds has to be written into the file too.
  store.db.pragma("wal_checkpoint(TRUNCATE)");
  const written = counts.map((count, index) => count() - from[index]!);
  store.close();
  return written.map((bytes) => ((bytes / WEAR_SECONDS) * DAY_SECONDS) / 1e6);
}

/** MB a day by the kernel's count of what this process wrote. */
export function mbPerDay(folder: string, entries: readonly Entry[], delaySeconds: number): number {
  const [mb] = perDay(mkdtempSync(join(folder, "wear-")), entries, delaySeconds, 0, [processBytes]);
  if (mb === 0) throw new Error(`${folder} is on no disk: the kernel counted no byte`);
  return mb!;
}

/** MB a day by the count of a block device that holds nothing but this file system. Needs root. */
export function deviceMbPerDay(
  folder: string,
  entries: readonly Entry[],
  delaySeconds: number,
  fileSystem: FileSystem,
): number {
  const image = join(folder, `${fileSystem}.img`);
  const mounted = join(folder, `${fileSystem}.mounted`);
  writeFileSync(image, "");
  truncateSync(image, DISK_BYTES);
  const [make, ...flags] = FILE_SYSTEMS[fileSystem];
  execFileSync(make, [...flags, image], { stdio: ["ignore", "ignore", "inherit"] });
  mkdirSync(mounted, { recursive: true });
  execFileSync("mount", ["-o", "loop,noatime", image, mounted]);
  try {
    const device = basename(execFileSync("findmnt", ["-no", "SOURCE", mounted], { encoding: "utf8" }).trim());
    const [mb] = perDay(join(mounted, "box"), entries, delaySeconds, PACE_MS, [deviceBytes(device)]);
    return mb!;
  } finally {
    execFileSync("umount", [mounted]);
    rmSync(image);
  }
}
