/** One cell at a time: what stands there as what we keep, or what is wrong with it. */
import { isLorawan11, LORAWAN_VERSIONS, type LorawanVersion, SecretKey } from "../keys/index.ts";
import { ASSET_KINDS, type AssetKind, DEVICE_CLASSES, USES, type Use } from "../words.ts";
import { KIND_NAMES, plain } from "./columns.ts";
import type { ListFaultCode } from "./words.ts";

export type Cell<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ListFaultCode; readonly detail?: string };

const good = <T>(value: T): Cell<T> => ({ ok: true, value });
const bad = (code: ListFaultCode, detail = ""): Cell<never> => ({ ok: false, code, detail });

/** A spreadsheet took it for a number and lost its digits; its exponent has three at most, while a DevEUI may begin `5E`. */
const SPREADSHEET = /^\d(?:[.,]\d+)?E[+-]?\d{1,3}$/i;

export const devEui = (text: string): Cell<string> => {
  if (SPREADSHEET.test(text)) return bad("deveui-spreadsheet");
  const digits = text.replace(/[\s:.-]/g, "").replace(/^0x/i, "");
  if (!/^[0-9a-f]*$/i.test(digits)) return bad("deveui-signs", /[^0-9a-f]/i.exec(digits)?.[0] ?? "");
  if (digits.length !== 16) return bad("deveui-length", String(digits.length));
  return /^(?:0{16}|f{16})$/i.test(digits) ? bad("deveui-zero") : good(digits.toLowerCase());
};

export const joinEui = (text: string): Cell<string> => {
  const digits = text.replace(/[\s:.-]/g, "");
  return /^[0-9a-f]{16}$/i.test(digits) ? good(digits.toLowerCase()) : bad("joineui-wrong", String(digits.length));
};

/** `48,0166`, `6 590 123.45`: a decimal comma, blanks between thousands. */
export const number = (text: string): Cell<number> => {
  const bare = text.replace(/(?<=\d)[ '’](?=\d{3})/g, "").replace(",", ".");
  return /^[+-]?\d+(?:\.\d+)?$/.test(bare) ? good(Number(bare)) : bad("number-wrong");
};

const withUnit = (text: string, units: Readonly<Record<string, number>>, otherwise: number): Cell<number> => {
  const match = /^(.*?\d)\s*(m[3³]|[a-zµ°]+)?$/i.exec(text);
  const factor = match?.[2] === undefined ? otherwise : units[match[2].toLowerCase()];
  const value = match === null ? undefined : number(match[1]!);
  if (factor === undefined || value === undefined || !value.ok) return bad("number-wrong");
  return good(value.value * factor);
};

const within = (cell: Cell<number>, min: number, max: number, code: ListFaultCode): Cell<number> =>
  cell.ok && !(cell.value >= min && cell.value <= max) ? bad(code) : cell;

/** Whole millimetres; without a unit they are millimetres. */
export const depth = (text: string): Cell<number> => {
  const cell = withUnit(text, { mm: 1, cm: 10, m: 1_000 }, 1);
  return within(cell.ok ? good(Math.round(cell.value)) : cell, 100, 20_000, "depth-range");
};

export const power = (text: string): Cell<number> =>
  within(withUnit(text, { w: 1, kw: 1_000 }, 1), 1, 5_000, "power-range");

export const colour = (text: string): Cell<number> => {
  const cell = withUnit(text, { k: 1 }, 1);
  return within(cell.ok ? good(Math.round(cell.value)) : cell, 1_000, 20_000, "colour-range");
};

/** What a pulse of a meter is worth; without a unit, in litres or watt-hours. */
export const litres = (text: string): Cell<number> =>
  within(withUnit(text, { l: 1, m3: 1_000, "m³": 1_000 }, 1), 0.001, 100_000, "pulse-range");

export const wattHours = (text: string): Cell<number> =>
  within(withUnit(text, { wh: 1, kwh: 1_000 }, 1), 0.001, 1_000_000, "pulse-range");

/** UTF-8 read as Windows-1252 shows itself so. */
const GARBLED = /Ã[\u0080-\u00bf©¨ª«§´¢®»¹]|â€|\ufffd/;
const CONTROL = /\p{Cc}/u;

export const text =
  (lengthMax: number) =>
  (typed: string): Cell<string> => {
    if (GARBLED.test(typed) || CONTROL.test(typed)) return bad("text-garbled");
    return typed.length > lengthMax ? bad("text-long", String(lengthMax)) : good(typed);
  };

const oneOf =
  <T extends string>(words: readonly T[], code: ListFaultCode) =>
  (typed: string): Cell<T> => {
    const found = words.find((word) => word.toLowerCase() === typed.toLowerCase());
    return found === undefined ? bad(code, words.join(", ")) : good(found);
  };

export const deviceClass = oneOf(DEVICE_CLASSES, "class-wrong");
export const use: (typed: string) => Cell<Use> = oneOf(USES, "use-wrong");

export const kind = (typed: string): Cell<AssetKind> => {
  const wanted = plain(typed);
  const found = ASSET_KINDS.find((each) =>
    (KIND_NAMES[each] as readonly string[]).some((name) => plain(name) === wanted),
  );
  return found === undefined ? bad("asset-kind", ASSET_KINDS.join(", ")) : good(found);
};

export const insee = (typed: string): Cell<string> => {
  // A spreadsheet takes the zero off 01004.
  const code = /^\d{4}$/.test(typed) ? `0${typed}` : typed.toUpperCase();
  return /^[0-9][0-9AB][0-9]{3}$/.test(code) ? good(code) : bad("insee-wrong");
};

export const localNumber = (typed: string): Cell<string> =>
  /^[0-9A-Za-z][0-9A-Za-z_-]{0,31}$/.test(typed) ? good(typed) : bad("asset-number");

/** `1.0.3`, `1.0`, `V1.1`. */
export const lorawan = (typed: string): Cell<LorawanVersion> => {
  const wanted = typed
    .toLowerCase()
    .replace(/^v|^lorawan\s*/g, "")
    .trim();
  const exact = LORAWAN_VERSIONS.find((version) => version === wanted);
  const family = LORAWAN_VERSIONS.filter((version) => version.startsWith(`${wanted}.`)).at(-1);
  const found = exact ?? (wanted.split(".").length === 2 ? family : undefined);
  return found === undefined ? bad("lorawan-wrong", LORAWAN_VERSIONS.join(", ")) : good(found);
};

export const key = (typed: string): Cell<SecretKey> => {
  const parsed = SecretKey.parse(typed);
  if (parsed === undefined) return bad("key-form", String(typed.replace(/[\s:-]/g, "").length));
  return parsed.isZero ? bad("key-zero") : good(parsed);
};

export const devAddr = (typed: string): Cell<string> =>
  /^[0-9a-f]{8}$/i.test(typed) ? good(typed.toLowerCase()) : bad("devaddr-wrong");

export { isLorawan11 };
