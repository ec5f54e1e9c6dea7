/**
 * One entry as one row, version 1:
 *   flags u8 (1 JSON body, 2 radio, 4 history, 8 extras) · clock word · wall − its wall (zigzag) · lead − its lead (zigzag), then
 *   reading: series word · wall − receivedAt (zigzag) · receivedAt − at (zigzag) · fCnt · fPort · frame length, frame ·
 *     [rssi + 90 (zigzag) · snr in quarters of a dB ·2, or in hundredths ·2 + 1 (both zigzag) · gateway word ·
 *     gateways·16 + dr in one byte, or 0xff and both] · values ·
 *     [history count · each: shape word · receivedAt − at (zigzag) · values] · [JSON of notes and fault]
 *   other, and readings beyond the usual: the JSON text of the body
 *   and at the end, u32, the CRC-32 of all before it, begun with seq mod 2^32 instead of 0.
 * Numbers are varints, little-endian. Deltas look at nothing outside the row but the dictionary, so a row stands alone.
 */
import { bodyFromJson, bodyToJson, extrasFromJson, extrasToJson } from "../protocol/body-json.ts";
import { ByteReader, type ByteWriter, unzigzag, zigzag } from "../protocol/bytes.ts";
import type { Entry, Measurement, Radio, Reading, Stamp, Value } from "../protocol/entry.ts";
import { areNumbersOrdinary, areTextsOrdinary, isHistoryOrdinary, SNR_STEPS } from "../protocol/ordinary.ts";
import { asEntry, fillParts, PlainReading, readingOf, stampOf } from "../protocol/plain-reading.ts";
import { fromSteps, toSteps } from "../protocol/steps.ts";
import { crcOf } from "./crc.ts";
import { JournalError } from "./faults.ts";
import { sumOf } from "./seal.ts";
import {
  columnFits,
  type Dictionary,
  EXACT,
  isNamedBy,
  labelsBy,
  type Series,
  type Shape,
  sourceBy,
  TEXT,
  TRUTH,
  type Words,
} from "./words.ts";

const FLAG_JSON = 1;
const FLAG_RADIO = 2;
const FLAG_HISTORY = 4;
const FLAG_EXTRAS = 8;
const PACKED_ESCAPE = 0xff;
/** dBm: what is within 64 dB of it takes one byte. */
const RSSI_USUAL = -90;
const CRC_BYTES = 4;
/** How a row begins that holds a body as JSON. */
export const JSON_ROW = Buffer.of(FLAG_JSON);
const NO_HISTORY: Reading["history"] = [];
const NO_EXTRAS = {};

// One row is read at a time.
const reader = new ByteReader();
const parts = new PlainReading();

/** Of the row that lies there. */
const checksum = (seq: number, bytes: Uint8Array, from: number, to: number): number =>
  crcOf(bytes, from, to, seq % 2 ** 32);

/** False, with nothing written, where that kind of column does not keep the value exactly. */
function writeValue(out: ByteWriter, kind: number, value: Value): boolean {
  if (kind < EXACT) {
    const steps = typeof value === "number" ? toSteps(value, kind) : undefined;
    if (steps === undefined) return false;
    out.zigzag(steps);
    return true;
  }
  if (!columnFits(kind, value)) return false;
  if (kind === EXACT) out.f64(value as number);
  else if (kind === TRUTH) out.u8(value === true ? 1 : 0);
  else out.text(value as string);
  return true;
}

/** False where the shape does not keep one of them exactly; what was written before it is still there. */
function writeValues(out: ByteWriter, { columns }: Shape, measurements: readonly Measurement[]): boolean {
  for (let index = 0; index < columns.length; index++) {
    if (!writeValue(out, columns[index]![2], measurements[index]!.value)) return false;
  }
  return true;
}

