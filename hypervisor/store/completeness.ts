/** One day of a box: what came, what its devices sent, what was lost. */
import { HypervisorFault } from "../faults.ts";
import { countDays } from "./counting.ts";
import type { Queries, Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { DayCompleteness } from "./words.ts";

const USUAL_DAYS = 7;

interface DeviceRow {
  readonly device: string;
  readonly asset: string | null;
  readonly model: string | null;
  readonly received: number;
  readonly missed: number;
  readonly lost: number;
  readonly usual: readonly number[];
}

/** Devices that are placed or that were heard. */
const devicesOf = async (queries: Queries, box: number, day: number): Promise<DayCompleteness["devices"]> => {
  const rows = await queries.query<DeviceRow>(
    `SELECT known.device, asset, model, coalesce(received, 0)::int8 AS received, greatest(coalesce(missed, 0), 0)::int8 AS missed,
            coalesce(lost, 0)::int8 AS lost,
            ARRAY(SELECT (past.received + greatest(past.missed, 0))::float8 FROM device_day AS past
                  WHERE past.box = $1 AND past.device = known.device AND past.day BETWEEN $2 - $3 AND $2 - 1) AS usual
     FROM (SELECT dev_eui AS device FROM device WHERE box = $1 AND asset IS NOT NULL
           UNION SELECT device FROM device_day WHERE box = $1 AND day = $2) AS known
     LEFT JOIN device ON device.box = $1 AND device.dev_eui = known.device
     LEFT JOIN device_day ON device_day.box = $1 AND device_day.day = $2 AND device_day.device = known.device
     ORDER BY known.device`,
    [box, day, USUAL_DAYS],
  );
  return rows.map(({ asset, model, ...row }) => ({
    ...row,
    ...(asset === null ? {} : { asset }),
    ...(model === null ? {} : { model }),
  }));
};

interface HistoryRow {
  readonly epoch: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly hash_before: Uint8Array | null;
  readonly hash_after: Uint8Array | null;
  readonly lost: number;
}

export const completenessPart = (sql: Sql): Pick<Store, "completeness"> => ({
  async completeness(name, day) {
    const found = await sql.query<{ id: number }>("SELECT id FROM box WHERE name = $1", [name]);
    const box = found[0]?.id;
    if (box === undefined) throw new HypervisorFault("box-unknown", { box: name });
    await countDays(sql, name);
    const history = await sql.query<HistoryRow>(
      `SELECT epoch, first_seq, last_seq, hash_before, hash_after, lost FROM box_day
       WHERE box = $1 AND day = $2 ORDER BY epoch`,
      [box, day],
    );
    const later = await sql.query("SELECT FROM box_day WHERE box = $1 AND day > $2 LIMIT 1", [box, day]);
    const last = history.at(-1);
    const compared = await sql.query<{ done_at: Date }>(
      "SELECT done_at FROM comparison WHERE box = $1 AND epoch = $2 AND hashed_seq >= $3 AND done_at IS NOT NULL",
      [box, last?.epoch ?? 0, last?.last_seq ?? 0],
    );
    return {
      isOver: later.length > 0,
      ...(compared[0] === undefined ? {} : { comparedAt: compared[0].done_at.getTime() }),
      lost: history.reduce((sum, { lost }) => sum + lost, 0),
      history: history.map(({ epoch, first_seq, last_seq, hash_before, hash_after }) => ({
        epoch,
        firstSeq: first_seq,
        lastSeq: last_seq,
        ...(hash_before === null ? {} : { before: new Uint8Array(hash_before) }),
        ...(hash_after === null ? {} : { after: new Uint8Array(hash_after) }),
      })),
      devices: await devicesOf(sql, box, day),
    };
  },
});
