/** The columns of batch.proto back into readings. Whatever contradicts itself is a `WireError`. */
import { extrasFromJson } from "./body-json.ts";
import type { Measurement, Radio, Reading } from "./entry.ts";
import { WireError } from "./faults.ts";
import { readFrames } from "./frames.ts";
import type { Readings } from "./generated/batch_pb.ts";
import { checkWhole, expectLength, readDifferences, readNumbers } from "./numbers.ts";
import { SNR_STEPS } from "./ordinary.ts";
import { fromSteps } from "./steps.ts";
import { textAt, textAt1 } from "./strings.ts";
import { type Runs, readValues } from "./values-read.ts";

/** A reading and its place in the batch. */
export interface ReadPlaced {
  readonly position: number;
  readonly reading: Reading;
}

interface Series {
  readonly from: number;
  readonly to: number;
  readonly device: string;
  readonly placement: Pick<Reading, "asset" | "commune" | "codec">;
}

type History = { readonly at: number; readonly measurements: Measurement[] }[];

const inconsistent = (detail: string): WireError => new WireError("inconsistent", detail);

function placementAt(columns: Readings, strings: readonly string[], index: number): Series["placement"] {
  const asset = textAt1(strings, columns.asset[index]);
  const commune = textAt1(strings, columns.commune[index]);
  const codec = textAt1(strings, columns.codec[index]);
  return {
    ...(asset === undefined ? {} : { asset }),
    ...(commune === undefined ? {} : { commune }),
    ...(codec === undefined ? {} : { codec }),
  };
}

/** The series table; each puts its readings' measurements among those of its shape. */
function readSeries(columns: Readings, strings: readonly string[], all: Measurement[][], runsOf: Runs[]): Series[] {
  const count = columns.device.length;
  for (const name of ["asset", "commune", "codec", "shape", "readings"] as const) {
    expectLength(columns[name].length, count, name);
  }
  let from = 0;
  const series = columns.device.map((device, index): Series => {
    const size = columns.readings[index]!;
    if (size === 0 || size > all.length - from) throw inconsistent("a series that does not fit the readings");
    const to = from + size;
    const runs = runsOf[columns.shape[index]!];
    if (runs === undefined) throw inconsistent("an unknown shape");
    runs.push(all.slice(from, to));
    const each = { from, to, device: textAt(strings, device), placement: placementAt(columns, strings, index) };
    from = to;
    return each;
  });
  expectLength(from, all.length, "readings");
  return series;
}

/** By reading; the measurements are filled later. */
function readOlder(columns: Readings, receivedAts: readonly number[], runsOf: Runs[]): Map<number, History> {
  const count = columns.olderReading.length;
  expectLength(columns.olderShape.length, count, "older_shape");
  const ages = readNumbers(columns.olderAge, count, "older_age");
  const byReading = new Map<number, History>();
  let reading = 0;
  let age = 0;
  let begun = new Map<number, Measurement[][]>();
  columns.olderReading.forEach((difference, index) => {
    reading += difference;
    let history = byReading.get(reading);
    if (history === undefined) {
      history = [];
      byReading.set(reading, history);
      begun = new Map();
      age = 0;
    }
    age = checkWhole(age + ages[index]!, "older_age");
    const receivedAt = receivedAts[reading];
    const shape = columns.olderShape[index]!;
    if (receivedAt === undefined || runsOf[shape] === undefined) throw inconsistent("an older measurement of nothing");
    const measurements: Measurement[] = [];
    const run = begun.get(shape);
    if (run === undefined) {
      const started = [measurements];
      runsOf[shape].push(started);
      begun.set(shape, started);
    } else run.push(measurements);
    history.push({ at: checkWhole(receivedAt - age, "older_age"), measurements });
  });
  return byReading;
}

