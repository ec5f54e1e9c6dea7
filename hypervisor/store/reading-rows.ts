/** Readings as rows of the two large tables: the reading as it was sent, and its values as lines of series. */
import type { Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import { contentOf } from "./content.ts";
import { type CopyFields, type CopyTarget, copyParts } from "./copy-rows.ts";
import type { Series } from "./series.ts";
import type { Placed } from "./sorting.ts";

const READING: CopyTarget = {
  table: "reading",
  columns: [
    ...[
      "box",
      "epoch",
      "arrived_at",
      "seq",
      "device",
      "asset",
      "commune",
      "codec",
      "at",
      "received_at",
      "f_cnt",
      "f_port",
    ],
    ...["frame", "rssi", "snr", "gateway", "gateways", "dr", "content"],
    ...["box_wall", "box_mono_ms", "box_boot", "box_clock_confirmed"],
  ],
};
const MEASUREMENT: CopyTarget = {
  table: "measurement",
  columns: ["box", "arrived_at", "series", "at", "number", "word", "flag"],
};

/** Where rows of one batch belong. */
export interface Place {
  readonly box: number;
  readonly epoch: number;
  /** ms since 1970. */
  readonly arrivedAt: number;
}

/** Readings of one batch, and where they belong. */
export interface Lot {
  readonly place: Place;
  readonly readings: readonly Placed<Reading>[];
}

export interface Rows {
  readonly target: CopyTarget;
  /** To be read once. */
  readonly parts: Iterable<Uint8Array>;
}

const textOrNull = (rows: CopyFields, value: string | undefined): void =>
  value === undefined ? rows.null() : rows.text(value);

const writeRadio = (rows: CopyFields, radio: Reading["radio"]): void => {
  if (radio === undefined) {
    for (let field = 0; field < 5; field++) rows.null();
    return;
  }
  rows.float8(radio.rssi);
  rows.float8(radio.snr);
  rows.text(radio.gateway);
  rows.int4(radio.gateways);
  rows.int4(radio.dr);
};

/** A row is written before the next is asked for, so the place of its batch is told beside: an object for each would cost. */
const eachReading = function* (lots: readonly Lot[], at: { place: Place | undefined }): Generator<Placed<Reading>> {
  for (const { place, readings } of lots) {
    at.place = place;
    yield* readings;
  }
};

export const readingRows = (lots: readonly Lot[]): Rows => {
  const now: { place: Place | undefined } = { place: undefined };
  const write = (rows: CopyFields, reading: Placed<Reading>): void => writeReading(rows, now.place!, reading);
  return { target: READING, parts: copyParts(READING, eachReading(lots, now), write) };
};

const writeReading = (rows: CopyFields, place: Place, { seq, stamp, body }: Placed<Reading>): void => {
  rows.int4(place.box);
  rows.int4(place.epoch);
  rows.time(place.arrivedAt);
  rows.int8(seq);
  rows.text(body.device);
  textOrNull(rows, body.asset);
  textOrNull(rows, body.commune);
  textOrNull(rows, body.codec);
  rows.time(body.at);
  rows.time(body.receivedAt);
  rows.int8(body.fCnt);
  rows.int4(body.fPort);
  rows.bytes(body.frame);
  writeRadio(rows, body.radio);
  rows.jsonb(JSON.stringify(contentOf(body)));
  rows.time(stamp.wall);
  rows.int8(Math.round(stamp.mono));
  rows.int4(stamp.boot);
  rows.bool(stamp.clock === "confirmed");
};

/** Calls `each` for every value of the readings: by reading, older ones first. */
export const forEachValue = (
  readings: readonly Placed<Reading>[],
  each: (reading: Reading, at: number, measurement: Measurement) => void,
): void => {
  for (const { body } of readings) {
    for (const past of body.history) for (const measurement of past.measurements) each(body, past.at, measurement);
    for (const measurement of body.measurements) each(body, body.at, measurement);
  }
};

/** Above every number of values in a batch; times a series number it still is a whole number of a double. */
const PLACE_MAX = 2 ** 21;

/** Series by series, so that the index and whoever reads one line touch few pages. `series`: of each value, lot by lot. */
export const measurementRows = (lots: readonly Lot[], series: readonly Series[]): Rows => {
  const values: { readonly place: Place; readonly at: number; readonly value: Measurement["value"] }[] = [];
  for (const { place, readings } of lots)
    forEachValue(readings, (_reading, at, { value }) => values.push({ place, at, value }));
  const order = Float64Array.from(series, ({ id }, index) => id * PLACE_MAX + index).sort();
  const parts = copyParts(MEASUREMENT, order, (rows, key) => {
    const id = Math.floor(key / PLACE_MAX);
    const { place, at, value } = values[key - id * PLACE_MAX]!;
    rows.int4(place.box);
    rows.time(place.arrivedAt);
    rows.int4(id);
    rows.time(at);
    if (typeof value === "number") rows.float8(value);
    else rows.null();
    if (typeof value === "string") rows.text(value);
    else rows.null();
    if (typeof value === "boolean") rows.bool(value);
    else rows.null();
  });
  return { target: MEASUREMENT, parts };
};
