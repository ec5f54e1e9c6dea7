/** Readings as the rows of the large tables are made of them: one after another, and their values line by line. */
import type { Measurement, Reading, Value } from "../../cloud-sync/protocol/entry.ts";
import type { PlainReading } from "../../cloud-sync/protocol/plain-reading.ts";
import type { Placed } from "./sorting.ts";

/** Where rows of one batch belong. */
export interface Place {
  readonly box: number;
  readonly epoch: number;
  /** ms since 1970. */
  readonly arrivedAt: number;
}

/** Values of one quantity that one device measured at one asset: `count` of them, from `from` on in the lists. */
export interface ValueRun {
  readonly device: string;
  /** Undefined for a device without a place. */
  readonly asset: string | undefined;
  /** With its instance, `lamp.power@9`. */
  readonly name: string;
  readonly unit: string;
  readonly count: number;
  readonly values: ArrayLike<Value>;
  readonly valuesFrom: number;
  /** When each was measured, ms since 1970. */
  readonly ats: ArrayLike<number>;
  readonly atsFrom: number;
  /** Of two that were measured in the same moment the higher stands; where `ats` begins. */
  readonly ranks: ArrayLike<number>;
  /** The latest of its times. */
  readonly newestAt: number;
}

export interface Readings {
  readonly count: number;
  /** In order of seq. A reading in parts is that of the next one as soon as that is asked for. */
  at(index: number): PlainReading | Placed<Reading>;
  readonly runs: readonly ValueRun[];
  /** Assets, and when the last of their readings was received, ms since 1970. An asset may stand several times. */
  readonly heard: readonly { readonly asset: string; readonly at: number }[];
}

/** Readings of one batch, and where they belong. */
export interface Lot {
  readonly place: Place;
  readonly readings: Readings;
}

/** Calls `each` for every value of the readings: by reading, older ones first. */
export const forEachValue = (
  readings: readonly Placed<Reading>[],
  each: (reading: Reading, at: number, measurement: Measurement) => void,
): void => {
  for (const { body } of readings) {
    for (const past of body.history) for (const measurement of past.measurements) each(body, past.at, measurement);
    for (const measurement of body.measurements) each(body, body.at, measurement);
  }
};

/** Each value is a run of its own, in the order of `forEachValue`. */
export const placedReadings = (readings: readonly Placed<Reading>[]): Readings => {
  const [values, ats, ranks]: [Value[], number[], number[]] = [[], [], []];
  const runs: ValueRun[] = [];
  forEachValue(readings, ({ device, asset }, at, { name, value, unit }) => {
    const from = runs.length;
    values.push(value);
    ats.push(at);
    ranks.push(from);
    const where = { values, valuesFrom: from, ats, atsFrom: from, ranks, newestAt: at };
    runs.push({ device, asset, name, unit, count: 1, ...where });
  });
  const heard = readings.flatMap(({ body: { asset, receivedAt } }) =>
    asset === undefined ? [] : [{ asset, at: receivedAt }],
  );
  return { count: readings.length, at: (index) => readings[index]!, runs, heard };
};
