/** The columns of batch.proto back into readings. Whatever contradicts itself is a `WireError`. */
import { extrasFromJson } from "./body-json.ts";
import { EXPONENT_MAX, fromScaled } from "./decimal.ts";
import type { Measurement, Radio, Reading, Value } from "./entry.ts";
import { WireError } from "./faults.ts";
import type { Readings } from "./generated/batch_pb.ts";
import { checkWhole, expectLength, readDifferences, readNumbers, wholeOf } from "./numbers.ts";
import { SNR_EXPONENT } from "./ordinary.ts";
import { KIND_EXACT, KIND_LARGE, KIND_TEXT, KIND_TRUTH } from "./readings-write.ts";

/** A reading and its place in the batch. */
export interface ReadPlaced {
  readonly position: number;
  readonly reading: Reading;
}

interface Series {
  readonly from: number;
  readonly to: number;
  readonly shape: number;
  readonly device: string;
  readonly placement: Pick<Reading, "asset" | "commune" | "codec">;
}

const inconsistent = (detail: string): WireError => new WireError("inconsistent", detail);

function textAt(strings: readonly string[], index: number | undefined): string {
  const text = index === undefined ? undefined : strings[index];
  if (text === undefined) throw inconsistent("an index beyond the strings");
  return text;
}

const optionalText = (strings: readonly string[], index1: number | undefined): string | undefined =>
  index1 === 0 ? undefined : textAt(strings, index1 === undefined ? undefined : index1 - 1);

/** The series table; their readings add up to `total`, which the caller has bounded. */
function readSeries(columns: Readings, strings: readonly string[], total: number): Series[] {
  const count = columns.device.length;
  for (const name of ["asset", "commune", "codec", "shape", "readings"] as const) {
    expectLength(columns[name].length, count, name);
  }
  let from = 0;
  let lastShape = 0;
  const all = columns.device.map((device, index): Series => {
    const size = columns.readings[index]!;
    const shape = columns.shape[index]!;
    if (size === 0) throw inconsistent("a series without readings");
    if (shape < lastShape) throw inconsistent("series not in the order of their shapes");
    lastShape = shape;
    const asset = optionalText(strings, columns.asset[index]);
    const commune = optionalText(strings, columns.commune[index]);
    const codec = optionalText(strings, columns.codec[index]);
    const placement = {
      ...(asset === undefined ? {} : { asset }),
      ...(commune === undefined ? {} : { commune }),
      ...(codec === undefined ? {} : { codec }),
    };
    const series = { from, to: from + size, shape, device: textAt(strings, device), placement };
    from += size;
    return series;
  });
  expectLength(from, total, "readings");
  return all;
}

interface Pool {
  take(): Value;
}

/** Deals the values out in the order in which they were written. */
function createPools(columns: Readings): { column(kind: number): Pool; end(): void; next(): void } {
  let small = 0;
  let large = 0;
  let exact = 0;
  let truth = 0;
  let text = 0;
  let running = 0;
  const within = <T>(value: T | undefined): T => {
    if (value === undefined) throw inconsistent("too few values");
    return value;
  };
  const scaled = (exponent: number, difference: () => number): Pool => ({
    take() {
      running = checkWhole(running + difference(), "value");
      return fromScaled(running, exponent);
    },
  });
  return {
    column(kind) {
      if (kind <= EXPONENT_MAX) return scaled(kind, () => within(columns.small[small++]));
      if (kind >= KIND_LARGE && kind <= KIND_LARGE + EXPONENT_MAX) {
        return scaled(kind - KIND_LARGE, () => wholeOf(within(columns.large[large++])));
      }
      if (kind === KIND_EXACT) return { take: () => within(columns.exact[exact++]) };
      if (kind === KIND_TRUTH) return { take: () => within(columns.truth[truth++]) };
      if (kind === KIND_TEXT) return { take: () => within(columns.text[text++]) };
      throw inconsistent(`column kind ${kind}`);
    },
    /** A new series begins: differences start from zero. */
    next() {
      running = 0;
    },
    end() {
      const taken = [small, large, exact, truth, text];
      const held = [columns.small, columns.large, columns.exact, columns.truth, columns.text];
      held.forEach((pool, index) => {
        expectLength(pool.length, taken[index]!, "values");
      });
    },
  };
}

