/**
 * What the delay of writing costs a memory card: bytes the kernel wrote in a day at one uplink a second, by `npm run bench --
 * journal`, database and SQLite's log together (docs/journal.md).
 */
export const WEAR: readonly { readonly delaySeconds: number; readonly mbPerDay: number }[] = [
  { delaySeconds: 0, mbPerDay: 663 },
  { delaySeconds: 1, mbPerDay: 663 },
  { delaySeconds: 2, mbPerDay: 355 },
  { delaySeconds: 5, mbPerDay: 167 },
  { delaySeconds: 10, mbPerDay: 104 },
  { delaySeconds: 30, mbPerDay: 52 },
  { delaySeconds: 60, mbPerDay: 39 },
];

const DAYS_A_YEAR = 365.25;

/** Years until so many TB are written. */
export const yearsOf = (mbPerDay: number, terabytes: number): number => (terabytes * 1e6) / mbPerDay / DAYS_A_YEAR;