function readValue(row: ByteReader, kind: number): Value {
  if (kind < EXACT) return fromSteps(row.zigzag(), kind);
  if (kind === EXACT) return row.f64();
  if (kind === TRUTH) return row.u8() === 1;
  if (kind === TEXT) return row.text();
  throw new RangeError(`column kind ${kind}`);
}

const readValues = (row: ByteReader, { columns }: Shape): Measurement[] =>
  columns.map(([name, unit, kind]) => ({ name, value: readValue(row, kind), unit }));

/** Radios measure quarters of a dB; what a network server wrote otherwise has two decimals at most (`areNumbersOrdinary`). */
function writeSnr(out: ByteWriter, snr: number): void {
  const quarters = snr * 4;
  if (Number.isInteger(quarters)) out.varint(zigzag(quarters) * 2);
  else out.varint(zigzag(toSteps(snr, SNR_STEPS)!) * 2 + 1);
}

function readSnr(row: ByteReader): number {
  const stored = row.varint();
  const steps = unzigzag(Math.floor(stored / 2));
  return stored % 2 === 1 ? fromSteps(steps, SNR_STEPS) : steps / 4;
}

function writeRadio(out: ByteWriter, radio: Radio, gateway: number): void {
  out.zigzag(radio.rssi - RSSI_USUAL);
  writeSnr(out, radio.snr);
  out.varint(gateway);
  if (radio.gateways < 15 && radio.dr < 16) out.u8(radio.gateways * 16 + radio.dr);
  else {
    out.u8(PACKED_ESCAPE);
    out.varint(radio.gateways);
    out.varint(radio.dr);
  }
}

function readRadio(plain: PlainReading, row: ByteReader, words: Dictionary): void {
  plain.rssi = row.zigzag() + RSSI_USUAL;
  plain.snr = readSnr(row);
  plain.gateway = words.textOf(row.varint());
  const packed = row.u8();
  const isPacked = packed !== PACKED_ESCAPE;
  plain.gateways = isPacked ? packed >> 4 : row.varint();
  plain.dr = isPacked ? packed & 15 : row.varint();
}

/** What a series, once found, is followed by. False where it does not keep a value exactly. */
function writeContent(out: ByteWriter, wall: number, reading: Reading, series: Series, gateway: number): boolean {
  const { radio, receivedAt } = reading;
  out.varint(series.id);
  out.zigzag(wall - receivedAt);
  out.zigzag(receivedAt - reading.at);
  out.varint(reading.fCnt);
  out.varint(reading.fPort);
  out.bytes(reading.frame);
  if (radio !== undefined) writeRadio(out, radio, gateway);
  return writeValues(out, series.shape, reading.measurements);
}

/**
 * Which series keeps it shows while it is written: looking first would mean to look at every value twice. Undefined where none can
 * be learnt.
 */
function writeSeries(
  out: ByteWriter,
  words: Words,
  wall: number,
  reading: Reading,
  gateway: number,
): Series | undefined {
  const start = out.length;
  for (const series of words.seriesBy(reading.device)) {
    if (!isNamedBy(series, reading)) continue;
    if (writeContent(out, wall, reading, series, gateway)) return series;
    out.length = start;
  }
  // The texts of a known series were looked at when it was learnt.
  const learnt = areTextsOrdinary(reading) ? words.newSeries(reading) : undefined;
  return learnt !== undefined && writeContent(out, wall, reading, learnt, gateway) ? learnt : undefined;
}

function writeHistory(out: ByteWriter, words: Words, { receivedAt, history }: Reading): boolean {
  out.varint(history.length);
  for (const { at, measurements } of history) {
    const shape = words.shape(measurements);
    if (shape === undefined) return false;
    out.varint(shape.id);
    out.zigzag(receivedAt - at);
    writeValues(out, shape, measurements);
  }
  return true;
}

/** Of a reading that has nothing beside its series, that. */
type WrittenAs = Series | "with-extras";

