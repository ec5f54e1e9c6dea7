/** Entries as columns: arrays that one statement unnests into rows. */
import type { Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Placed } from "./sorting.ts";

/** ms since 1970 as the seconds `to_timestamp` takes; a double holds them to the microsecond. */
const seconds = (ms: number): number => ms / 1000;

export interface MeasurementColumns {
  readonly keys: SeriesKey[];
  readonly at: number[];
  readonly number: (number | null)[];
  readonly word: (string | null)[];
  readonly flag: (boolean | null)[];
}

export interface SeriesKey {
  readonly asset: string;
  readonly device: string;
  readonly name: string;
  readonly instance: string;
  readonly unit: string;
}

const splitInstance = (measurement: string): { name: string; instance: string } => {
  const at = measurement.indexOf("@");
  return at < 0
    ? { name: measurement, instance: "" }
    : { name: measurement.slice(0, at), instance: measurement.slice(at + 1) };
};

/** `lamp.power@9` → name and instance, as the series table splits them. */
export { splitInstance };

export const measurementColumns = (readings: readonly Placed<Reading>[]): MeasurementColumns => {
  const columns: MeasurementColumns = { keys: [], at: [], number: [], word: [], flag: [] };
  const add = (reading: Reading, at: number, { name, value, unit }: Measurement) => {
    columns.keys.push({ asset: reading.asset ?? "", device: reading.device, ...splitInstance(name), unit });
    columns.at.push(seconds(at));
    columns.number.push(typeof value === "number" ? value : null);
    columns.word.push(typeof value === "string" ? value : null);
    columns.flag.push(typeof value === "boolean" ? value : null);
  };
  for (const { body } of readings) {
    for (const past of body.history) for (const measurement of past.measurements) add(body, past.at, measurement);
    for (const measurement of body.measurements) add(body, body.at, measurement);
  }
  return columns;
};

type Triple = readonly [name: string, value: number | boolean | string, unit: string];

/** What of a reading is kept whole, as the box sent it. */
export interface Content {
  readonly m: readonly Triple[];
  readonly h?: readonly (readonly [ms: number, measurements: readonly Triple[]])[];
  readonly n?: readonly string[];
  readonly f?: readonly [code: string, message: string];
}

const triples = (measurements: readonly Measurement[]): Triple[] =>
  measurements.map(({ name, value, unit }) => [name, value, unit]);

const contentOf = ({ measurements, history, notes, fault }: Reading): Content => ({
  m: triples(measurements),
  ...(history.length === 0 ? {} : { h: history.map((past) => [past.at, triples(past.measurements)] as const) }),
  ...(notes.length === 0 ? {} : { n: notes }),
  ...(fault === undefined ? {} : { f: [fault.code, fault.message] as const }),
});

/** In the order of `INSERT_READINGS`. */
export const readingColumns = (readings: readonly Placed<Reading>[]): readonly (readonly unknown[])[] => {
  const of = (pick: (placed: Placed<Reading>) => unknown): unknown[] => readings.map(pick);
  return [
    of(({ seq }) => seq),
    of(({ body }) => body.device),
    of(({ body }) => body.asset ?? null),
    of(({ body }) => body.commune ?? null),
    of(({ body }) => body.codec ?? null),
    of(({ body }) => seconds(body.at)),
    of(({ body }) => seconds(body.receivedAt)),
    of(({ body }) => body.fCnt),
    of(({ body }) => body.fPort),
    of(({ body }) => body.frame),
    of(({ body }) => body.radio?.rssi ?? null),
    of(({ body }) => body.radio?.snr ?? null),
    of(({ body }) => body.radio?.gateway ?? null),
    of(({ body }) => body.radio?.gateways ?? null),
    of(({ body }) => body.radio?.dr ?? null),
    of(({ body }) => JSON.stringify(contentOf(body))),
    of(({ stamp }) => seconds(stamp.wall)),
    of(({ stamp }) => Math.round(stamp.mono)),
    of(({ stamp }) => stamp.boot),
    of(({ stamp }) => stamp.clock === "confirmed"),
  ];
};

export const INSERT_READINGS = `
INSERT INTO reading (box, epoch, arrived_at, seq, device, asset, commune, codec, at, received_at, f_cnt, f_port, frame,
                     rssi, snr, gateway, gateways, dr, content, box_wall, box_mono_ms, box_boot, box_clock_confirmed)
SELECT $1::int4, $2::int4, to_timestamp($3::float8), seq, device, asset, commune, codec, to_timestamp(at), to_timestamp(received_at), f_cnt,
       f_port, frame, rssi, snr, gateway, gateways, dr, content::jsonb, to_timestamp(wall), mono, boot, confirmed
FROM unnest($4::int8[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[], $10::float8[], $11::int8[],
            $12::int4[], $13::bytea[], $14::float8[], $15::float8[], $16::text[], $17::int4[], $18::int4[], $19::text[],
            $20::float8[], $21::int8[], $22::int4[], $23::bool[])
  AS entry (seq, device, asset, commune, codec, at, received_at, f_cnt, f_port, frame, rssi, snr, gateway, gateways, dr,
            content, wall, mono, boot, confirmed)
ORDER BY seq`;

export interface LatestColumns {
  readonly assets: string[];
  readonly measurements: string[];
  readonly at: number[];
  readonly rankedAt: number[];
  readonly values: string[];
  readonly units: string[];
}

/** The newest value of each quantity of each asset in these readings. Equal times: the later in the journal. */
export const latestColumns = (readings: readonly Placed<Reading>[], arrivedAt: number): LatestColumns => {
  const newest = new Map<string, { asset: string; at: number; rankedAt: number; measurement: Measurement }>();
  const offer = (asset: string, at: number, measurement: Measurement) => {
    const key = `${asset}\0${measurement.name}`;
    const rankedAt = Math.min(at, arrivedAt);
    const held = newest.get(key);
    if (held === undefined || rankedAt >= held.rankedAt) newest.set(key, { asset, at, rankedAt, measurement });
  };
  for (const { body } of readings) {
    if (body.asset === undefined) continue;
    for (const past of body.history) for (const each of past.measurements) offer(body.asset, past.at, each);
    for (const each of body.measurements) offer(body.asset, body.at, each);
  }
  const found = [...newest.values()];
  return {
    assets: found.map(({ asset }) => asset),
    measurements: found.map(({ measurement }) => measurement.name),
    at: found.map(({ at }) => seconds(at)),
    rankedAt: found.map(({ rankedAt }) => seconds(rankedAt)),
    values: found.map(({ measurement }) => JSON.stringify(measurement.value)),
    units: found.map(({ measurement }) => measurement.unit),
  };
};

/** When each asset was last heard, at most the arrival. */
export const seenColumns = (
  readings: readonly Placed<Reading>[],
  arrivedAt: number,
): { assets: string[]; at: number[] } => {
  const seen = new Map<string, number>();
  for (const { body } of readings) {
    if (body.asset === undefined) continue;
    const at = Math.min(body.receivedAt, arrivedAt);
    seen.set(body.asset, Math.max(seen.get(body.asset) ?? at, at));
  }
  return { assets: [...seen.keys()], at: [...seen.values()].map(seconds) };
};
