/** A declared loss, shared out to the days and devices it concerns. */
import type { Loss } from "../../cloud-sync/protocol/entry.ts";
import type { Queries } from "./sql.ts";

interface Where {
  readonly box: number;
  readonly epoch: number;
}

/** How many numbers of the loss are missing here: what was shed after it had arrived is no loss. */
const missingHere = async (tx: Queries, { box, epoch }: Where, from: number, to: number): Promise<number> => {
  const rows = await tx.query<{ n: number }>(
    `SELECT coalesce(sum(least(last, $4::int8) - greatest(first, $3::int8) + 1), 0)::int8 AS n
     FROM hole WHERE box = $1 AND epoch = $2 AND last >= $3 AND first <= $4`,
    [box, epoch, from, to],
  );
  return rows[0]?.n ?? 0;
};

/** The days between which the numbers lie, oldest first. */
const daysOf = async (tx: Queries, { box, epoch }: Where, from: number, to: number): Promise<readonly number[]> => {
  const rows = await tx.query<{ day: number }>(
    `SELECT day FROM box_day WHERE box = $1 AND epoch = $2 AND first_seq <= $4
       AND last_seq >= coalesce((SELECT max(last_seq) FROM box_day WHERE box = $1 AND epoch = $2 AND last_seq < $3), 0)
     ORDER BY day`,
    [box, epoch, from, to],
  );
  return rows.map(({ day }) => day);
};

/**
 * Whether an entry before `seq` told the same. A box tells again what this database had forgotten, and a better backup may have been put
 * in its place since.
 */
export const wasTold = async (
  tx: Queries,
  { box, epoch }: Where,
  seq: number,
  { reason, counts, range }: Loss,
): Promise<boolean> => {
  const rows = await tx.query(
    `SELECT 1 FROM event WHERE box = $1 AND epoch = $2 AND kind = 'loss' AND name = $3 AND seq < $4
       AND (detail -> 'range' ->> 'from')::int8 = $5::int8 AND detail -> 'counts' = $6::jsonb LIMIT 1`,
    [box, epoch, reason, seq, range?.from ?? null, JSON.stringify(counts)],
  );
  return rows.length > 0;
};

/** Of a device's missed frames of those days as many are ours as were lost, the oldest first. */
export const shareLoss = async (tx: Queries, where: Where, { counts, range, devices }: Loss): Promise<void> => {
  if (range === undefined) return;
  const { from, to } = range;
  const entries = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const lost = Math.min(entries, await missingHere(tx, where, from, to));
  const days = await daysOf(tx, where, from, to);
  const [first] = days;
  if (lost === 0 || first === undefined) return;
  await tx.query("UPDATE box_day SET lost = lost + $4 WHERE box = $1 AND epoch = $2 AND day = $3", [
    where.box,
    where.epoch,
    first,
    lost,
  ]);
  let budget = lost;
  for (const [device, count] of Object.entries(devices?.reading ?? {})) {
    let left = Math.min(count, budget);
    for (const day of days) {
      const rows = await tx.query<{ missed: number; lost: number }>(
        "SELECT missed, lost FROM device_day WHERE box = $1 AND day = $2 AND device = $3",
        [where.box, day, device],
      );
      const found = rows[0];
      if (found === undefined) continue;
      const share = Math.min(left, Math.max(0, found.missed - found.lost));
      if (share <= 0) continue;
      await tx.query("UPDATE device_day SET lost = lost + $4 WHERE box = $1 AND day = $2 AND device = $3", [
        where.box,
        day,
        device,
        share,
      ]);
      left -= share;
      budget -= share;
    }
  }
};
