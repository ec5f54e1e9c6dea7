/** What may grow in a soak, and by how much; docs/soak.md tells why. */
import type { Bound } from "./growth.ts";

export const BOUNDS = {
  /** Resident memory of a box, MB. */
  boxMemory: { allowance: 12, perHour: 12 },
  /** Of the hypervisor with its embedded database, which holds its working set in WebAssembly's memory, MB. */
  hypervisorMemory: { allowance: 60, perHour: 120 },
  /** Open files of any process. */
  files: { allowance: 4, perHour: 0 },
  /** Age of the newest reading at the hypervisor, seconds. */
  freshness: { allowance: 5, perHour: 5 },
} as const satisfies Record<string, Bound>;

/** Half of the looks must find a reading younger than this, seconds; ordinary readings may wait 5 s for their commit. */
export const FRESHNESS_MEDIAN_MAX = 15;
/** Data is kept, so disks fill: by so much a reading, bytes, beside logs of the databases that come and go, MB. */
export const DISK = {
  box: { perReading: 1_500, allowance: 8 },
  hypervisor: { perReading: 4_000, allowance: 64 },
} as const;
