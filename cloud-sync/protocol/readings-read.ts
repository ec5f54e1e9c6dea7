/** The columns of batch.proto back into a table of readings. Whatever contradicts itself is a `WireError`. */
import { type Extras, extrasFromJson } from "./body-json.ts";
import type { Reading } from "./entry.ts";
import { WireError } from "./faults.ts";
import { readFrames } from "./frames.ts";
import type { Readings } from "./generated/batch_pb.ts";
import { checkWhole, expectLength, readDifferences, readNumbers } from "./numbers.ts";
import { SNR_STEPS } from "./ordinary.ts";
import { type Source, sourceOf } from "./plain-reading.ts";
import { lineOf, type RadioColumns, ReadingTable, type TableShape } from "./reading-table.ts";
import { fromSteps } from "./steps.ts";
import { textAt, textAt1 } from "./strings.ts";
import { readValues } from "./values-read.ts";
import type { Columns } from "./wire-read.ts";

/** A series whose values are not read yet. */
interface Span {
  readonly source: Source;
  readonly shape: number;
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

/** Older values of a reading, not read yet. */
interface OlderLine {
  readonly at: number;
  readonly shape: number;
  readonly line: number;
}

const inconsistent = (detail: string): WireError => new WireError("inconsistent", detail);

/** How many lines each shape has, run by run. */
class ShapeLines {
  readonly runs: readonly number[][];
  private readonly lines: number[];

  constructor(shapes: number) {
    this.runs = Array.from({ length: shapes }, () => []);
    this.lines = this.runs.map(() => 0);
  }

  /** A run of so many lines begins; the first of them. */
  begin(shape: number, lines: number): number {
    const runs = this.runs[shape];
    if (runs === undefined) throw inconsistent("an unknown shape");
    runs.push(lines);
    const first = this.lines[shape]!;
    this.lines[shape] = first + lines;
    return first;
  }

