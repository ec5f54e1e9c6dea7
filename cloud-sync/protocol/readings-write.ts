/**
 * Ordinary readings into the columns of batch.proto. They are taken apart as they come, so that none of them has to be kept until
 * its batch is full: thousands of small objects that live for a moment cost a box more than all the rest of sending.
 */
import { leaveRoom, takeRoom } from "./batch-room.ts";
import { extrasToJson } from "./body-json.ts";
import type { Radio, Reading, Value } from "./entry.ts";
import { writeFrames } from "./frames.ts";
import { ReadingsSchema } from "./generated/batch_pb.ts";
import type { NumberColumn } from "./number-column.ts";
import { areNumbersOrdinary, areTextsOrdinary, isHistoryOrdinary, isValueOrdinary, SNR_STEPS } from "./ordinary.ts";
import type { PlainReading, Source } from "./plain-reading.ts";
import { toSteps } from "./steps.ts";
import type { StringTable } from "./strings.ts";
import { createShapes, isShapeOf, keeps, type Shape } from "./values-write.ts";
import { writeCounts, writeFilled, writeNumbers, writeTexts } from "./wire-write.ts";

/** Readings of one device at one asset, read by one codec, with one shape. */
interface Series extends Pick<Reading, "device" | "asset" | "commune" | "codec"> {
  readonly shape: Shape;
  /** In the order they came first. */
  readonly index: number;
  /** Its readings. */
  count: number;
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
  private readonly table: StringTable;
  private readonly shapes = createShapes();
  private readonly series: Series[] = [];
  private readonly byKey = new Map<string, Series>();
  private readonly byDevice = new Map<string, Series[]>();
  private readonly bySource = new Map<Source, Known>();
  private readonly room = takeRoom();
  private readonly columns = this.room.columns;
  // What few readings have, by reading.
  private readonly extras = new Map<number, string>();
  private readonly histories = new Map<number, Reading["history"]>();

  constructor(table: StringTable) {
    this.table = table;
  }

