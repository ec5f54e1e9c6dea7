/** All entries that are no reading and move nothing else, as rows of `event`. */
import type { Place } from "./lots.ts";
import type { Sorted } from "./sorting.ts";
import type { Queries } from "./sql.ts";

type Placed = Sorted["events"][number];

const seconds = (ms: number): number => ms / 1000;

export const eventRow = ({ body }: Pick<Placed, "body">): { name: string; device: string | null; detail: unknown } => {
  if (body.kind === "event") return { name: body.event, device: body.device, detail: body.detail };
  if (body.kind === "alarm") return { name: body.alarm, device: null, detail: { raised: body.raised, ...body.detail } };
  if (body.kind === "loss") {
    const { counts, range, devices } = body;
    return { name: body.reason, device: null, detail: { counts, range, devices } };
  }
  if (body.kind === "clock") return { name: body.source, device: null, detail: { boot: body.boot, lead: body.lead } };
  return { name: "", device: null, detail: body };
};

export const insertEvents = async (tx: Queries, place: Place, events: readonly Placed[]): Promise<void> => {
  if (events.length === 0) return;
  const rows = events.map(eventRow);
  await tx.query(
    `INSERT INTO event (box, epoch, arrived_at, seq, kind, name, device, at, detail)
     SELECT $1::int4, $2::int4, to_timestamp($3::float8), seq, kind, name, device, to_timestamp(at), detail::jsonb
     FROM unnest($4::int8[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::text[])
       AS entry (seq, kind, name, device, at, detail)`,
    [
      place.box,
      place.epoch,
      seconds(place.arrivedAt),
      events.map(({ seq }) => seq),
      events.map(({ body }) => body.kind),
      rows.map(({ name }) => name),
      rows.map(({ device }) => device),
      events.map(({ body }) => seconds(body.at)),
      rows.map(({ detail }) => JSON.stringify(detail)),
    ],
  );
};
