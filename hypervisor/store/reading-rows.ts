/** Readings as rows of the two large tables: the reading as it was sent, and its values as lines of series. */
import type { Radio, Reading, Stamp, Value } from "../../cloud-sync/protocol/entry.ts";
import { PlainReading } from "../../cloud-sync/protocol/plain-reading.ts";
import { contentOf, plainContent } from "./content.ts";
import { type CopyFields, type CopyTarget, copyParts } from "./copy-rows.ts";
import type { Lot, Place } from "./lots.ts";
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

export interface Rows {
  readonly target: CopyTarget;
  /** To be read once. */
  readonly parts: Iterable<Uint8Array>;
}

const textOrNull = (rows: CopyFields, value: string | undefined): void =>
  value === undefined ? rows.null() : rows.text(value);

const writeRadio = (rows: CopyFields, radio: Radio | undefined): void => {
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
const eachReading = function* (
  lots: readonly Lot[],
  now: { place: Place | undefined },
): Generator<PlainReading | Placed<Reading>> {
  for (const { place, readings } of lots) {
    now.place = place;
    for (let index = 0; index < readings.count; index++) yield readings.at(index);
  }
};

export const readingRows = (lots: readonly Lot[]): Rows => {
  const now: { place: Place | undefined } = { place: undefined };
  const write = (rows: CopyFields, reading: PlainReading | Placed<Reading>): void => {
    if (reading instanceof PlainReading) writePlain(rows, now.place!, reading);
    else writePlaced(rows, now.place!, reading);
  };
  return { target: READING, parts: copyParts(READING, eachReading(lots, now), write) };
};

const writePlaced = (rows: CopyFields, place: Place, { seq, stamp, body }: Placed<Reading>): void => {
  writeStart(rows, place, seq, body);
  writeCounters(rows, body);
  rows.bytes(body.frame, 0, body.frame.length);
  writeRadio(rows, body.radio);
  rows.jsonb(JSON.stringify(contentOf(body)));
  writeStamp(rows, stamp);
};

const writePlain = (rows: CopyFields, place: Place, reading: PlainReading): void => {
  writeStart(rows, place, reading.seq, reading.source);
  writeCounters(rows, reading);
  rows.bytes(reading.frames, reading.frameFrom, reading.frameTo);
  writeRadio(rows, reading.isHeard ? reading : undefined);
  rows.jsonb(plainContent(reading));
  writeStamp(rows, reading);
};

type Named = Pick<Reading, "device" | "asset" | "commune" | "codec">;

const writeStart = (rows: CopyFields, place: Place, seq: number, { device, asset, commune, codec }: Named): void => {
  rows.row();
  rows.int4(place.box);
  rows.int4(place.epoch);
  rows.time(place.arrivedAt);
  rows.int8(seq);
  rows.text(device);
  textOrNull(rows, asset);
  textOrNull(rows, commune);
  textOrNull(rows, codec);
};

type Counted = Pick<Reading, "at" | "receivedAt" | "fCnt" | "fPort">;

const writeCounters = (rows: CopyFields, { at, receivedAt, fCnt, fPort }: Counted): void => {
  rows.time(at);
  rows.time(receivedAt);
  rows.int8(fCnt);
  rows.int4(fPort);
};

const writeStamp = (rows: CopyFields, { wall, mono, boot, clock }: Stamp): void => {
  rows.time(wall);
  rows.int8(Math.round(mono));
  rows.int4(boot);
  rows.bool(clock === "confirmed");
};

/** Above every number of runs in a batch; times a series number it still is a whole number of a double. */
const PLACE_MAX = 2 ** 21;

/** Series by series, so that the index and whoever reads one line touch few pages. `series`: of each run, lot by lot. */
export const measurementRows = (lots: readonly Lot[], series: readonly Series[]): Rows => {
  const runs = lots.flatMap(({ place, readings }) => readings.runs.map((run) => ({ place, run })));
  const order = Float64Array.from(series, ({ id }, index) => id * PLACE_MAX + index).sort();
  const parts = copyParts(MEASUREMENT, order, (rows, key) => {
    const id = Math.floor(key / PLACE_MAX);
    const { place, run } = runs[key - id * PLACE_MAX]!;
    for (let index = 0; index < run.count; index++) {
      rows.row();
      rows.int4(place.box);
      rows.time(place.arrivedAt);
      rows.int4(id);
      rows.time(run.ats[run.atsFrom + index]!);
      writeValue(rows, run.values[run.valuesFrom + index]!);
    }
  });
  return { target: MEASUREMENT, parts };
};

const writeValue = (rows: CopyFields, value: Value): void => {
  if (typeof value === "number") rows.float8(value);
  else rows.null();
  if (typeof value === "string") rows.text(value);
  else rows.null();
  if (typeof value === "boolean") rows.bool(value);
  else rows.null();
};
