/** Ordinary readings into the columns of batch.proto. */
import { create } from "@bufbuild/protobuf";
import { extrasToJson } from "./body-json.ts";
import type { Radio, Reading } from "./entry.ts";
import { writeFrames } from "./frames.ts";
import { type Readings, ReadingsSchema } from "./generated/batch_pb.ts";
import { writeNumbers } from "./numbers.ts";
import { isHistoryOrdinary, SNR_STEPS } from "./ordinary.ts";
import { toSteps } from "./steps.ts";
import type { StringTable } from "./strings.ts";
import { createShapes, type Shape, writeValues } from "./values-write.ts";

/** A reading with its place in the batch and the wall clock of its stamp. */
export interface Placed {
  readonly position: number;
  readonly wall: number;
  readonly reading: Reading;
}

type Shapes = ReturnType<typeof createShapes>;

interface Series {
  readonly shape: Shape;
  readonly members: Placed[];
}

const seriesKey = (shape: Shape, { device, asset, commune, codec }: Reading): string =>
  `${shape.index}\u0000${device}\u0000${asset ?? "\u0001"}\u0000${commune ?? "\u0001"}\u0000${codec ?? "\u0001"}`;

/** In the order of their shapes. */
function group(placed: readonly Placed[], shapes: Shapes): Series[] {
  const byKey = new Map<string, Series>();
  for (const each of placed) {
    const shape = shapes.of(each.reading.measurements);
    const key = seriesKey(shape, each.reading);
    const series = byKey.get(key);
    if (series === undefined) byKey.set(key, { shape, members: [each] });
    else series.members.push(each);
  }
  const all = [...byKey.values()].sort((a, b) => a.shape.index - b.shape.index);
  for (const { shape, members } of all) shape.runs.push(members.map(({ reading }) => reading.measurements));
  return all;
}

function writeSeries(out: Readings, table: StringTable, { shape, members }: Series): void {
  const { device, asset, commune, codec } = members[0]!.reading;
  out.device.push(table.index(device));
  out.asset.push(table.index1(asset));
  out.commune.push(table.index1(commune));
  out.codec.push(table.index1(codec));
  out.shape.push(shape.index);
  out.readings.push(members.length);
}

/** First differences within each series, the lists put one after the other. */
function seriesDifferences(series: readonly Series[], of: (each: Placed) => number): number[] {
  const differences: number[] = [];
  for (const { members } of series) {
    let previous = 0;
    for (const each of members) {
      const value = of(each);
      differences.push(value - previous);
      previous = value;
    }
  }
  return differences;
}

function writeRadio(out: Readings, table: StringTable, all: readonly Reading[]): void {
  const heard: Radio[] = [];
  for (const { radio } of all) {
    out.gateway.push(table.index1(radio?.gateway));
    if (radio !== undefined) heard.push(radio);
  }
  out.rssi = writeNumbers(heard.map(({ rssi }, index) => rssi - (heard[index - 1]?.rssi ?? 0)));
  out.snr = writeNumbers(heard.map(({ snr }) => toSteps(snr, SNR_STEPS)!));
  out.gateways = heard.map(({ gateways }) => gateways);
  out.dr = heard.map(({ dr }) => dr);
}

function writeExtras(out: Readings, all: readonly Reading[]): void {
  let previous = 0;
  all.forEach((reading, index) => {
    const extra = extrasToJson(isHistoryOrdinary(reading) ? { ...reading, history: [] } : reading);
    if (extra === "") return;
    out.extraReading.push(index - previous);
    out.extra.push(extra);
    previous = index;
  });
}

function writeOlder(out: Readings, shapes: Shapes, all: readonly Reading[]): void {
  const ages: number[] = [];
  let previous = 0;
  all.forEach((reading, index) => {
    if (reading.history.length === 0 || !isHistoryOrdinary(reading)) return;
    let previousAge = 0;
    const begun = new Set<Shape>();
    for (const { at, measurements } of reading.history) {
      const shape = shapes.of(measurements);
      if (begun.has(shape)) shape.runs.at(-1)!.push(measurements);
      else shape.runs.push([measurements]);
      begun.add(shape);
      const age = reading.receivedAt - at;
      out.olderReading.push(index - previous);
      out.olderShape.push(shape.index);
      ages.push(age - previousAge);
      previous = index;
      previousAge = age;
    }
  });
  out.olderAge = writeNumbers(ages);
}

/** `placed` are ordinary readings in the order of the batch. */
export function writeReadings(placed: readonly Placed[], table: StringTable): Readings {
  const out = create(ReadingsSchema);
  const shapes = createShapes();
  const series = group(placed, shapes);
  for (const each of series) writeSeries(out, table, each);
  const all = series.flatMap(({ members }) => members);
  const readings = all.map(({ reading }) => reading);
  const frames = writeFrames(readings.map(({ frame }) => frame));
  out.position = writeNumbers(seriesDifferences(series, ({ position }) => position));
  out.received = writeNumbers(all.map(({ wall, reading }) => wall - reading.receivedAt));
  out.delay = writeNumbers(readings.map(({ receivedAt, at }) => receivedAt - at));
  out.fCnt = writeNumbers(seriesDifferences(series, ({ reading }) => reading.fCnt));
  out.fPort = readings.map(({ fPort }) => fPort);
  out.frameLength = frames.lengths;
  out.frames = frames.bytes;
  writeRadio(out, table, readings);
  writeExtras(out, readings);
  writeOlder(out, shapes, readings);
  writeValues(out, table, shapes.all);
  return out;
}
