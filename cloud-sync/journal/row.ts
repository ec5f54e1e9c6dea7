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
import { crc32 } from "node:zlib";
import { bodyFromJson, bodyToJson, extrasFromJson, extrasToJson } from "../protocol/body-json.ts";
import { ByteReader, type ByteWriter, unzigzag, zigzag } from "../protocol/bytes.ts";
import type { Entry, Measurement, Radio, Reading, Stamp } from "../protocol/entry.ts";
import { areNumbersOrdinary, areTextsOrdinary, isHistoryOrdinary, SNR_STEPS } from "../protocol/ordinary.ts";
import { fromSteps, toSteps } from "../protocol/steps.ts";
import { JournalError } from "./faults.ts";
import { sumOf } from "./seal.ts";
import { EXACT, type Shape, TEXT, TRUTH, type Words } from "./words.ts";

const FLAG_JSON = 1;
const FLAG_RADIO = 2;
const FLAG_HISTORY = 4;
const FLAG_EXTRAS = 8;
const PACKED_ESCAPE = 0xff;
/** dBm: what is within 64 dB of it takes one byte. */
const RSSI_USUAL = -90;
const CRC_BYTES = 4;

const checksum = (seq: number, row: Uint8Array): number => crc32(row, seq % 2 ** 32);

function writeValues(out: ByteWriter, { columns }: Shape, measurements: readonly Measurement[]): void {
  for (let index = 0; index < columns.length; index++) {
    const kind = columns[index]![2];
    const { value } = measurements[index]!;
    if (kind < EXACT) out.zigzag(toSteps(value as number, kind)!);
    else if (kind === EXACT) out.f64(value as number);
    else if (kind === TRUTH) out.u8(value === true ? 1 : 0);
    else out.text(value as string);
  }
}

function readValues(row: ByteReader, { columns }: Shape): Measurement[] {
  return columns.map(([name, unit, kind]) => {
    if (kind < EXACT) return { name, value: fromSteps(row.zigzag(), kind), unit };
    if (kind === EXACT) return { name, value: row.f64(), unit };
    if (kind === TRUTH) return { name, value: row.u8() === 1, unit };
    if (kind === TEXT) return { name, value: row.text(), unit };
    throw new RangeError(`column kind ${kind}`);
  });
}

/** Radios measure quarters of a dB; what a network server wrote otherwise has two decimals at most (`isOrdinary`). */
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

function readRadio(row: ByteReader, words: Words): Radio {
  const rssi = row.zigzag() + RSSI_USUAL;
  const snr = readSnr(row);
  const gateway = words.textOf(row.varint());
  const packed = row.u8();
  if (packed === PACKED_ESCAPE) return { rssi, snr, gateway, gateways: row.varint(), dr: row.varint() };
  return { rssi, snr, gateway, gateways: packed >> 4, dr: packed & 15 };
}

/** All words a reading needs, or undefined when it has to carry them itself. */
function wordsFor(reading: Reading, words: Words) {
  if (!areNumbersOrdinary(reading) || !isHistoryOrdinary(reading)) return undefined;
  // The texts of a known series were looked at when it was learnt.
  const series = words.knownSeries(reading) ?? (areTextsOrdinary(reading) ? words.newSeries(reading) : undefined);
  const gateway = reading.radio === undefined ? 0 : words.text(reading.radio.gateway);
  const history = reading.history.map(({ measurements }) => words.shape(measurements));
  if (series === undefined || gateway === undefined || !history.every((each) => each !== undefined)) return undefined;
  return { series, gateway, history };
}

function writeReading(
  out: ByteWriter,
  wall: number,
  reading: Reading,
  named: NonNullable<ReturnType<typeof wordsFor>>,
) {
  const { radio, history, receivedAt } = reading;
  out.varint(named.series.id);
  out.zigzag(wall - receivedAt);
  out.zigzag(receivedAt - reading.at);
  out.varint(reading.fCnt);
  out.varint(reading.fPort);
  out.bytes(reading.frame);
  if (radio !== undefined) writeRadio(out, radio, named.gateway);
  writeValues(out, named.series.shape, reading.measurements);
  if (history.length === 0) return;
  out.varint(history.length);
  history.forEach(({ at, measurements }, index) => {
    const shape = named.history[index]!;
    out.varint(shape.id);
    out.zigzag(receivedAt - at);
    writeValues(out, shape, measurements);
  });
}

