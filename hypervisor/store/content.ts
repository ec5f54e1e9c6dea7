/** Names of series, and what of a reading is kept whole. */
import type { Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Label, PlainReading } from "../../cloud-sync/protocol/plain-reading.ts";

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

/** JSON around the values of these labels: before the first, between each two, after the last. */
const piecesOf = new WeakMap<readonly Label[], readonly string[]>();

const makePieces = (labels: readonly Label[]): readonly string[] => {
  const before = labels.map(({ name }) => `[${JSON.stringify(name)},`);
  const after = labels.map(({ unit }) => `,${JSON.stringify(unit)}]`);
  return [
    ...labels.map((_, index) => (index === 0 ? `{"m":[` : `${after[index - 1]},`) + before[index]),
    labels.length === 0 ? `{"m":[]}` : `${after.at(-1)}]}`,
  ];
};

/** The JSON text of `contentOf`, for a reading that has values and nothing else; they must be finite. */
export const plainContent = ({ labels, values }: Pick<PlainReading, "labels" | "values">): string => {
  let pieces = piecesOf.get(labels);
  if (pieces === undefined) {
    pieces = makePieces(labels);
    piecesOf.set(labels, pieces);
  }
  let text = "";
  for (let index = 0; index < labels.length; index++) {
    const value = values[index]!;
    text += pieces[index]! + (typeof value === "string" ? JSON.stringify(value) : String(value));
  }
  return text + pieces[labels.length]!;
};

const quantities = (measured: readonly Triple[]): Measurement[] =>
  measured.map(([name, value, unit]) => ({ name, value, unit }));

export const fromContent = ({ m, h = [], n = [], f }: Content): Read => ({
  measurements: quantities(m),
  history: h.map(([at, past]) => ({ at, measurements: quantities(past) })),
  notes: n,
  ...(f === undefined ? {} : { fault: { code: f[0], message: f[1] } }),
});
