/** Readings as the box sent them, and one quantity of one asset over time. */
import type { Reading, Value } from "../../cloud-sync/protocol/entry.ts";
import { type Content, fromContent, splitInstance } from "./content.ts";
import { asCorrected, correctionsOf } from "./corrections.ts";
import type { Placed } from "./sorting.ts";
import type { Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { StoredReading } from "./words.ts";

export interface ReadingRow {
  readonly epoch: number;
  readonly seq: number;
  readonly device: string;
  readonly asset: string | null;
  readonly commune: string | null;
  readonly codec: string | null;
  readonly at: Date;
  readonly received_at: Date;
  readonly f_cnt: number;
  readonly f_port: number;
  readonly frame: Uint8Array;
  readonly rssi: number | null;
  readonly snr: number | null;
  readonly gateway: string | null;
  readonly gateways: number | null;
  readonly dr: number | null;
  readonly content: Content;
}

export const READING_COLUMNS =
  "reading.epoch, seq, device, asset, commune, codec, at, received_at, f_cnt, f_port, frame, rssi, snr, gateway, gateways, dr, content";

/** With the box's clocks when it wrote the entry. */
export interface StampedRow extends ReadingRow {
  readonly arrived_at: Date;
  readonly box_wall: Date;
  readonly box_mono_ms: number;
  readonly box_boot: number;
  readonly box_clock_confirmed: boolean;
}

export const STAMP_COLUMNS = "arrived_at, box_wall, box_mono_ms, box_boot, box_clock_confirmed";

const radioOf = ({ rssi, snr, gateway, gateways, dr }: ReadingRow): Pick<Reading, "radio"> =>
  rssi === null || snr === null || gateway === null || gateways === null || dr === null
    ? {}
    : { radio: { rssi, snr, gateway, gateways, dr } };

const readingOf = (row: ReadingRow): Reading => ({
  kind: "reading",
  device: row.device,
  ...(row.asset === null ? {} : { asset: row.asset }),
  ...(row.commune === null ? {} : { commune: row.commune }),
  ...(row.codec === null ? {} : { codec: row.codec }),
  at: row.at.getTime(),
  receivedAt: row.received_at.getTime(),
  fCnt: row.f_cnt,
  fPort: row.f_port,
  frame: row.frame,
  ...radioOf(row),
  ...fromContent(row.content),
});

/** The entry as the box sent it. */
export const stampedReading = (row: StampedRow): Placed<Reading> => ({
  seq: row.seq,
  stamp: {
    wall: row.box_wall.getTime(),
    mono: row.box_mono_ms,
    boot: row.box_boot,
    clock: row.box_clock_confirmed ? "confirmed" : "unknown",
  },
  body: readingOf(row),
});

interface PointRow {
  readonly at: Date;
  readonly number: number | null;
  readonly word: string | null;
  readonly flag: boolean | null;
  readonly unit: string;
}

const pointValue = ({ number, word, flag }: PointRow): Value => number ?? word ?? flag ?? "";

const seconds = (ms: number): number => ms / 1000;

export const readingPart = (sql: Sql): Pick<Store, "readings" | "series"> => ({
  async readings({ box, epoch, afterSeq, limit }) {
    const rows = await sql.query<StampedRow & { box: number }>(
      `SELECT ${READING_COLUMNS}, ${STAMP_COLUMNS}, reading.box FROM reading
       WHERE reading.box = (SELECT id FROM box WHERE name = $1)
         AND reading.epoch = coalesce($2::int4, (SELECT epoch FROM box_cursor WHERE box = (SELECT id FROM box WHERE name = $1)))
         AND seq > $3::int8
       ORDER BY reading.box, reading.epoch, seq LIMIT $4::int8`,
      [box, epoch ?? null, afterSeq, limit],
    );
    const [first] = rows;
    if (first === undefined) return [];
    const sent = rows.map(stampedReading);
    const known = await correctionsOf(sql, first, sent);
    return sent.map((each): StoredReading => {
      const { kind: _kind, ...reading } = asCorrected(known, each).body;
      const again = known.again.get(each.seq);
      const corrected = again && {
        at: again.at,
        ...(each.body.codec === undefined ? {} : { codecBefore: each.body.codec }),
      };
      return { box, epoch: first.epoch, seq: each.seq, ...reading, ...(corrected === undefined ? {} : { corrected }) };
    });
  },

  async series({ asset, measurement, from, to, limit }) {
    const { name, instance } = splitInstance(measurement);
    const lines = await sql.query<{ id: number; unit: string }>(
      "SELECT id, unit FROM series WHERE asset = $1 AND name = $2 AND instance = $3",
      [asset, name, instance],
    );
    if (lines.length === 0) return undefined;
    const rows = await sql.query<PointRow>(
      `SELECT measurement.at, number, word, flag, series.unit
       FROM measurement JOIN series ON series.id = measurement.series
       WHERE measurement.series = ANY($1::int4[]) AND measurement.at >= to_timestamp($2::float8)
         AND measurement.at < to_timestamp($3::float8)
       ORDER BY measurement.at DESC LIMIT $4::int8`,
      [lines.map(({ id }) => id), seconds(from), seconds(to), limit],
    );
    const unit = rows[0]?.unit ?? lines[lines.length - 1]!.unit;
    // A device that changed its unit starts another line; values of two units are never drawn as one.
    const points = rows
      .filter((row) => row.unit === unit)
      .map((row) => ({ at: row.at.getTime(), value: pointValue(row) }));
    return { unit, points: points.reverse() };
  },
});
