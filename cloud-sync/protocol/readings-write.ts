/** Ordinary readings into the columns of batch.proto. */
import { create } from "@bufbuild/protobuf";
import { extrasToJson } from "./body-json.ts";
import { exponentOf, toScaled } from "./decimal.ts";
import type { Radio, Reading, Value } from "./entry.ts";
import { type Readings, ReadingsSchema } from "./generated/batch_pb.ts";
import { isSmall, writeNumbers } from "./numbers.ts";
import { SNR_EXPONENT } from "./ordinary.ts";

export const KIND_LARGE = 16;
export const KIND_EXACT = 32;
export const KIND_TRUTH = 33;
export const KIND_TEXT = 34;

/** A reading with its place in the batch and the wall clock of its stamp. */
export interface Placed {
  readonly position: number;
  readonly wall: number;
  readonly reading: Reading;
}

interface Shape {
  readonly columns: readonly { readonly name: string; readonly unit: string; readonly type: string }[];
  readonly series: Map<string, Placed[]>;
}

/** Gives each text its index in the batch's table. */
export function createStringTable(): { readonly strings: string[]; index(text: string): number } {
  const strings: string[] = [];
  const indices = new Map<string, number>();
  return {
    strings,
    index(text) {
      let index = indices.get(text);
      if (index === undefined) {
        index = strings.push(text) - 1;
        indices.set(text, index);
      }
      return index;
    },
  };
}

type StringTable = ReturnType<typeof createStringTable>;

const shapeKey = (reading: Reading): string => {
  let key = "";
  for (const { name, unit, value } of reading.measurements) key += `${name}\u0000${unit}\u0000${typeof value}\u0001`;
  return key;
};

const seriesKey = ({ device, asset, commune, codec }: Reading): string =>
  `${device}\u0000${asset ?? "\u0001"}\u0000${commune ?? "\u0001"}\u0000${codec ?? "\u0001"}`;

function group(placed: readonly Placed[]): Shape[] {
  const shapes = new Map<string, Shape>();
  for (const each of placed) {
    const key = shapeKey(each.reading);
    let shape = shapes.get(key);
    if (shape === undefined) {
      const columns = each.reading.measurements.map(({ name, unit, value }) => ({ name, unit, type: typeof value }));
      shape = { columns, series: new Map() };
      shapes.set(key, shape);
    }
    const series = seriesKey(each.reading);
    const members = shape.series.get(series);
    if (members === undefined) shape.series.set(series, [each]);
    else members.push(each);
  }
  return [...shapes.values()];
}

/** The smallest exponent that keeps every value exactly, or undefined. */
function commonExponent(values: readonly number[]): number | undefined {
  let exponent = 0;
  for (const value of values) {
    if (toScaled(value, exponent) !== undefined) continue;
    const needed = exponentOf(value);
    if (needed === undefined) return undefined;
    exponent = Math.max(exponent, needed);
  }
  return values.every((value) => toScaled(value, exponent) !== undefined) ? exponent : undefined;
}

/** Writes one column of numbers into its pool; gives its kind. */
function writeColumn(out: Readings, series: readonly (readonly number[])[]): number {
  const exponent = commonExponent(series.flat());
  if (exponent === undefined) {
    for (const values of series) for (const value of values) out.exact.push(value);
    return KIND_EXACT;
  }
  const differences: number[] = [];
  for (const values of series) {
    let previous = 0;
    for (const value of values) {
      const scaled = toScaled(value, exponent)!;
      differences.push(scaled - previous);
      previous = scaled;
    }
  }
  if (differences.every(isSmall)) {
    for (const difference of differences) out.small.push(difference);
    return exponent;
  }
  for (const difference of differences) out.large.push(BigInt(difference));
  return exponent + KIND_LARGE;
}

function writeShape(out: Readings, table: StringTable, shape: Shape): void {
  const series = [...shape.series.values()];
  out.shapeColumns.push(shape.columns.length);
  shape.columns.forEach(({ name, unit, type }, column) => {
    out.columnName.push(table.index(name));
    out.columnUnit.push(table.index(unit));
    const values: Value[][] = series.map((members) => members.map((each) => each.reading.measurements[column]!.value));
    if (type === "number") out.columnKind.push(writeColumn(out, values as number[][]));
    else if (type === "boolean") {
      out.columnKind.push(KIND_TRUTH);
      for (const value of values.flat()) out.truth.push(value === true);
    } else {
      out.columnKind.push(KIND_TEXT);
      for (const value of values.flat()) out.text.push(String(value));
    }
  });
}

function writeSeries(out: Readings, table: StringTable, shape: number, members: readonly Placed[]): void {
  const { device, asset, commune, codec } = members[0]!.reading;
  out.device.push(table.index(device));
  out.asset.push(asset === undefined ? 0 : table.index(asset) + 1);
  out.commune.push(commune === undefined ? 0 : table.index(commune) + 1);
  out.codec.push(codec === undefined ? 0 : table.index(codec) + 1);
  out.shape.push(shape);
  out.readings.push(members.length);
}

/** First differences within each series, the lists put one after the other. */
function seriesDifferences(series: readonly (readonly Placed[])[], of: (each: Placed) => number): number[] {
  const differences: number[] = [];
  for (const members of series) {
    let previous = 0;
    for (const each of members) {
      const value = of(each);
      differences.push(value - previous);
      previous = value;
    }
  }
  return differences;
}

function writeFrames(out: Readings, all: readonly Placed[]): void {
  out.frameLength = all.map((each) => each.reading.frame.length);
  out.frames = new Uint8Array(out.frameLength.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const { reading } of all) {
    out.frames.set(reading.frame, at);
    at += reading.frame.length;
  }
}

function writeRadio(out: Readings, table: StringTable, all: readonly Placed[]): void {
  const heard: Radio[] = [];
  for (const { reading } of all) {
    out.gateway.push(reading.radio === undefined ? 0 : table.index(reading.radio.gateway) + 1);
    if (reading.radio !== undefined) heard.push(reading.radio);
  }
  out.rssi = writeNumbers(heard.map(({ rssi }, index) => rssi - (heard[index - 1]?.rssi ?? 0)));
  out.snr = writeNumbers(heard.map(({ snr }) => toScaled(snr, SNR_EXPONENT)!));
  out.gateways = heard.map(({ gateways }) => gateways);
  out.dr = heard.map(({ dr }) => dr);
}

function writeExtras(out: Readings, all: readonly Placed[]): void {
  let previous = 0;
  all.forEach(({ reading }, index) => {
    const extra = extrasToJson(reading);
    if (extra === "") return;
    out.extraReading.push(index - previous);
    out.extra.push(extra);
    previous = index;
  });
}

/** `placed` are ordinary readings in the order of the batch. */
export function writeReadings(placed: readonly Placed[], table: StringTable): Readings {
  const out = create(ReadingsSchema);
  const series: Placed[][] = [];
  group(placed).forEach((shape, index) => {
    writeShape(out, table, shape);
    for (const members of shape.series.values()) {
      writeSeries(out, table, index, members);
      series.push(members);
    }
  });
  const all = series.flat();
  out.position = writeNumbers(seriesDifferences(series, ({ position }) => position));
  out.received = writeNumbers(all.map(({ wall, reading }) => wall - reading.receivedAt));
  out.delay = writeNumbers(all.map(({ reading }) => reading.receivedAt - reading.at));
  out.fCnt = writeNumbers(seriesDifferences(series, ({ reading }) => reading.fCnt));
  out.fPort = all.map(({ reading }) => reading.fPort);
  writeFrames(out, all);
  writeRadio(out, table, all);
  writeExtras(out, all);
  return out;
}