function readRadio(columns: Readings, strings: readonly string[], total: number): (Radio | undefined)[] {
  expectLength(columns.gateway.length, total, "gateway");
  const heard = columns.gateway.reduce((sum, index1) => sum + (index1 === 0 ? 0 : 1), 0);
  const rssi = readDifferences(columns.rssi, heard, "rssi");
  const snr = readNumbers(columns.snr, heard, "snr");
  expectLength(columns.gateways.length, heard, "gateways");
  expectLength(columns.dr.length, heard, "dr");
  let at = -1;
  return columns.gateway.map((index1) => {
    const gateway = textAt1(strings, index1);
    if (gateway === undefined) return undefined;
    at++;
    const gateways = columns.gateways[at]!;
    return { rssi: rssi[at]!, snr: fromSteps(snr[at]!, SNR_STEPS), gateway, gateways, dr: columns.dr[at]! };
  });
}

function readExtras(columns: Readings): Map<number, string> {
  expectLength(columns.extraReading.length, columns.extra.length, "extra");
  let at = 0;
  const extras = new Map<number, string>();
  columns.extra.forEach((text, index) => {
    at += columns.extraReading[index]!;
    extras.set(at, text);
  });
  return extras;
}

function withExtras(history: History, text: string | undefined): Pick<Reading, "notes" | "history" | "fault"> {
  if (text === undefined) return { notes: [], history };
  const extras = extrasFromJson(text);
  if (extras === undefined || (extras.history.length > 0 && history.length > 0)) {
    throw inconsistent("an extra that is none");
  }
  return history.length > 0 ? { ...extras, history } : extras;
}

/** Where each reading belongs and when it came. */
function readPlaces(columns: Readings, series: readonly Series[], walls: readonly number[], total: number) {
  const positionDifferences = readNumbers(columns.position, total, "position");
  const received = readNumbers(columns.received, total, "received");
  const fCntDifferences = readNumbers(columns.fCnt, total, "f_cnt");
  const positions: number[] = [];
  const receivedAts: number[] = [];
  const fCnts: number[] = [];
  for (const { from, to } of series) {
    let position = 0;
    let fCnt = 0;
    for (let index = from; index < to; index++) {
      position += positionDifferences[index]!;
      positions.push(position);
      fCnt = checkWhole(fCnt + fCntDifferences[index]!, "f_cnt");
      fCnts.push(fCnt);
      const wall = walls[position];
      if (wall === undefined) throw inconsistent("a reading beyond the batch");
      receivedAts.push(checkWhole(wall - received[index]!, "received"));
    }
  }
  return { positions, receivedAts, fCnts };
}

/** `walls` are those of the stamps, by position. */
export function readReadings(columns: Readings, strings: readonly string[], walls: readonly number[]): ReadPlaced[] {
  const total = columns.fPort.length;
  if (total > walls.length) throw inconsistent("more readings than entries");
  expectLength(columns.frameLength.length, total, "frame_length");
  const measurements: Measurement[][] = Array.from({ length: total }, () => []);
  const runsOf: Runs[] = columns.shapeColumns.map(() => []);
  const series = readSeries(columns, strings, measurements, runsOf);
  const { positions, receivedAts, fCnts } = readPlaces(columns, series, walls, total);
  const older = readOlder(columns, receivedAts, runsOf);
  readValues(columns, strings, runsOf);
  const radios = readRadio(columns, strings, total);
  const frames = readFrames(columns.frameLength, columns.frames);
  const extras = readExtras(columns);
  const delays = readNumbers(columns.delay, total, "delay");
  return series.flatMap(({ from, to, device, placement }) =>
    Array.from({ length: to - from }, (_, offset): ReadPlaced => {
      const index = from + offset;
      const radio = radios[index];
      const reading: Reading = {
        kind: "reading",
        device,
        ...placement,
        at: checkWhole(receivedAts[index]! - delays[index]!, "delay"),
        receivedAt: receivedAts[index]!,
        fCnt: fCnts[index]!,
        fPort: columns.fPort[index]!,
        frame: frames[index]!,
        ...(radio === undefined ? {} : { radio }),
        measurements: measurements[index]!,
        ...withExtras(older.get(index) ?? [], extras.get(index)),
      };
      return { position: positions[index]!, reading };
    }),
  );
}
