/** What a process and a folder take, by Linux's accounts; what the hypervisor shows, by its API. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ReadingsReply } from "../../api/schemas.ts";

const MB = 1_048_576;

/** Resident memory in MB (VmRSS). */
export const residentMb = (pid: number): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (Number(kilobytes) * 1_024) / MB;
};

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Blocks on disk in MB, as `du` counts them; files that go while it looks count nothing. */
export const diskMb = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
    const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    return found?.isFile() === true ? sum + found.blocks * 512 : sum;
  }, 0) / MB;

export interface Follower {
  readonly box: string;
  /** Readings seen at the hypervisor so far. */
  readonly readings: number;
  /** Age of the newest, seconds; undefined before the first. */
  ageSeconds(): number | undefined;
  /** Reads what is new. Throws when the order of the journal is broken. */
  look(): Promise<void>;
}

const LIMIT = 5_000;

/** Follows one box's readings at the hypervisor's API. */
export const followReadings = (pageUrl: string, box: string): Follower => {
  let last = 0;
  let readings = 0;
  let newest: number | undefined;
  return {
    box,
    get readings() {
      return readings;
    },
    ageSeconds: () => (newest === undefined ? undefined : (Date.now() - newest) / 1_000),
    async look() {
      for (;;) {
        const query = new URLSearchParams({ box, afterSeq: `${last}`, limit: `${LIMIT}` });
        const url = `${pageUrl}/api/v1/readings?${query}`;
        const reply = ReadingsReply.parse(await (await fetch(url, { signal: AbortSignal.timeout(30_000) })).json());
        for (const { seq, at } of reply.readings) {
          if (seq <= last) throw new Error(`${box}: entry ${seq} came after ${last}`);
          last = seq;
          newest = Math.max(newest ?? 0, Date.parse(at));
        }
        readings += reply.readings.length;
        if (reply.readings.length < LIMIT) return;
      }
    },
  };
};
