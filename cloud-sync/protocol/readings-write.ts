/**
 * Ordinary readings into the columns of batch.proto. They are taken apart as they come, so that none of them has to be kept until
 * its batch is full: thousands of small objects that live for a moment cost a box more than all the rest of sending.
 */
import { create } from "@bufbuild/protobuf";
import { extrasToJson } from "./body-json.ts";
import { ByteWriter } from "./bytes.ts";
import type { Radio, Reading } from "./entry.ts";
import { writeFrames } from "./frames.ts";
import { type Readings, ReadingsSchema } from "./generated/batch_pb.ts";
import { writeNumbers } from "./numbers.ts";
import { areNumbersOrdinary, areTextsOrdinary, isHistoryOrdinary, isValueOrdinary, SNR_STEPS } from "./ordinary.ts";
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

/** Of one device so many are looked through; a foreign codec may invent shapes without end. */
const LOOKED_THROUGH = 8;
const NO_HISTORY: Reading["history"] = [];

const seriesKey = (shape: Shape, { device, asset, commune, codec }: Reading): string =>
  `${shape.index}\u0000${device}\u0000${asset ?? "\u0001"}\u0000${commune ?? "\u0001"}\u0000${codec ?? "\u0001"}`;

const isOf = (series: Series, { asset, commune, codec, measurements }: Reading): boolean =>
  series.asset === asset && series.commune === commune && series.codec === codec && series.shape.isOf(measurements);

export class ReadingColumns {
  private readonly shapes = createShapes();
  private readonly series: Series[] = [];
  private readonly byKey = new Map<string, Series>();
  private readonly byDevice = new Map<string, Series[]>();
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
    const { receivedAt, fCnt, fPort, frame, radio } = reading;
    if (!areNumbersOrdinary(reading) || radio?.gateway.isWellFormed() === false) return false;
    const series = this.seriesOf(reading);
    if (series === undefined) return false;
    series.members.push(this.positions.length);
    series.lines.push(series.shape.add(reading.measurements));
    this.addRare(this.positions.length, reading);
    this.positions.push(position);
    this.received.push(wall - receivedAt);
    this.receivedAts.push(receivedAt);
    this.delays.push(receivedAt - reading.at);
    this.fCnts.push(fCnt);
    this.fPorts.push(fPort);
    this.frameStarts.push(this.frames.length);
    this.frameLengths.push(frame.length);
    this.frames.raw(frame);
    this.addRadio(radio);
    return true;
  }

  /** Undefined when a text of it does not fit. */
  private seriesOf(reading: Reading): Series | undefined {
    const ofDevice = this.byDevice.get(reading.device);
    if (ofDevice === undefined) return areTextsOrdinary(reading) ? this.keyedSeries(reading) : undefined;
    for (let each = 0; each < ofDevice.length && each < LOOKED_THROUGH; each++) {
      const series = ofDevice[each]!;
      // The texts of a known series were looked at when it came first.
      if (isOf(series, reading)) return areValuesOrdinary(reading) ? series : undefined;
    }
    return areTextsOrdinary(reading) ? this.keyedSeries(reading) : undefined;
  }

  private keyedSeries(reading: Reading): Series {
    const shape = this.shapes.of(reading.measurements);
    const key = seriesKey(shape, reading);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const { device, asset, commune, codec } = reading;
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

  private addRadio(radio: Radio | undefined): void {
    this.gateways.push(radio?.gateway);
    this.radio.rssi.push(radio?.rssi ?? 0);
    this.radio.snr.push(radio === undefined ? 0 : toSteps(radio.snr, SNR_STEPS)!);
    this.radio.gateways.push(radio?.gateways ?? 0);
    this.radio.dr.push(radio?.dr ?? 0);
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

const areValuesOrdinary = ({ measurements }: Reading): boolean => {
  for (const { value } of measurements) if (!isValueOrdinary(value)) return false;
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