/** The measurements of each reading, in the order of the message. Work and memory are bounded by the values that are there. */
function readValues(columns: Readings, strings: readonly string[], series: readonly Series[], total: number) {
  const count = columns.columnName.length;
  expectLength(columns.columnUnit.length, count, "column_unit");
  expectLength(columns.columnKind.length, count, "column_kind");
  const measurements: Measurement[][] = Array.from({ length: total }, () => []);
  const pools = createPools(columns);
  let column = 0;
  let first = 0;
  columns.shapeColumns.forEach((size, shape) => {
    let last = first;
    while (series[last]?.shape === shape) last++;
    if (last === first) throw inconsistent("a shape without readings");
    if (size > count - column) throw inconsistent("more columns than described");
    for (const end = column + size; column < end; column++) {
      const name = textAt(strings, columns.columnName[column]);
      const unit = textAt(strings, columns.columnUnit[column]);
      const pool = pools.column(columns.columnKind[column]!);
      for (let each = first; each < last; each++) {
        pools.next();
        const { from, to } = series[each]!;
        for (let index = from; index < to; index++) measurements[index]!.push({ name, value: pool.take(), unit });
      }
    }
    first = last;
  });
  expectLength(first, series.length, "shapes");
  expectLength(column, count, "columns");
  pools.end();
  return measurements;
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
    const gateway = optionalText(strings, index1);
    if (gateway === undefined) return undefined;
    at++;
    const gateways = columns.gateways[at]!;
    return { rssi: rssi[at]!, snr: fromScaled(snr[at]!, SNR_EXPONENT), gateway, gateways, dr: columns.dr[at]! };
  });
}

function readFrames(columns: Readings, total: number): Uint8Array[] {
  expectLength(columns.frameLength.length, total, "frame_length");
  let at = 0;
  const frames = columns.frameLength.map((length) => {
    const from = at;
    at += length;
    return columns.frames.slice(from, at);
  });
  expectLength(columns.frames.length, at, "frames");
  return frames;
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

const NO_EXTRAS = { notes: [], history: [] };

/** `walls` are those of the stamps, by position. */
export function readReadings(columns: Readings, strings: readonly string[], walls: readonly number[]): ReadPlaced[] {
  const total = columns.fPort.length;
  if (total > walls.length) throw inconsistent("more readings than entries");
  const series = readSeries(columns, strings, total);
  const measurements = readValues(columns, strings, series, total);
  const radios = readRadio(columns, strings, total);
  const frames = readFrames(columns, total);
  const extras = readExtras(columns);
  const positions = readNumbers(columns.position, total, "position");
  const received = readNumbers(columns.received, total, "received");
  const delay = readNumbers(columns.delay, total, "delay");
  const fCnts = readNumbers(columns.fCnt, total, "f_cnt");
  const placed: ReadPlaced[] = [];
  for (const { from, to, device, placement } of series) {
    let position = 0;
    let fCnt = 0;
    for (let index = from; index < to; index++) {
      position += positions[index]!;
      fCnt = checkWhole(fCnt + fCnts[index]!, "f_cnt");
      const wall = walls[position];
      if (wall === undefined) throw inconsistent("a reading beyond the batch");
      const receivedAt = checkWhole(wall - received[index]!, "received");
      const text = extras.get(index);
      const extra = text === undefined ? NO_EXTRAS : extrasFromJson(text);
      if (extra === undefined) throw inconsistent("an extra that is none");
      const radio = radios[index];
      const reading: Reading = {
        kind: "reading",
        device,
        ...placement,
        at: checkWhole(receivedAt - delay[index]!, "delay"),
        receivedAt,
        fCnt,
        fPort: columns.fPort[index]!,
        frame: frames[index]!,
        ...(radio === undefined ? {} : { radio }),
        measurements: measurements[index]!,
        ...extra,
      };
      placed.push({ position, reading });
    }
  }
  return placed;
}
