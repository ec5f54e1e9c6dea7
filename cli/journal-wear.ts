/**
 * What the delay of writing costs a memory card: MB written in a day at one uplink a second, as the card itself counts them, by `npm run
 * bench -- journal --device` (docs/journal.md). The file system's own journal is in it: ext4 writes as much for itself as the box does.
 */
import { statfsSync } from "node:fs";

export const WEAR_FILE_SYSTEMS = ["ext4", "xfs"] as const;
export type WearFileSystem = (typeof WEAR_FILE_SYSTEMS)[number];

export interface Wear {
  readonly delaySeconds: number;
  readonly mbPerDay: Readonly<Record<WearFileSystem, number>>;
}

export const WEAR: readonly Wear[] = [
  { delaySeconds: 0, mbPerDay: { ext4: 1737, xfs: 759 } },
  { delaySeconds: 1, mbPerDay: { ext4: 1737, xfs: 759 } },
  { delaySeconds: 2, mbPerDay: { ext4: 894, xfs: 402 } },
  { delaySeconds: 5, mbPerDay: { ext4: 389, xfs: 191 } },
  { delaySeconds: 10, mbPerDay: { ext4: 223, xfs: 122 } },
  { delaySeconds: 30, mbPerDay: { ext4: 110, xfs: 76 } },
  { delaySeconds: 60, mbPerDay: { ext4: 88, xfs: 71 } },
];

const DAYS_A_YEAR = 365.25;

/** Years until so many TB are written. */
export const yearsOf = (mbPerDay: number, terabytes: number): number => (terabytes * 1e6) / mbPerDay / DAYS_A_YEAR;

/** By the numbers of Linux (`linux/magic.h`); ext2, ext3 and ext4 share one. */
const BY_TYPE: Readonly<Record<number, WearFileSystem | "btrfs">> = {
  61267: "ext4",
  1481003842: "xfs",
  2435016766: "btrfs",
};

/** Undefined where it is another one, or cannot be told. */
export function fileSystemOf(folder: string): WearFileSystem | "btrfs" | undefined {
  try {
    return BY_TYPE[statfsSync(folder).type];
  } catch {
    return undefined;
  }
}
