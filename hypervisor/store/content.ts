/** Names of series, and what of a reading is kept whole. */
import type { Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";

export interface SeriesKey {
  readonly asset: string;
  readonly device: string;
  readonly name: string;
  readonly instance: string;
  readonly unit: string;
}

/** `lamp.power@9` → name and instance, as the series table splits them. */
export const splitInstance = (measurement: string): { name: string; instance: string } => {
  const at = measurement.indexOf("@");
  return at < 0
    ? { name: measurement, instance: "" }
    : { name: measurement.slice(0, at), instance: measurement.slice(at + 1) };
};

type Triple = readonly [name: string, value: number | boolean | string, unit: string];

/** What of a reading is kept whole, as the box sent it. */
export interface Content {
  readonly m: readonly Triple[];
  readonly h?: readonly (readonly [ms: number, measurements: readonly Triple[]])[];
  readonly n?: readonly string[];
  readonly f?: readonly [code: string, message: string];
}

const triples = (measurements: readonly Measurement[]): Triple[] =>
  measurements.map(({ name, value, unit }) => [name, value, unit]);

type Read = Pick<Reading, "measurements" | "history" | "notes" | "fault">;

export const contentOf = ({ measurements, history, notes, fault }: Read): Content => ({
  m: triples(measurements),
  ...(history.length === 0 ? {} : { h: history.map((past) => [past.at, triples(past.measurements)] as const) }),
  ...(notes.length === 0 ? {} : { n: notes }),
  ...(fault === undefined ? {} : { f: [fault.code, fault.message] as const }),
});

const quantities = (measured: readonly Triple[]): Measurement[] =>
  measured.map(([name, value, unit]) => ({ name, value, unit }));

export const fromContent = ({ m, h = [], n = [], f }: Content): Read => ({
  measurements: quantities(m),
  history: h.map(([at, past]) => ({ at, measurements: quantities(past) })),
  notes: n,
  ...(f === undefined ? {} : { fault: { code: f[0], message: f[1] } }),
});
