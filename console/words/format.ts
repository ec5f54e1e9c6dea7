/** Numbers, times and ages as the language writes them. */
import type { Language } from "../../texts/catalogue.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Format {
  readonly language: Language;
  readonly number: (value: number, digits?: number) => string;
  /** Degrees to five places: a metre. */
  readonly coordinate: (degrees: number) => string;
  /** `14:02`, with the day when it is not today's. */
  readonly time: (at: string, now: number) => string;
  /** `14:02:05`, for the steps of a command. */
  readonly second: (at: string) => string;
  /** Day and time in full. */
  readonly moment: (at: string | number) => string;
  /** Day, month and year. */
  readonly date: (at: string) => string;
  readonly day: (at: number) => string;
  /** `mars 2031`. */
  readonly month: (at: string) => string;
  readonly hour: (at: number) => string;
  /** `il y a 2 min`. */
  readonly age: (at: string, now: number) => string;
  /** A length of time, in its largest unit: `3 min`. */
  readonly length: (ms: number) => string;
}

const AGE_STEPS = [
  { below: MINUTE, unit: "second", ms: SECOND },
  { below: HOUR, unit: "minute", ms: MINUTE },
  { below: DAY, unit: "hour", ms: HOUR },
  { below: Number.POSITIVE_INFINITY, unit: "day", ms: DAY },
] as const;

const stepFor = (ms: number) => AGE_STEPS.find(({ below }) => ms < below)!;

export function createFormat(language: Language): Format {
  const locale = language === "fr" ? "fr-FR" : "en-GB";
  const numbers = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }));
  const coordinates = new Intl.NumberFormat(locale, { maximumFractionDigits: 5 });
  const hour = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const second = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric" });
  const month = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });
  const dated = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat(locale, { style: "short", numeric: "always" });
  const lengths = Object.fromEntries(
    AGE_STEPS.map(({ unit }) => [
      unit,
      new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 }),
    ]),
  );
  return {
    language,
    number: (value, digits = 2) => numbers[digits]!.format(value),
    coordinate: (degrees) => coordinates.format(degrees),
    time: (at, now) => (sameDay(new Date(at), new Date(now)) ? hour : dated).format(new Date(at)),
    second: (at) => second.format(new Date(at)),
    moment: (at) => moment.format(new Date(at)),
    date: (at) => date.format(new Date(at)),
    day: (at) => day.format(at),
    month: (at) => month.format(new Date(at)),
    hour: (at) => hour.format(at),
    age: (at, now) => {
      const ms = Math.max(0, now - Date.parse(at));
      const { unit, ms: size } = stepFor(ms);
      return relative.format(-Math.floor(ms / size), unit);
    },
    length: (ms) => {
      const { unit, ms: size } = stepFor(ms);
      return lengths[unit]!.format(Math.floor(ms / size));
    },
  };
}

const sameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString();
