/** Many schedules in a row, what they reached, and one hash over all of it. */
import { createHash } from "node:crypto";
import { isSound, runSchedule, type ScheduleResult } from "./schedule.ts";
import type { AlsoName } from "./troubles.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

export interface Report {
  readonly results: readonly ScheduleResult[];
  /** Schedules that reached each fault. */
  readonly faults: ReadonlyMap<string, number>;
  readonly failed: number;
  /** Over the traces of all schedules. */
  readonly hash: string;
}

export interface SimulateOptions {
  readonly seed: number;
  readonly schedules: number;
  readonly variant?: VariantName;
  readonly also?: AlsoName;
  readonly listen?: (line: string) => void;
  readonly onFailure?: (result: ScheduleResult) => void;
  readonly onProgress?: (done: number) => void;
}

export async function simulate(options: SimulateOptions): Promise<Report> {
  const { seed, schedules, variant = "sound", also, listen } = options;
  const results: ScheduleResult[] = [];
  const faults = new Map<string, number>();
  const digest = createHash("sha256");
  let failed = 0;
  for (let index = 0; index < schedules; index++) {
    const result = await runSchedule({
      seed: seed + index,
      broken: VARIANTS[variant],
      ...(also === undefined ? {} : { also }),
      ...(listen === undefined ? {} : { listen }),
    });
    results.push(result);
    digest.update(result.hash);
    for (const fault of result.faults) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    if (!isSound(result)) {
      failed++;
      options.onFailure?.(result);
    }
    options.onProgress?.(index + 1);
  }
  return { results, faults, failed, hash: digest.digest("hex").slice(0, 16) };
}

/** For people: how many schedules reached each fault, the most frequent first. */
export function reachedFaults(faults: ReadonlyMap<string, number>): string {
  const width = Math.max(...[...faults.keys()].map(({ length }) => length), 0);
  return [...faults]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .map(([fault, count]) => `  ${fault.padEnd(width)}  ${String(count).padStart(6)}`)
    .join("\n");
}
