/** What may grow in a soak, and by how much; docs/soak.md tells why. */
import type { Bound } from "./growth.ts";

export const BOUNDS = {
  /** Resident memory of a box, MB. */
  boxMemory: { allowance: 12, perHour: 12 },
  /** Of the hypervisor with its embedded database, which holds its working set in WebAssembly's memory, MB. */
  hypervisorMemory: { allowance: 60, perHour: 120 },
  /** Open files of any process. */
  files: { allowance: 4, perHour: 0 },
} as const satisfies Record<string, Bound>;

/** What the median age of the newest reading at the hypervisor may rise by, from the first third to the last, seconds. */
export const FRESHNESS_RISE_MAX = 5;
/** Half of the looks must find a reading younger than this, seconds; ordinary readings may wait 5 s for their commit. */
export const FRESHNESS_MEDIAN_MAX = 15;
/** Data is kept, so disks fill: by so much a reading, bytes, beside logs of the databases that come and go, MB. */
export const DISK = {
  box: { perReading: 500, allowance: 18 },
  hypervisor: { perReading: 4_000, allowance: 64 },
} as const;
