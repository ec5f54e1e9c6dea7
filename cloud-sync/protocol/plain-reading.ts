/**
 * A reading in parts: what nearly all readings are, those without older measurements, notes or a fault. Whoever passes on thousands
 * fills one of these again and again, where an object for each with one for every value costs more than all the rest of sending.
 */
import { ByteWriter } from "./bytes.ts";
import type { ClockQuality, Entry, Measurement, Reading, Stamp, Value } from "./entry.ts";

/** Who measured: one for all readings of a device at an asset, read by one codec. */
export interface Source extends Pick<Reading, "device" | "asset" | "commune" | "codec"> {
  /** Which of the texts are there, and the texts, as the running hash takes them (chain.ts). */
  readonly presence: number;
  readonly bytes: Uint8Array;
}

/** What was measured: one for all values of a column. */
export interface Label {
  readonly name: string;
  readonly unit: string;
  /** Name and unit, as the running hash takes them. */
  readonly bytes: Uint8Array;
}

export const PRESENT = { asset: 1, commune: 2, codec: 4, radio: 8, extras: 16 } as const;

type MaybeText = string | undefined;

/** Without radio and extras, which are of each reading. */
export const presenceOf = (asset: MaybeText, commune: MaybeText, codec: MaybeText): number =>
  (asset === undefined ? 0 : PRESENT.asset) |
  (commune === undefined ? 0 : PRESENT.commune) |
  (codec === undefined ? 0 : PRESENT.codec);

const scratch = new ByteWriter();

const bytesOf = (texts: readonly MaybeText[]): Uint8Array => {
  scratch.length = 0;
  for (const text of texts) if (text !== undefined) scratch.text(text);
  return new Uint8Array(scratch.written());
};

/** The texts must be well-formed. */
export const sourceOf = (device: string, asset: MaybeText, commune: MaybeText, codec: MaybeText): Source => ({
  device,
  ...(asset === undefined ? {} : { asset }),
  ...(commune === undefined ? {} : { commune }),
  ...(codec === undefined ? {} : { codec }),
  presence: presenceOf(asset, commune, codec),
  bytes: bytesOf([device, asset, commune, codec]),
});

/** The texts must be well-formed. */
export const labelOf = (name: string, unit: string): Label => ({ name, unit, bytes: bytesOf([name, unit]) });

const NOBODY = sourceOf("", undefined, undefined, undefined);
const NO_FRAME = new Uint8Array();

export class PlainReading {
  seq = 0;
  wall = 0;
  mono = 0;
  boot = 0;
  clock: ClockQuality = "unknown";
  source: Source = NOBODY;
  at = 0;
  receivedAt = 0;
  fCnt = 0;
  fPort = 0;
  /** The frame lies there, from `frameFrom` to before `frameTo`. */
  frames: Uint8Array = NO_FRAME;
  frameFrom = 0;
  frameTo = 0;
  /** False: the fields of radio mean nothing. */
  isHeard = false;
  rssi = 0;
  snr = 0;
  gateway = "";
  gateways = 0;
  dr = 0;
  labels: readonly Label[] = [];
  /** One for each label; what lies beyond means nothing. */
  readonly values: Value[] = [];
}

/** Puts what an entry says into parts: of a reading without older measurements, notes and fault. */
export function fillParts(
  plain: PlainReading,
  { seq, stamp }: Pick<Entry, "seq" | "stamp">,
  reading: Reading,
  source: Source,
  labels: readonly Label[],
): void {
  const { radio, frame, measurements } = reading;
  plain.seq = seq;
  plain.wall = stamp.wall;
  plain.mono = stamp.mono;
  plain.boot = stamp.boot;
  plain.clock = stamp.clock;
  plain.source = source;
  plain.at = reading.at;
  plain.receivedAt = reading.receivedAt;
  plain.fCnt = reading.fCnt;
  plain.fPort = reading.fPort;
  plain.frames = frame;
  plain.frameFrom = 0;
  plain.frameTo = frame.length;
  plain.isHeard = radio !== undefined;
  if (radio !== undefined) {
    plain.rssi = radio.rssi;
    plain.snr = radio.snr;
    plain.gateway = radio.gateway;
    plain.gateways = radio.gateways;
    plain.dr = radio.dr;
  }
  plain.labels = labels;
  for (let index = 0; index < labels.length; index++) plain.values[index] = measurements[index]!.value;
}

const NO_HISTORY: Reading["history"] = [];
const NO_NOTES: Reading["notes"] = [];

function frameOf({ frames, frameFrom, frameTo }: PlainReading): Uint8Array {
  const frame = new Uint8Array(frameTo - frameFrom);
  // Frames are short: a loop is faster than a call out of JavaScript.
  for (let index = 0; index < frame.length; index++) frame[index] = frames[frameFrom + index]!;
  return frame;
}

export function measurementsOf(labels: readonly Label[], valueAt: (column: number) => Value): Measurement[] {
  const measurements: Measurement[] = [];
  for (let column = 0; column < labels.length; column++) {
    const { name, unit } = labels[column]!;
    measurements.push({ name, value: valueAt(column), unit });
  }
  return measurements;
}

/** A reading of its own: what the parts are filled with next does not touch it. */
export function readingOf(plain: PlainReading): Reading {
  const { device, asset, commune, codec } = plain.source;
  const { rssi, snr, gateway, gateways, dr } = plain;
  return {
    kind: "reading",
    device,
    ...(asset === undefined ? {} : { asset }),
    ...(commune === undefined ? {} : { commune }),
    ...(codec === undefined ? {} : { codec }),
    at: plain.at,
    receivedAt: plain.receivedAt,
    fCnt: plain.fCnt,
    fPort: plain.fPort,
    frame: frameOf(plain),
    ...(plain.isHeard ? { radio: { rssi, snr, gateway, gateways, dr } } : {}),
    measurements: measurementsOf(plain.labels, (column) => plain.values[column]!),
    notes: NO_NOTES,
    history: NO_HISTORY,
  };
}

export const stampOf = ({ wall, mono, boot, clock }: PlainReading): Stamp => ({ wall, mono, boot, clock });

/** An entry of its own. */
export const asEntry = (found: Entry | PlainReading): Entry =>
  found instanceof PlainReading ? { seq: found.seq, stamp: stampOf(found), body: readingOf(found) } : found;