  /** The run that was begun last gets one more. */
  next(shape: number): number {
    const runs = this.runs[shape]!;
    runs[runs.length - 1]!++;
    return this.lines[shape]!++;
  }
}

function sourceAt(columns: Columns<Readings>, strings: readonly string[], index: number): Source {
  const { device, asset, commune, codec } = columns;
  return sourceOf(
    textAt(strings, device[index]),
    textAt1(strings, asset[index]),
    textAt1(strings, commune[index]),
    textAt1(strings, codec[index]),
  );
}

/** The series table; the values of each are a run of its shape. */
function readSeries(columns: Columns<Readings>, strings: readonly string[], total: number, lines: ShapeLines): Span[] {
  const count = columns.device.length;
  for (const name of ["asset", "commune", "codec", "shape", "readings"] as const) {
    expectLength(columns[name].length, count, name);
  }
  let from = 0;
  const spans = Array.from(columns.readings, (size, index): Span => {
    if (size === 0 || size > total - from) throw inconsistent("a series that does not fit the readings");
    const shape = columns.shape[index]!;
    const line = lines.begin(shape, size);
    const span = { source: sourceAt(columns, strings, index), shape, from, to: from + size, line };
    from = span.to;
    return span;
  });
  expectLength(from, total, "readings");
  return spans;
}

/** By reading: what it tells of older times. Of one reading those of a shape are a run. */
function readOlder(
  columns: Columns<Readings>,
  receivedAts: ArrayLike<number>,
  lines: ShapeLines,
): Map<number, OlderLine[]> {
  const count = columns.olderReading.length;
  expectLength(columns.olderShape.length, count, "older_shape");
  const ages = readNumbers(columns.olderAge, count, "older_age");
  const byReading = new Map<number, OlderLine[]>();
  let reading = 0;
  let age = 0;
  const begun = new Set<number>();
  columns.olderReading.forEach((difference, index) => {
    reading += difference;
    let older = byReading.get(reading);
    if (older === undefined) {
      older = [];
      byReading.set(reading, older);
      begun.clear();
      age = 0;
    }
    age = checkWhole(age + ages[index]!, "older_age");
    const receivedAt = receivedAts[reading];
    if (receivedAt === undefined) throw inconsistent("an older measurement of nothing");
    const shape = columns.olderShape[index]!;
    const line = begun.has(shape) ? lines.next(shape) : lines.begin(shape, 1);
    begun.add(shape);
    older.push({ at: checkWhole(receivedAt - age, "older_age"), shape, line });
  });
  return byReading;
}

function readRadio(columns: Columns<Readings>, strings: readonly string[], total: number): RadioColumns {
  expectLength(columns.gateway.length, total, "gateway");
  const heard = columns.gateway.reduce((sum, index1) => sum + (index1 === 0 ? 0 : 1), 0);
  const rssi = readDifferences(columns.rssi, heard, "rssi");
  const snr = readNumbers(columns.snr, heard, "snr");
  expectLength(columns.gateways.length, heard, "gateways");
  expectLength(columns.dr.length, heard, "dr");
  const radio = {
    gateway: Array.from(columns.gateway, (index1) => textAt1(strings, index1)),
    rssi: new Float64Array(total),
    snr: new Float64Array(total),
    gateways: new Float64Array(total),
    dr: new Float64Array(total),
  };
  let at = 0;
  columns.gateway.forEach((index1, index) => {
    if (index1 === 0) return;
    radio.rssi[index] = rssi[at]!;
    radio.snr[index] = fromSteps(snr[at]!, SNR_STEPS);
    radio.gateways[index] = columns.gateways[at]!;
    radio.dr[index] = columns.dr[at]!;
    at++;
  });
  return radio;
}

function readTexts(columns: Columns<Readings>): ReadonlyMap<number, string> {
  expectLength(columns.extraReading.length, columns.extra.length, "extra");
  let at = 0;
  const texts = new Map<number, string>();
  columns.extra.forEach((text, index) => {
    at += columns.extraReading[index]!;
    texts.set(at, text);
  });
  return texts;
}

function readExtras(
  texts: ReadonlyMap<number, string>,
  older: ReadonlyMap<number, readonly OlderLine[]>,
  shapes: readonly TableShape[],
  total: number,
): ReadonlyMap<number, Extras> {
  const all = new Map<number, Extras>();
  for (const [index, lines] of older) {
    const history = lines.map(({ at, shape, line }) => ({ at, measurements: lineOf(shapes[shape]!, line) }));
    all.set(index, { notes: [], history });
  }
  for (const [index, text] of texts) {
    if (index >= total) throw inconsistent("an extra of nothing");
    const extras = extrasFromJson(text);
    const history: Reading["history"] = all.get(index)?.history ?? [];
    if (extras === undefined || (extras.history.length > 0 && history.length > 0)) {
      throw inconsistent("an extra that is none");
    }
    all.set(index, history.length > 0 ? { ...extras, history } : extras);
  }
  return all;
}

/** Where each reading belongs and when it came. */
function readPlaces(columns: Columns<Readings>, spans: readonly Span[], walls: ArrayLike<number>, total: number) {
  const positionDifferences = readNumbers(columns.position, total, "position");
  const received = readNumbers(columns.received, total, "received");
  /** Differences still. */
  const fCnt = readNumbers(columns.fCnt, total, "f_cnt");
  const delays = readNumbers(columns.delay, total, "delay");
  const [position, receivedAt, at] = [new Float64Array(total), new Float64Array(total), new Float64Array(total)];
  for (const { from, to } of spans) {
    let [place, count] = [0, 0];
    for (let index = from; index < to; index++) {
      place += positionDifferences[index]!;
      position[index] = place;
      count = checkWhole(count + fCnt[index]!, "f_cnt");
      fCnt[index] = count;
      const wall = walls[place];
      if (wall === undefined) throw inconsistent("a reading beyond the batch");
      receivedAt[index] = checkWhole(wall - received[index]!, "received");
      at[index] = checkWhole(receivedAt[index]! - delays[index]!, "delay");
    }
  }
  return { position, receivedAt, at, fCnt };
}

/** `walls` are those of the stamps, by position. */
export function readReadings(
  columns: Columns<Readings>,
  strings: readonly string[],
  walls: ArrayLike<number>,
): ReadingTable {
  const total = columns.fPort.length;
  if (total > walls.length) throw inconsistent("more readings than entries");
  expectLength(columns.frameLength.length, total, "frame_length");
  const lines = new ShapeLines(columns.shapeColumns.length);
  const spans = readSeries(columns, strings, total, lines);
  const places = readPlaces(columns, spans, walls, total);
  const older = readOlder(columns, places.receivedAt, lines);
  const shapes = readValues(columns, strings, lines.runs);
  const frames = readFrames(columns.frameLength, columns.frames);
  return new ReadingTable({
    ...places,
    series: spans.map((span) => ({ ...span, shape: shapes[span.shape]! })),
    fPort: columns.fPort,
    frames: frames.bytes,
    frameStart: frames.starts,
    radio: readRadio(columns, strings, total),
    extras: readExtras(readTexts(columns), older, shapes, total),
  });
}
