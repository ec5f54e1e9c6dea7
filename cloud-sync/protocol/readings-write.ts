/**
 * Ordinary readings into the columns of batch.proto. They are taken apart as they come, so that none of them has to be kept until
 * its batch is full: thousands of small objects that live for a moment cost a box more than all the rest of sending.
 */
import { create } from "@bufbuild/protobuf";
import { extrasToJson } from "./body-json.ts";
import { ByteWriter } from "./bytes.ts";
import type { Radio, Reading, Value } from "./entry.ts";
import { writeFrames } from "./frames.ts";
import { type Readings, ReadingsSchema } from "./generated/batch_pb.ts";
import { writeNumbers } from "./numbers.ts";
import { areNumbersOrdinary, areTextsOrdinary, isHistoryOrdinary, isValueOrdinary, SNR_STEPS } from "./ordinary.ts";
import type { PlainReading, Source } from "./plain-reading.ts";
import { toSteps } from "./steps.ts";
import type { StringTable } from "./strings.ts";
import { createShapes, type Shape, writeValues } from "./values-write.ts";

/** Readings of one device at one asset, read by one codec, with one shape. */
interface Series extends Pick<Reading, "device" | "asset" | "commune" | "codec"> {
  readonly shape: Shape;
  /** Readings, in the order they came in the batch. */
  readonly members: number[];
  /** Their lines of the shape. */
  readonly lines: number[];
}

type Place = Pick<Reading, "device" | "asset" | "commune" | "codec">;

/** Where the readings of a source go that name the same columns as the last. */
interface Known {
  readonly labels: PlainReading["labels"];
  readonly series: Series;
}

/** Of one device so many are looked through; a foreign codec may invent shapes without end. */
const LOOKED_THROUGH = 8;
const NO_HISTORY: Reading["history"] = [];
const NO_SERIES: readonly Series[] = [];

const seriesKey = (shape: Shape, { device, asset, commune, codec }: Place): string =>
  `${shape.index}\u0000${device}\u0000${asset ?? "\u0001"}\u0000${commune ?? "\u0001"}\u0000${codec ?? "\u0001"}`;

const isAt = (series: Series, { asset, commune, codec }: Place): boolean =>
  series.asset === asset && series.commune === commune && series.codec === codec;

export class ReadingColumns {
  private readonly shapes = createShapes();
  private readonly series: Series[] = [];
  private readonly byKey = new Map<string, Series>();
  private readonly byDevice = new Map<string, Series[]>();
  private readonly bySource = new Map<Source, Known>();
  // One of each for every reading, in the order they came.
  private readonly positions: number[] = [];
  private readonly received: number[] = [];
  private readonly receivedAts: number[] = [];
  private readonly delays: number[] = [];
  private readonly fCnts: number[] = [];
  private readonly fPorts: number[] = [];
  private readonly frameStarts: number[] = [];
  private readonly frameLengths: number[] = [];
  private readonly gateways: (string | undefined)[] = [];
  /** Of readings without radio zeros. */
  private readonly radio = { rssi: [] as number[], snr: [] as number[], gateways: [] as number[], dr: [] as number[] };
  private readonly frames = new ByteWriter(4096);
  // What few readings have, by reading.
  private readonly extras = new Map<number, string>();
  private readonly histories = new Map<number, Reading["history"]>();

  /** @param wall of the reading's stamp. False, with nothing taken, for a reading that does not fit the columns. */
  add(position: number, wall: number, reading: Reading): boolean {
    const { frame, radio } = reading;
    if (!areNumbersOrdinary(reading) || radio?.gateway.isWellFormed() === false) return false;
    const series = this.seriesOf(reading);
    if (series === undefined) return false;
    this.addRare(this.positions.length, reading);
    series.lines.push(series.shape.add(reading.measurements));
    this.addCounters(series, position, wall, reading);
    this.addFrame(frame, 0, frame.length);
    if (radio === undefined) this.addSilence();
    else this.addRadio(radio);
    return true;
  }

