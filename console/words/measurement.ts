/** A measurement in words: its name, and its value with the unit people use. */
import type { Measured } from "../../api/schemas.ts";
import type { Say } from "../../texts/catalogue.ts";
import { fr } from "../../texts/quantities/fr.ts";
import type { Format } from "./format.ts";

export interface MeasurementWords {
  readonly name: (name: string) => string;
  readonly value: (name: string, measured: Measured) => string;
  /** A number of that unit, for axes and sums. */
  readonly number: (value: number, unit: string) => string;
}

/** UCUM → what is written beside the number. */
const SIGNS: Readonly<Record<string, string>> = {
  Cel: "°C",
  deg: "°",
  "[ppm]": "ppm",
  "ug/m3": "µg/m³",
  "mg/m3": "mg/m³",
  m3: "m³",
  "1": "",
  bool: "",
};

/** Sizes at which a larger unit reads better: 1,234,567 Wh is 1,235 kWh. */
const LARGER: Readonly<Record<string, readonly { from: number; per: number; sign: string }[]>> = {
  Wh: [
    { from: 10_000_000, per: 1_000_000, sign: "MWh" },
    { from: 10_000, per: 1_000, sign: "kWh" },
  ],
  W: [{ from: 10_000, per: 1_000, sign: "kW" }],
  mm: [{ from: 1_000, per: 1_000, sign: "m" }],
  s: [
    { from: 172_800, per: 86_400, sign: "day" },
    { from: 7_200, per: 3_600, sign: "h" },
    { from: 120, per: 60, sign: "min" },
  ],
};

/** Digits after the comma that still mean something for a number of that size. */
const digitsFor = (value: number): number => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

/** `lamp.power@9` → `lamp.power`, `9`. */
export const splitInstance = (name: string): { base: string; instance: string | undefined } => {
  const [base = name, instance] = name.split("@");
  return { base, instance };
};

export function createMeasurementWords(say: Say<typeof fr>, format: Format): MeasurementWords {
  const text = (key: string): string | undefined => (Object.hasOwn(fr, key) ? say(key as keyof typeof fr) : undefined);

  /** `count.direction.north` → “Passages (north)”: the installer named it. */
  const directionIn = (base: string): string | undefined => {
    const direction = /^count\.direction\.(.+)$/.exec(base)?.[1];
    return direction === undefined ? undefined : `${say("count.direction")} (${direction})`;
  };

  /** `dusk step 0` → “Crépuscule, palier 0”. */
  const numbered = (base: string, value: string): string | undefined => {
    const [, word, n] = /^(.+) (\d+)$/.exec(value) ?? [];
    const known = word === undefined ? undefined : text(`${base}=${word}`);
    return known === undefined ? undefined : `${known} ${n}`;
  };

  const number = (value: number, unit: string): string => {
    if (unit === "m3" && Math.abs(value) < 1 && value !== 0) return `${format.number(value * 1_000, 0)}\u00a0L`;
    const larger = LARGER[unit]?.find(({ from }) => Math.abs(value) >= from);
    const scaled = larger ? value / larger.per : value;
    const sign = larger ? (larger.sign === "day" ? say("unit.days") : larger.sign) : (SIGNS[unit] ?? unit);
    const digits = unit === "m3" ? 3 : digitsFor(scaled);
    const written = format.number(scaled, digits);
    const gap = sign === "°" || (sign === "%" && format.language === "en") ? "" : "\u00a0";
    return sign === "" ? written : `${written}${gap}${sign}`;
  };

  return {
    name: (name) => {
      const { base, instance } = splitInstance(name);
      const known = text(base) ?? directionIn(base) ?? base;
      return instance === undefined ? known : `${known} (${instance})`;
    },
    value: (name, { value, unit }) => {
      if (typeof value === "number") return number(value, unit);
      const { base } = splitInstance(name);
      return text(`${base}=${value}`) ?? text(String(value)) ?? numbered(base, String(value)) ?? String(value);
    },
    number,
  };
}