  /** @param wall of the reading's stamp. False, with nothing taken, for a reading that does not fit the columns. */
  add(position: number, wall: number, reading: Reading): boolean {
    const { frame, radio } = reading;
    if (!areNumbersOrdinary(reading) || radio?.gateway.isWellFormed() === false) return false;
    const series = this.seriesOf(reading);
    if (series === undefined) return false;
    this.addRare(this.columns.position.length, reading);
    this.room.lines.add(reading.measurements);
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
    this.room.lines.addValues(reading.values, reading.labels.length);
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
      if (isAt(series, reading) && isShapeOf(series.shape, reading.measurements))
        return reading.measurements.every(({ value }) => isValueOrdinary(value)) ? series : undefined;
    }
    return areTextsOrdinary(reading) ? this.keyedSeries(this.shapes.of(reading.measurements), reading) : undefined;
  }

  private plainSeries({ source, labels, values }: PlainReading): Series {
    const known = this.bySource.get(source);
    if (known !== undefined && known.labels === labels && keeps(known.series.shape, values)) return known.series;
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
    const series: Series = { device, ...placement, shape, index: this.series.length, count: 0 };
    this.series.push(series);
    this.byKey.set(key, series);
    const ofDevice = this.byDevice.get(device);
    if (ofDevice === undefined) this.byDevice.set(device, [series]);
    else ofDevice.push(series);
    return series;
  }

  private addCounters(series: Series, position: number, wall: number, of: Reading | PlainReading): void {
    const { columns } = this;
    const { at, receivedAt, fCnt, fPort } = of;
    series.count++;
    columns.owner.push(series.index);
    columns.position.push(position);
    columns.received.push(wall - receivedAt);
    columns.receivedAt.push(receivedAt);
    columns.delay.push(receivedAt - at);
    columns.fCnt.push(fCnt);
    columns.fPort.push(fPort);
  }

  private addFrame(bytes: Uint8Array, from: number, to: number): void {
    const { frames } = this.room;
    this.columns.frameStart.push(frames.length);
    this.columns.frameLength.push(to - from);
    frames.slice(bytes, from, to);
  }

  private addRadio({ gateway, rssi, snr, gateways, dr }: Radio): void {
    const { columns } = this;
    columns.gateway.push(this.table.index1(gateway));
    columns.rssi.push(rssi);
    columns.snr.push(toSteps(snr, SNR_STEPS)!);
    columns.gateways.push(gateways);
    columns.dr.push(dr);
  }

  private addSilence(): void {
    const { gateway, rssi, snr, gateways, dr } = this.columns;
    for (const column of [gateway, rssi, snr, gateways, dr]) column.push(0);
  }

  private addRare(index: number, reading: Reading): void {
    const { history } = reading;
    const inColumns = history.length > 0 && isHistoryOrdinary(reading);
    if (inColumns) this.histories.set(index, history);
    const extra = extrasToJson(reading, inColumns ? NO_HISTORY : history);
    if (extra !== "") this.extras.set(index, extra);
  }

  /** The message `Readings`, valid until the next batch is begun. Nothing can be added any more. Undefined when nothing was. */
  write(): Uint8Array | undefined {
    const { room, shapes, table } = this;
    leaveRoom(room);
    if (this.columns.position.length === 0) return undefined;
    const series = this.series.sort((a, b) => a.shape.index - b.shape.index);
    const order = this.inSeries(series);
    this.writeSeries(series);
    this.writeCounters(series, order);
    this.writeRadio(order);
    this.writeExtras(order);
    this.writeOlder(order);
    room.values.write(room.out, table, shapes.all, room.lines);
    return room.out.written();
  }

  /** The readings, series after series, and in each as they came: each series is a run of its shape's lines. */
  private inSeries(series: readonly Series[]): Uint32Array {
    const { values: owner, length } = this.columns.owner;
    const order = new Uint32Array(length);
    const next = new Uint32Array(series.length);
    let from = 0;
    for (const { index, count, shape } of series) {
      next[index] = from;
      shape.runs.push(order.subarray(from, from + count));
      from += count;
    }
    for (let reading = 0; reading < length; reading++) {
      const index = owner[reading]!;
      order[next[index]!] = reading;
      next[index]!++;
    }
    return order;
  }

  private writeSeries(series: readonly Series[]): void {
    const { room, table } = this;
    const { field } = ReadingsSchema;
    const write = (
      name: "device" | "asset" | "commune" | "codec" | "shape" | "readings",
      of: (each: Series) => number,
    ) => writeCounts(room.out, field[name], series.map(of));
    write("device", ({ device }) => table.index(device));
    write("asset", ({ asset }) => table.index1(asset));
    write("commune", ({ commune }) => table.index1(commune));
    write("codec", ({ codec }) => table.index1(codec));
    write("shape", ({ shape }) => shape.index);
    write("readings", ({ count }) => count);
  }

  private writeCounters(series: readonly Series[], order: Uint32Array): void {
    const { columns, room } = this;
    const { out } = room;
    const { field } = ReadingsSchema;
    const inOrder = (column: NumberColumn): Float64Array => room.inOrder(order, column);
    writeNumbers(out, field.position, subtractWithin(series, inOrder(columns.position)));
    writeNumbers(out, field.received, inOrder(columns.received));
    writeNumbers(out, field.delay, inOrder(columns.delay));
    writeNumbers(out, field.fCnt, subtractWithin(series, inOrder(columns.fCnt)));
    writeCounts(out, field.fPort, inOrder(columns.fPort));
    const starts = Uint32Array.from(inOrder(columns.frameStart));
    const lengths = inOrder(columns.frameLength);
    writeCounts(out, field.frameLength, lengths);
    writeFilled(out, field.frames, writeFrames(room.frames.written(), starts, lengths));
  }

  private writeRadio(order: Uint32Array): void {
    const { columns, room } = this;
    const { out } = room;
    const { field } = ReadingsSchema;
    const heard = order.filter((reading) => columns.gateway.values[reading] !== 0);
    writeCounts(out, field.gateway, room.inOrder(order, columns.gateway));
    writeNumbers(out, field.rssi, subtract(room.inOrder(heard, columns.rssi)));
    writeNumbers(out, field.snr, room.inOrder(heard, columns.snr));
    writeCounts(out, field.gateways, room.inOrder(heard, columns.gateways));
    writeCounts(out, field.dr, room.inOrder(heard, columns.dr));
  }

  private writeExtras(order: Uint32Array): void {
    if (this.extras.size === 0) return;
    const places: number[] = [];
    const texts: string[] = [];
    let previous = 0;
    order.forEach((reading, index) => {
      const extra = this.extras.get(reading);
      if (extra === undefined) return;
      places.push(index - previous);
      texts.push(extra);
      previous = index;
    });
    writeCounts(this.room.out, ReadingsSchema.field.extraReading, places);
    writeTexts(this.room.out, ReadingsSchema.field.extra, texts);
  }

  private writeOlder(order: Uint32Array): void {
    const { lines, out } = this.room;
    const [places, shapes, ages]: [number[], number[], number[]] = [[], [], []];
    let previous = 0;
    order.forEach((reading, index) => {
      const history = this.histories.get(reading);
      if (history === undefined) return;
      let previousAge = 0;
      const begun = new Map<Shape, number[]>();
      for (const { at, measurements } of history) {
        const shape = this.shapes.of(measurements);
        const line = lines.add(measurements);
        const run = begun.get(shape);
        if (run === undefined) {
          const started = [line];
          shape.runs.push(started);
          begun.set(shape, started);
        } else run.push(line);
        const age = this.columns.receivedAt.values[reading]! - at;
        places.push(index - previous);
        shapes.push(shape.index);
        ages.push(age - previousAge);
        previous = index;
        previousAge = age;
      }
    });
    writeCounts(out, ReadingsSchema.field.olderReading, places);
    writeCounts(out, ReadingsSchema.field.olderShape, shapes);
    writeNumbers(out, ReadingsSchema.field.olderAge, ages);
  }
}

/** Of texts only lone surrogates are odd, and parts have none. */
const areValuesOrdinary = (values: readonly Value[], count: number): boolean => {
  for (let at = 0; at < count; at++) if (Object.is(values[at], -0)) return false;
  return true;
};

/** First differences, in place. */
function subtract(values: Float64Array): Float64Array {
  for (let index = values.length - 1; index > 0; index--) values[index]! -= values[index - 1]!;
  return values;
}

/** First differences within each series, in place. */
function subtractWithin(series: readonly Series[], values: Float64Array): Float64Array {
  let from = 0;
  for (const { count } of series) {
    subtract(values.subarray(from, from + count));
    from += count;
  }
  return values;
}