/** Undefined when the reading is odd or the dictionary full: it has to carry its words itself. */
function writeReading(out: ByteWriter, words: Words, stamp: Stamp, reading: Reading): WrittenAs | undefined {
  const { radio, history } = reading;
  if (!areNumbersOrdinary(reading) || !isHistoryOrdinary(reading)) return undefined;
  const gateway = radio === undefined ? 0 : words.text(radio.gateway);
  if (gateway === undefined) return undefined;
  const extras = extrasToJson(reading, NO_HISTORY);
  out.u8(
    (radio === undefined ? 0 : FLAG_RADIO) |
      (history.length === 0 ? 0 : FLAG_HISTORY) |
      (extras === "" ? 0 : FLAG_EXTRAS),
  );
  writeStamp(out, words, stamp);
  const series = writeSeries(out, words, stamp.wall, reading, gateway);
  if (series === undefined) return undefined;
  if (history.length > 0 && !writeHistory(out, words, reading)) return undefined;
  if (extras !== "") out.raw(Buffer.from(extras));
  return history.length === 0 && extras === "" ? series : "with-extras";
}

function writeStamp(out: ByteWriter, words: Words, stamp: Stamp): void {
  const segment = words.clock(stamp);
  out.varint(segment.id);
  out.zigzag(stamp.wall - segment.wall);
  out.zigzag(stamp.wall - stamp.mono - segment.lead);
}

/** `row` reads in `bytes`, where the frame is left. */
function readReading(plain: PlainReading, row: ByteReader, bytes: Uint8Array, flags: number, words: Dictionary): void {
  const series = words.seriesOf(row.varint());
  const { shape } = series;
  plain.source = sourceBy(series);
  plain.receivedAt = plain.wall - row.zigzag();
  plain.at = plain.receivedAt - row.zigzag();
  plain.fCnt = row.varint();
  plain.fPort = row.varint();
  plain.frames = bytes;
  plain.frameFrom = row.skip(row.varint());
  plain.frameTo = row.position;
  plain.isHeard = (flags & FLAG_RADIO) !== 0;
  if (plain.isHeard) readRadio(plain, row, words);
  plain.labels = labelsBy(shape);
  for (let index = 0; index < shape.columns.length; index++)
    plain.values[index] = readValue(row, shape.columns[index]![2]);
}

/** The reading with what follows its parts in the row. */
function readRare(plain: PlainReading, row: ByteReader, flags: number, words: Dictionary): Reading {
  const reading = readingOf(plain);
  const history = flags & FLAG_HISTORY ? readHistory(row, plain.receivedAt, words) : NO_HISTORY;
  const extras = flags & FLAG_EXTRAS ? extrasFromJson(row.rest()) : NO_EXTRAS;
  if (extras === undefined) throw new RangeError("extras");
  return { ...reading, ...extras, history };
}

function readHistory(row: ByteReader, receivedAt: number, words: Dictionary): Reading["history"] {
  return Array.from({ length: row.varint() }, () => {
    const shape = words.shapeOf(row.varint());
    return { at: receivedAt - row.zigzag(), measurements: readValues(row, shape) };
  });
}

/** Writes the row behind what `out` holds. An ordinary reading is put into `plain` too, and `plain` is the answer; else the entry is. */
export function writeRow(out: ByteWriter, words: Words, entry: Entry, plain: PlainReading): Entry | PlainReading {
  const { seq, stamp, body } = entry;
  const start = out.length;
  const writtenAs = body.kind === "reading" ? writeReading(out, words, stamp, body) : undefined;
  if (writtenAs === undefined) {
    out.length = start;
    out.u8(FLAG_JSON);
    writeStamp(out, words, stamp);
    out.raw(Buffer.from(bodyToJson(body)));
  }
  out.u32(checksum(seq, out.bytesWritten, start, out.length));
  if (body.kind !== "reading" || writtenAs === undefined || writtenAs === "with-extras") return entry;
  fillParts(plain, entry, body, sourceBy(writtenAs), labelsBy(writtenAs.shape));
  return plain;
}

