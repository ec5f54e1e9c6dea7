/** What the codec commands share: finding a codec, its fields in words. */
import { type CodecShape, catalogue, type FieldShape, type FirstPartyCodec, findCodec } from "../codecs/index.ts";
import { modelNamed } from "../device-registry/models.ts";
import type { Language } from "../texts/catalogue.ts";
import { closest } from "../texts/closest.ts";
import { type CliFault, fault } from "./faults.ts";
import { didYouMean } from "./inputs.ts";
import type { CliSay } from "./language.ts";
import { nearestModel } from "./near-model.ts";
import { unitSymbol } from "./terminal/values.ts";

export function codecNamed(say: CliSay, typed: string): FirstPartyCodec {
  const codec = findCodec(typed) ?? findCodec(modelNamed(typed)?.id ?? "");
  if (codec !== undefined) return codec;
  const ids = [...catalogue.keys()];
  throw fault("unknown-model", {
    typed,
    suggestion: didYouMean(say, nearestModel(typed, ids)),
    models: ids.join(", "),
  });
}

export function unknownCodecCommand(say: CliSay, model: string, typed: string, names: readonly string[]): CliFault {
  const commands = names.length === 0 ? "–" : names.join(", ");
  return fault("unknown-codec-command", {
    typed,
    model,
    commands,
    suggestion: didYouMean(say, closest(typed, names)),
  });
}

/** A field, its place in a table and how deep it lies. */
export interface FieldRow {
  readonly depth: number;
  readonly field: FieldShape;
}

/** Fields with those inside them, in order. */
export function fieldRows(fields: readonly FieldShape[], depth = 0): FieldRow[] {
  return fields.flatMap((field) => [{ depth, field }, ...fieldRows(field.fields ?? [], depth + 1)]);
}

/** The ends of a floating-point number limit nothing. */
const isLimit = (end: number | undefined): boolean => end !== undefined && Math.abs(end) < 1e15;

/** What values a field takes: `0 … 100 %`, `on, off`. */
export function fieldRange(field: FieldShape, language: Language): string {
  const words = collapsed(field.choices ?? []);
  if (field.type !== "number") return words;
  const [min, max] = [field.min, field.max].map((end) => (isLimit(end) ? end : undefined));
  const unit = unitSymbol(field.unit ?? "");
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  const limit = (value: number | undefined): string => (value === undefined ? "" : numbers.format(value));
  const range = min === undefined && max === undefined ? "" : `${limit(min)} … ${limit(max)}`;
  return [`${range} ${unit}`.trim(), words].filter((part) => part !== "").join(", ");
}

/** `driver 0, driver 1, … driver 63` is one thing to a reader. */
function collapsed(words: readonly string[]): string {
  const runs: { base: string; from: number; to: number }[] = [];
  for (const word of words) {
    const match = /^(.+) (\d+)$/.exec(word);
    const base = match?.[1] ?? word;
    const n = match ? Number(match[2]) : -1;
    const last = runs.at(-1);
    if (last !== undefined && n > 0 && last.base === base && last.to === n - 1) last.to = n;
    else runs.push({ base, from: n, to: n });
  }
  return runs
    .map(({ base, from, to }) => (from < 0 ? base : from === to ? `${base} ${from}` : `${base} ${from}…${to}`))
    .join(", ");
}

/** `dim [address] <level>`: a command with its fields, those that may be left out in brackets. */
export function commandUsage(
  command: CodecShape["commands"][number],
  given: Readonly<Record<string, unknown>> = {},
): string {
  const fields = command.fields.filter((field) => !(field.name in given));
  return [command.name, ...fields.map((field) => (field.optional ? `[${field.name}]` : `<${field.name}>`))].join(" ");
}
