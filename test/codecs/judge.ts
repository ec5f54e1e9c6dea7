/** Holds a codec against vectors and says every difference in words; used by the vector test and by the mutation runner. */
import { isDeepStrictEqual } from "node:util";
import type { Decoded, FieldShape, FirstPartyCodec, Measurement } from "../../codecs/index.ts";
import {
  type CommandVector,
  type FrameVector,
  fromHex,
  type Limits,
  toHex,
  type Value,
  type VectorFile,
} from "./vectors.ts";

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";

function differences(what: string, found: unknown, expected: unknown): string[] {
  return isDeepStrictEqual(found, expected) ? [] : [`${what}: found ${shown(found)}, expected ${shown(expected)}`];
}

function measurementDifferences(
  found: readonly Measurement[],
  expected: Readonly<Record<string, Value>>,
  also: readonly string[] = [],
): string[] {
  const values = new Map(found.map(({ name, value, unit }) => [name, { value, unit }]));
  const names = [...Object.keys(expected), ...also].sort();
  return [
    ...differences("measured quantities", [...found.map((one) => one.name)].sort(), names),
    ...Object.entries(expected).flatMap(([name, value]) => differences(name, values.get(name), value)),
  ];
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

function decodedDifferences(decoded: Decoded, vector: FrameVector): string[] {
  const { history = [], earlier = [] } = vector;
  return [
    ...measurementDifferences(decoded.measurements, vector.measurements, vector.alsoMeasured),
    ...Object.entries(vector.fields ?? {}).flatMap(([name, value]) => differences(name, decoded.fields[name], value)),
    ...Object.entries(vector.rounded ?? {}).flatMap(([name, [value, decimals]]) =>
      differences(name, Number(Number(decoded.fields[name]).toFixed(decimals)), value),
    ),
    ...differences("device time", iso(decoded.deviceTime), vector.deviceTime),
    ...differences(
      "warnings",
      decoded.warnings.map((one) => one.code),
      vector.warnings,
    ),
    ...differences(
      "times of history",
      decoded.history.map((one) => iso(one.at)),
      history.map((one) => one.at),
    ),
    ...differences(
      "ages of earlier values",
      (decoded.earlier ?? []).map((one) => one.seconds),
      earlier.map((one) => one.seconds),
    ),
    ...earlier.flatMap((one, i) => measurementDifferences(decoded.earlier?.[i]?.measurements ?? [], one.measurements)),
    ...history.flatMap((one, i) => measurementDifferences(decoded.history[i]?.measurements ?? [], one.measurements)),
  ];
}

/** Without warnings the same bytes come back; with warnings, bytes that mean the same. */
function roundTripDifferences(codec: FirstPartyCodec, decoded: Decoded, vector: FrameVector): string[] {
  const again = codec.encodeUplink(vector.fPort, decoded.fields);
  if (decoded.warnings.length === 0)
    return differences("encoded again", again.ok ? toHex(again.value) : again.fault.code, vector.hex);
  if (!again.ok)
    return decoded.warnings.some((one) => NOT_WRITABLE.has(one.code)) ? [] : [`not writable: ${again.fault.message}`];
  const twice = codec.decode({ bytes: again.value, fPort: vector.fPort });
  return differences("decoded again", twice.ok ? twice.value.fields : twice.fault.code, decoded.fields);
}

/** Read and kept, but nothing we would ever send. */
export const NOT_WRITABLE: ReadonlySet<string> = new Set(["value.range", "code.unknown", "value.notFinite"]);

export function judgeFrame(codec: FirstPartyCodec, vector: FrameVector): string[] {
  const decoded = codec.decode({ bytes: fromHex(vector.hex), fPort: vector.fPort });
  if (!decoded.ok) return [`refused: ${decoded.fault.code}, ${decoded.fault.message}`];
  return [...decodedDifferences(decoded.value, vector), ...roundTripDifferences(codec, decoded.value, vector)];
}

export function judgeCommand(codec: FirstPartyCodec, vector: CommandVector): string[] {
  const encoded = codec.encode(vector.command, vector.given ?? vector.fields);
  if (!encoded.ok) return [`refused: ${encoded.fault.code}, ${encoded.fault.message}`];
  const { fPort, bytes } = encoded.value;
  const back = codec.decodeCommand(fPort, bytes);
  return [
    ...differences("FPort", fPort, vector.fPort),
    ...differences("bytes", toHex(bytes), vector.hex),
    ...differences("read back", back.ok ? back.value : back.fault, { command: vector.command, fields: vector.fields }),
  ];
}

/** Every number of a codec with its limits, as the vectors' sheet has them. */
export function sheetOf({ shape }: FirstPartyCodec): Record<string, Limits> {
  const rows = (path: string, fields: readonly FieldShape[]): [string, Limits][] =>
    fields.flatMap((field) => {
      const own = `${path} ${field.name}`;
      if (field.type !== "number") return rows(own, field.fields ?? []);
      const { unit = null, min = Number.NaN, max = Number.NaN, default: fallback } = field;
      return [[own, typeof fallback === "number" ? [unit, min, max, fallback] : [unit, min, max]]];
    });
  return Object.fromEntries([
    ...shape.uplinks.flatMap(({ port, fields }) =>
      rows(
        String(port),
        fields.filter((field) => field.name !== "command"),
      ),
    ),
    ...shape.commands.flatMap(({ name, fields }) => rows(name, fields)),
  ]);
}

/** Every difference between a codec and its vectors. */
export const judge = (codec: FirstPartyCodec, { frames, commands, sheet }: VectorFile): string[] => [
  ...frames.flatMap((one) => judgeFrame(codec, one).map((line) => `${one.name}: ${line}`)),
  ...commands.flatMap((one) => judgeCommand(codec, one).map((line) => `${one.name}: ${line}`)),
  ...differences("sheet", sheetOf(codec), sheet),
];