function readReading(row: ByteReader, flags: number, wall: number, words: Words): Reading {
  const series = words.seriesOf(row.varint());
  const receivedAt = wall - row.zigzag();
  const at = receivedAt - row.zigzag();
  const fCnt = row.varint();
  const fPort = row.varint();
  const frame = row.bytes();
  const radio = flags & FLAG_RADIO ? { radio: readRadio(row, words) } : {};
  const measurements = readValues(row, series.shape);
  const history = Array.from({ length: flags & FLAG_HISTORY ? row.varint() : 0 }, () => {
    const shape = words.shapeOf(row.varint());
    return { at: receivedAt - row.zigzag(), measurements: readValues(row, shape) };
  });
  const extras = flags & FLAG_EXTRAS ? extrasFromJson(row.rest()) : { notes: [] };
  if (extras === undefined) throw new RangeError("extras");
  const { device, placement } = series;
  return {
    kind: "reading",
    device,
    ...placement,
    at,
    receivedAt,
    fCnt,
    fPort,
    frame,
    ...radio,
    measurements,
    ...extras,
    history,
  };
}

/** Replaces what `out` holds by the row. */
export function writeRow(out: ByteWriter, words: Words, { seq, stamp, body }: Entry): void {
  const named = body.kind === "reading" ? wordsFor(body, words) : undefined;
  const extras = body.kind === "reading" && named !== undefined ? extrasToJson({ ...body, history: [] }) : "";
  const lead = stamp.wall - stamp.mono;
  const segment = words.clock(stamp);
  out.length = 0;
  if (body.kind !== "reading" || named === undefined) out.u8(FLAG_JSON);
  else {
    out.u8(
      (body.radio === undefined ? 0 : FLAG_RADIO) |
        (body.history.length === 0 ? 0 : FLAG_HISTORY) |
        (extras === "" ? 0 : FLAG_EXTRAS),
    );
  }
  out.varint(segment.id);
  out.zigzag(stamp.wall - segment.wall);
  out.zigzag(lead - segment.lead);
  if (body.kind !== "reading" || named === undefined) out.raw(Buffer.from(bodyToJson(body)));
  else {
    writeReading(out, stamp.wall, body, named);
    if (extras !== "") out.raw(Buffer.from(extras));
  }
  out.u32(checksum(seq, out.written()));
}

/** Whether these bytes are the row of that entry, by its checksum alone. */
export const isIntactEntry = (seq: number, row: Uint8Array | null): boolean =>
  // Bent bytes may make anything of a column.
  row instanceof Uint8Array &&
  row.length > CRC_BYTES &&
  new ByteReader(row, row.length - CRC_BYTES).u32() === checksum(seq, row.subarray(0, -CRC_BYTES));

export const isIntactWord = (id: number, word: string, sum: number): boolean => sumOf(id, word) === sum;

/** Throws `damaged-entry` for a row whose checksum or content does not hold. */
export function readRow(words: Words, seq: number, row: Uint8Array): Entry {
  if (!isIntactEntry(seq, row)) {
    throw new JournalError("damaged-entry", `checksum of entry ${seq}`, seq);
  }
  const content = row.subarray(0, -CRC_BYTES);
  try {
    return parseRow(words, seq, new ByteReader(content));
  } catch (error) {
    throw new JournalError("damaged-entry", `entry ${seq}: ${error instanceof Error ? error.message : error}`, seq);
  }
}

function parseRow(words: Words, seq: number, row: ByteReader): Entry {
  const flags = row.u8();
  const segment = words.clockOf(row.varint());
  const wall = segment.wall + row.zigzag();
  const mono = wall - (segment.lead + row.zigzag());
  const stamp: Stamp = { wall, mono, boot: segment.boot, clock: segment.clock };
  const body = flags & FLAG_JSON ? bodyFromJson(row.rest()) : readReading(row, flags, wall, words);
  if (body === undefined) throw new RangeError("no body of a known kind");
  return { seq, stamp, body };
}