/** Whether these bytes are the row of that entry, by its checksum alone. */
export const isIntactEntry = (seq: number, row: Uint8Array | null): boolean => isIntact(seq, row, 0, endOf(row));

/** Bent bytes may make anything of a column. */
const endOf = (row: Uint8Array | null): number => (row instanceof Uint8Array ? row.length : 0);

function isIntact(seq: number, bytes: Uint8Array | null, from: number, to: number): boolean {
  const end = to - CRC_BYTES;
  if (bytes === null || end <= from) return false;
  reader.begin(bytes, end, to);
  return reader.u32() === checksum(seq, bytes, from, end);
}

export const isIntactWord = (id: number, word: string, sum: number): boolean => sumOf(id, word) === sum;

/** Throws `damaged-entry` for a row whose checksum or content does not hold. */
export const readRow = (words: Words, seq: number, row: Uint8Array): Entry =>
  asEntry(readParts(words, parts, seq, row));

/**
 * The same for the row that lies in `bytes`, from `from` on to before `to`. Of a reading in parts it gives the parts: `plain`, filled,
 * whose frame stays where it is.
 */
export function readParts(
  words: Words,
  plain: PlainReading,
  seq: number,
  bytes: Uint8Array,
  from = 0,
  to = endOf(bytes),
): Entry | PlainReading {
  if (!isIntact(seq, bytes, from, to)) throw new JournalError("damaged-entry", `checksum of entry ${seq}`, seq);
  try {
    reader.begin(bytes, from, to - CRC_BYTES);
    return parseRow(words, plain, seq, bytes);
  } catch (error) {
    throw new JournalError("damaged-entry", `entry ${seq}: ${error instanceof Error ? error.message : error}`, seq);
  }
}

/** The word of the dictionary that a whole row's times are told from. */
export const clockWordOf = (row: Uint8Array): number => new ByteReader(row, 1).varint();

/**
 * The highest number of a word that the entry names, of those that can be told: behind a word that is lost, what follows it may not
 * be. 0 for a row that is damaged itself.
 */
export function highestWordOf(words: Words, seq: number, row: Uint8Array): number {
  if (!isIntactEntry(seq, row)) return 0;
  let highest = 0;
  const noting =
    <T>(of: (id: number) => T) =>
    (id: number): T => {
      highest = Math.max(highest, id);
      return of(id);
    };
  const dictionary: Dictionary = {
    clockOf: noting((id) => words.clockOf(id)),
    seriesOf: noting((id) => words.seriesOf(id)),
    textOf: noting((id) => words.textOf(id)),
    shapeOf: noting((id) => words.shapeOf(id)),
  };
  try {
    reader.begin(row, 0, row.length - CRC_BYTES);
    parseRow(dictionary, parts, seq, row);
  } catch {
    // One of its words is lost: that one was noted, and keeps the entry from ever being read as another.
  }
  return highest;
}

/** What `reader` stands before, in `bytes`. */
function parseRow(words: Dictionary, plain: PlainReading, seq: number, bytes: Uint8Array): Entry | PlainReading {
  const row = reader;
  const flags = row.u8();
  const segment = words.clockOf(row.varint());
  plain.seq = seq;
  plain.wall = segment.wall + row.zigzag();
  plain.mono = plain.wall - (segment.lead + row.zigzag());
  plain.boot = segment.boot;
  plain.clock = segment.clock;
  if (flags & FLAG_JSON) {
    const body = bodyFromJson(row.rest());
    if (body === undefined) throw new RangeError("no body of a known kind");
    return { seq, stamp: stampOf(plain), body };
  }
  readReading(plain, row, bytes, flags, words);
  if ((flags & (FLAG_HISTORY | FLAG_EXTRAS)) === 0) return plain;
  return { seq, stamp: stampOf(plain), body: readRare(plain, row, flags, words) };
}
