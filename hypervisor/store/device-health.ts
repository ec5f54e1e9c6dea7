/** How each device is heard, as its box told it last. */
import { DeviceHealthView } from "../../api/device-health.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import type { Place } from "./lots.ts";
import type { Queries } from "./sql.ts";

interface Line {
  readonly seq: number;
  readonly body: EntryBody;
}

interface Told {
  readonly seq: number;
  readonly device: string;
  readonly at: number;
  readonly health: DeviceHealthView;
}

/** The last word on each device; what a later version says in another way stays an event like any other. */
const lastWords = (events: readonly Line[]): readonly Told[] => {
  const last = new Map<string, Told>();
  for (const { seq, body } of events) {
    if (body.kind !== "event" || body.event !== "health") continue;
    const health = DeviceHealthView.safeParse(body.detail);
    if (health.success) last.set(body.device, { seq, device: body.device, at: body.at, health: health.data });
  }
  return [...last.values()];
};

/** Order is that of the journal, whatever the clocks say: entries that come again put nothing back. Returns the assets concerned. */
export const putDeviceHealth = async (
  tx: Queries,
  { box, epoch }: Place,
  events: readonly Line[],
): Promise<readonly string[]> => {
  const told = lastWords(events);
  if (told.length === 0) return [];
  const rows = await tx.query<{ asset: string }>(
    `WITH put AS (
       INSERT INTO device_health (box, device, epoch, seq, at, health)
       SELECT $1::int4, device, $2::int4, seq, to_timestamp(at), health::jsonb
       FROM unnest($3::text[], $4::int8[], $5::float8[], $6::text[]) AS told (device, seq, at, health)
       ON CONFLICT (box, device) DO UPDATE
         SET epoch = excluded.epoch, seq = excluded.seq, at = excluded.at, health = excluded.health
         WHERE (excluded.epoch, excluded.seq) > (device_health.epoch, device_health.seq)
       RETURNING device
     )
     SELECT DISTINCT device.asset FROM put JOIN device ON device.box = $1::int4 AND device.dev_eui = put.device
     WHERE device.asset IS NOT NULL`,
    [
      box,
      epoch,
      told.map(({ device }) => device),
      told.map(({ seq }) => seq),
      told.map(({ at }) => at / 1_000),
      told.map(({ health }) => JSON.stringify(health)),
    ],
  );
  return rows.map(({ asset }) => asset);
};