  /** The same for a reading in parts. Whoever filled them has looked at all but the values: a row keeps even a negative zero. */
  addPlain(position: number, reading: PlainReading): boolean {
    if (!areValuesOrdinary(reading.values, reading.labels.length)) return false;
    const series = this.plainSeries(reading);
    series.lines.push(series.shape.addValues(reading.values));
    this.addCounters(series, position, reading.wall, reading);
    this.addFrame(reading.frames, reading.frameFrom, reading.frameTo);
    if (reading.isHeard) this.addRadio(reading);
    else this.addSilence();
    return true;
  }

  /** Undefined when a text of it does not fit. */
  private seriesOf(reading: Reading): Series | undefined {
    const ofDevice = this.byDevice.get(reading.device) ?? NO_SERIES;
    for (let each = 0; each < ofDevice.length && each < LOOKED_THROUGH; each++) {
      const series = ofDevice[each]!;
      // The texts of a known series were looked at when it came first.
      if (isAt(series, reading) && series.shape.isOf(reading.measurements))
        return reading.measurements.every(({ value }) => isValueOrdinary(value)) ? series : undefined;
    }
    return areTextsOrdinary(reading) ? this.keyedSeries(this.shapes.of(reading.measurements), reading) : undefined;
  }

  private plainSeries({ source, labels, values }: PlainReading): Series {
    const known = this.bySource.get(source);
    if (known !== undefined && known.labels === labels && known.series.shape.keeps(values)) return known.series;
    const series = this.shapedSeries(this.shapes.ofParts(labels, values), source);
    this.bySource.set(source, { labels, series });
    return series;
  }

  private shapedSeries(shape: Shape, place: Place): Series {
    const ofDevice = this.byDevice.get(place.device) ?? NO_SERIES;
    for (let each = 0; each < ofDevice.length && each < LOOKED_THROUGH; each++) {
      const series = ofDevice[each]!;
      if (series.shape === shape && isAt(series, place)) return series;
    }
    return this.keyedSeries(shape, place);
  }

  private keyedSeries(shape: Shape, place: Place): Series {
    const key = seriesKey(shape, place);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const { device, asset, commune, codec } = place;
    const placement = {
      ...(asset === undefined ? {} : { asset }),
      ...(commune === undefined ? {} : { commune }),
      ...(codec === undefined ? {} : { codec }),
    };
    const series: Series = { device, ...placement, shape, members: [], lines: [] };
    this.series.push(series);
    this.byKey.set(key, series);
    const ofDevice = this.byDevice.get(device);
    if (ofDevice === undefined) this.byDevice.set(device, [series]);
    else ofDevice.push(series);
    return series;
  }

  private addCounters(series: Series, position: number, wall: number, of: Reading | PlainReading): void {
    const { at, receivedAt, fCnt, fPort } = of;
    series.members.push(this.positions.length);
    this.positions.push(position);
    this.received.push(wall - receivedAt);
    this.receivedAts.push(receivedAt);
    this.delays.push(receivedAt - at);
    this.fCnts.push(fCnt);
    this.fPorts.push(fPort);
  }

  private addFrame(bytes: Uint8Array, from: number, to: number): void {
    this.frameStarts.push(this.frames.length);
    this.frameLengths.push(to - from);
    this.frames.slice(bytes, from, to);
  }

  private addRadio({ gateway, rssi, snr, gateways, dr }: Radio): void {
    this.gateways.push(gateway);
    this.radio.rssi.push(rssi);
    this.radio.snr.push(toSteps(snr, SNR_STEPS)!);
    this.radio.gateways.push(gateways);
    this.radio.dr.push(dr);
  }

  private addSilence(): void {
    this.gateways.push(undefined);
    for (const column of Object.values(this.radio)) column.push(0);
  }

  private addRare(index: number, reading: Reading): void {
    const { history } = reading;
    const inColumns = history.length > 0 && isHistoryOrdinary(reading);
    if (inColumns) this.histories.set(index, history);
    const extra = extrasToJson(reading, inColumns ? NO_HISTORY : history);
    if (extra !== "") this.extras.set(index, extra);
  }

