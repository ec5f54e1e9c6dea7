/** What people type, as what the program works with. Each refuses with a fault that shows how it should look. */
import { parseAssetRef } from "../device-registry/asset-ref.ts";
import { ASSET_KINDS, type AssetRef } from "../device-registry/words.ts";
import { durationMs } from "../gateway/config-duration.ts";
import { closest } from "../texts/closest.ts";
import { fault } from "./faults.ts";
import type { CliSay } from "./language.ts";

export const didYouMean = (say: CliSay, word: string | undefined): string =>
  word === undefined ? "" : ` ${say("did-you-mean", { word })}`;

/** Hex with or without blanks, `:`, `-` or a leading `0x`, in one or several pieces. */
export function parseHex(pieces: readonly string[], say: CliSay): Uint8Array {
  const typed = pieces.join(" ");
  const digits = typed.replace(/0x/gi, "").replace(/[\s:-]/g, "");
  const sign = /[^0-9a-fA-F]/.exec(digits)?.[0];
  const refused = (reason: string) => fault("wrong-hex", { typed: typed.slice(0, 60), reason });
  if (digits === "") throw refused(say("hex.empty"));
  if (sign !== undefined) throw refused(say("hex.stray", { sign }));
  if (digits.length % 2 === 1) throw refused(say("hex.odd", { n: digits.length }));
  return new Uint8Array(Buffer.from(digits, "hex"));
}

export function parseBase64(pieces: readonly string[]): Uint8Array {
  const typed = pieces.join("");
  const well = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(typed);
  if (!well || typed === "") throw fault("wrong-base64", { typed: typed.slice(0, 60) });
  return new Uint8Array(Buffer.from(typed, "base64"));
}

export function parseFPort(typed: string): number {
  const port = Number(typed);
  if (!/^\d+$/.test(typed) || port < 1 || port > 255) throw fault("wrong-port", { typed });
  return port;
}

/** 16 hex digits, in the small letters of ChirpStack's topics; `70:B3:D5…` and `70-B3-…` are labels' ways to write them. */
export function parseDevEui(typed: string): string {
  const devEui = typed.replace(/[\s:-]/g, "").toLowerCase();
  if (!/^[0-9a-f]{16}$/.test(devEui)) throw fault("wrong-deveui", { typed, digits: devEui.length });
  return devEui;
}

export function parseAsset(typed: string, say: CliSay): AssetRef {
  if (parseAssetRef(typed) !== undefined) return typed;
  const kind = typed.split(":")[0]!;
  if (typed.split(":").length === 3 && !(ASSET_KINDS as readonly string[]).includes(kind))
    throw fault("wrong-kind", {
      kind,
      kinds: ASSET_KINDS.join(", "),
      suggestion: didYouMean(say, closest(kind, ASSET_KINDS)),
    });
  throw fault("wrong-asset", { typed });
}

const decimal = (typed: string): number => Number(typed.replace(",", "."));

/** `1200mm`, `120cm`, `1.2m` or `1,2 m`, as whole millimetres. */
export function parseDepth(typed: string): number {
  const match = /^(\d+(?:[.,]\d+)?)\s*(mm|cm|m)$/.exec(typed.trim());
  const mm = match
    ? Math.round(decimal(match[1]!) * { mm: 1, cm: 10, m: 1_000 }[match[2] as "mm" | "cm" | "m"])
    : Number.NaN;
  if (!(mm >= 100 && mm <= 20_000)) throw fault("wrong-length", { typed });
  return mm;
}

/** `45W` or `0.045 kW`, as watts. */
export function parsePower(typed: string): number {
  const match = /^(\d+(?:[.,]\d+)?)\s*(W|kW)$/i.exec(typed.trim());
  const watts = match ? decimal(match[1]!) * (match[2]!.toLowerCase() === "kw" ? 1_000 : 1) : Number.NaN;
  if (!(watts >= 1 && watts <= 5_000)) throw fault("wrong-power", { typed });
  return watts;
}

const LITRES = { l: 1, m3: 1_000, "m³": 1_000 } as const;
const WATT_HOURS = { wh: 1, kwh: 1_000 } as const;

