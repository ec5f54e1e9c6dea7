import type { Language } from "../../texts/catalogue.ts";
import type { CliSay } from "../language.ts";

/** UCUM as people write it. */
const SYMBOLS: Readonly<Record<string, string>> = {
  Cel: "°C",
  deg: "°",
  "ug/m3": "µg/m³",
  m3: "m³",
  "[ppm]": "ppm",
  "dB[mW]": "dBm",
  "var.h": "varh",
  "1": "",
  bool: "",
};

export const unitSymbol = (unit: string): string => SYMBOLS[unit] ?? unit;

/** A value with its unit as the reader of the language expects it: `25,7 °C`, `yes`. */
export function shownValue(
  measured: { readonly value: number | boolean | string; readonly unit: string },
  language: Language,
  say: CliSay,
): string {
  const { value } = measured;
  if (typeof value === "boolean") return say(value ? "value.yes" : "value.no");
  const symbol = unitSymbol(measured.unit);
  const text =
    typeof value === "number" ? new Intl.NumberFormat(language, { maximumFractionDigits: 6 }).format(value) : value;
  return symbol === "" ? text : `${text} ${symbol}`;
}

/** `2 min 05 s` ago and the like, in the two largest units. */
export function shownSpan(ms: number, say: CliSay): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [d, h, m, s] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (d > 0) return say("span.days", { d, h });
  if (h > 0) return say("span.hours", { h, m });
  if (m > 0) return say("span.minutes", { m, s });
  return say("span.seconds", { s });
}

export function shownBytes(bytes: number, language: Language, say: CliSay): string {
  const steps = ["bytes.b", "bytes.kb", "bytes.mb", "bytes.gb", "bytes.tb"] as const;
  let [value, step] = [bytes, 0];
  while (value >= 1_000 && step < steps.length - 1) [value, step] = [value / 1_000, step + 1];
  const n = new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value);
  return say(steps[step]!, { size: n });
}

/** The same at Greenwich. */
export const universalTime = (at: Date, language: Language): string =>
  at.toLocaleString(language === "fr" ? "fr-FR" : "en-GB", {
    dateStyle: "short",
    timeStyle: "medium",
    timeZone: "UTC",
  });

/** Local date and time to the second, in the order the language writes them. */
export function shownTime(at: Date, language: Language): string {
  return at.toLocaleString(language === "fr" ? "fr-FR" : "en-GB", { dateStyle: "short", timeStyle: "medium" });
}