  /** Nothing can be added any more. Undefined when nothing was. */
  write(table: StringTable): Readings | undefined {
    if (this.positions.length === 0) return undefined;
    const out = create(ReadingsSchema);
    const series = this.series.sort((a, b) => a.shape.index - b.shape.index);
    for (const each of series) writeSeries(out, table, each);
    const order = series.flatMap(({ members }) => members);
    const inOrder = (column: readonly number[]): number[] => order.map((index) => column[index]!);
    out.position = writeNumbers(seriesDifferences(series, this.positions));
    out.received = writeNumbers(inOrder(this.received));
    out.delay = writeNumbers(inOrder(this.delays));
    out.fCnt = writeNumbers(seriesDifferences(series, this.fCnts));
    out.fPort = inOrder(this.fPorts);
    out.frameLength = inOrder(this.frameLengths);
    out.frames = writeFrames(this.frames.written(), inOrder(this.frameStarts), out.frameLength);
    this.writeRadio(out, table, order);
    this.writeExtras(out, order);
    this.writeOlder(out, order);
    writeValues(out, table, this.shapes.all);
    return out;
  }

  private writeRadio(out: Readings, table: StringTable, order: readonly number[]): void {
    const { rssi, snr, gateways, dr } = this.radio;
    const heard = order.filter((index) => this.gateways[index] !== undefined);
    for (const index of order) out.gateway.push(table.index1(this.gateways[index]));
    out.rssi = writeNumbers(heard.map((index, at) => rssi[index]! - (at === 0 ? 0 : rssi[heard[at - 1]!]!)));
    out.snr = writeNumbers(heard.map((index) => snr[index]!));
    out.gateways = heard.map((index) => gateways[index]!);
    out.dr = heard.map((index) => dr[index]!);
  }

  private writeExtras(out: Readings, order: readonly number[]): void {
    let previous = 0;
    order.forEach((reading, index) => {
      const extra = this.extras.get(reading);
      if (extra === undefined) return;
      out.extraReading.push(index - previous);
      out.extra.push(extra);
      previous = index;
    });
  }

  private writeOlder(out: Readings, order: readonly number[]): void {
    const ages: number[] = [];
    let previous = 0;
    order.forEach((reading, index) => {
      const history = this.histories.get(reading);
      if (history === undefined) return;
      let previousAge = 0;
      const begun = new Map<Shape, number[]>();
      for (const { at, measurements } of history) {
        const shape = this.shapes.of(measurements);
        const line = shape.add(measurements);
        const run = begun.get(shape);
        if (run === undefined) {
          const started = [line];
          shape.runs.push(started);
          begun.set(shape, started);
        } else run.push(line);
        const age = this.receivedAts[reading]! - at;
        out.olderReading.push(index - previous);
        out.olderShape.push(shape.index);
        ages.push(age - previousAge);
        previous = index;
        previousAge = age;
      }
    });
    out.olderAge = writeNumbers(ages);
  }
}

/** Of texts only lone surrogates are odd, and parts have none. */
const areValuesOrdinary = (values: readonly Value[], count: number): boolean => {
  for (let at = 0; at < count; at++) if (Object.is(values[at], -0)) return false;
  return true;
};

function writeSeries(out: Readings, table: StringTable, series: Series): void {
  const { device, asset, commune, codec, shape, members, lines } = series;
  out.device.push(table.index(device));
  out.asset.push(table.index1(asset));
  out.commune.push(table.index1(commune));
  out.codec.push(table.index1(codec));
  out.shape.push(shape.index);
  out.readings.push(members.length);
  shape.runs.push(lines);
}

/** First differences within each series, the lists put one after the other. */
function seriesDifferences(series: readonly Series[], column: readonly number[]): number[] {
  const differences: number[] = [];
  for (const { members } of series) {
    let previous = 0;
    for (const index of members) {
      differences.push(column[index]! - previous);
      previous = column[index]!;
    }
  }
  return differences;
}