/** `10L`, `1m3`, `1Wh` or `0.5kWh`: what one pulse of a meter is worth. */
export function parsePulse(
  typed: string,
): { readonly litresPerPulse: number } | { readonly wattHoursPerPulse: number } {
  const match = /^(\d+(?:[.,]\d+)?)\s*(L|m3|m³|Wh|kWh)$/i.exec(typed.trim());
  const unit = match?.[2]?.toLowerCase() ?? "";
  const number = match ? decimal(match[1]!) : Number.NaN;
  if (unit in LITRES) {
    const litresPerPulse = number * LITRES[unit as keyof typeof LITRES];
    if (litresPerPulse >= 0.001 && litresPerPulse <= 100_000) return { litresPerPulse };
  } else if (unit in WATT_HOURS) {
    const wattHoursPerPulse = number * WATT_HOURS[unit as keyof typeof WATT_HOURS];
    if (wattHoursPerPulse >= 0.001 && wattHoursPerPulse <= 1_000_000) return { wattHoursPerPulse };
  }
  throw fault("wrong-pulse", { typed });
}

/** `3000K` or `3000 K`, as kelvins. */
export function parseColour(typed: string): number {
  const match = /^(\d{4,5})\s*K$/i.exec(typed.trim());
  const kelvin = Number(match?.[1]);
  if (!(kelvin >= 1_000 && kelvin <= 20_000)) throw fault("wrong-colour", { typed });
  return kelvin;
}

/** `48.01,6.58`: latitude, then longitude, in degrees (WGS 84). */
export function parsePlace(typed: string): { readonly latitude: number; readonly longitude: number } {
  const match = /^(-?\d+(?:\.\d+)?)[,;\s]\s*(-?\d+(?:\.\d+)?)$/.exec(typed.trim());
  const [latitude, longitude] = [Number(match?.[1]), Number(match?.[2])];
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) throw fault("wrong-place", { typed });
  return { latitude, longitude };
}

/** `30m`, `24h`, as whole seconds between the bounds. */
export function parseSeconds(
  typed: string,
  option: string,
  bounds: { readonly min: string; readonly max: string },
): number {
  const ms = durationMs(typed);
  if (ms === undefined || ms < durationMs(bounds.min)! || ms > durationMs(bounds.max)!)
    throw fault("wrong-duration", { typed, option, ...bounds });
  return Math.ceil(ms / 1_000);
}

/** ISO 8601, a date alone meaning its midnight here, or `-24h`: that long ago. As ISO in UTC. */
export function parseTime(typed: string, option: string, now: number): string {
  const ago = typed.startsWith("-") ? durationMs(typed.slice(1)) : undefined;
  if (ago !== undefined) return new Date(now - ago).toISOString();
  const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(typed);
  const at = new Date(/^\d{4}-\d{2}-\d{2}$/.test(typed) ? `${typed}T00:00` : typed.replace(" ", "T"));
  if (!iso || Number.isNaN(at.getTime())) throw fault("wrong-time", { typed, option });
  return at.toISOString();
}

/** An INSEE commune code. */
export function parseCommune(typed: string): string {
  const code = typed.toUpperCase();
  if (!/^(?:\d{2}|2[AB])\d{3}$/.test(code)) throw fault("wrong-commune", { typed });
  return code;
}

/** It goes into a certificate and file names: small letters, digits, hyphens. */
/** Whether it is a day of the calendar, `2026-03-02`. */
export function isDay(typed: string): boolean {
  const time = Date.parse(`${typed}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(typed) && !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === typed
  );
}

/** A day of the calendar, `2026-03-02`. */
export function parseDay(typed: string): string {
  if (!isDay(typed)) throw fault("wrong-day", { typed });
  return typed;
}

export function parseBoxName(typed: string): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(typed)) throw fault("wrong-name", { typed });
  return typed;
}

/** It names readings for ever, as `model@version`. */
export function parseModelName(typed: string): string {
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/.test(typed)) throw fault("wrong-model-name", { typed });
  return typed;
}

export function parseChoice<Choice extends string>(typed: string, option: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === typed);
  if (found === undefined) throw fault("wrong-choice", { typed, option, choices: choices.join(", ") });
  return found;
}

/** What a person types after `name=` or in a field's place: a number, a yes or no, or a word. */
export function parseFieldValue(typed: string): number | string | boolean {
  if (typed === "true" || typed === "false") return typed === "true";
  const bare = typed.replace(/\s*%$/, "");
  return /^-?\d+(?:[.,]\d+)?$/.test(bare) ? decimal(bare) : typed;
}
