/** The kinds of values that `beffroi.toml` has: what is taken for one, and what has to be said of each key. */
import { z } from "zod";
import { durationMs } from "./config-duration.ts";
import { sizeBytes } from "./config-size.ts";

/** What a value must look like; `config.expects.*` in the catalogue says it in words. */
export type Expectation =
  | "box-name"
  | "folder"
  | "file"
  | "text"
  | "mqtt-url"
  | "redis-url"
  | "http-url"
  | "https-url"
  | "uuid"
  | "duration"
  | "size"
  | "log-level"
  | "assets"
  | "yes-no"
  | "table";

/** What a key is told to be; docs/configuration.md and the faults repeat it. */
export interface KeyMeta {
  readonly description: string;
  readonly expects: Expectation;
  readonly example: string;
  readonly secret?: true;
  /** What stands in for the missing value, when it depends on other keys. */
  readonly otherwise?: string;
}

export function text(meta: KeyMeta) {
  return z
    .string()
    .min(1)
    .max(1_000)
    .meta({ ...meta });
}

interface Bounds {
  readonly min: string;
  readonly max: string;
}

/** A quantity with its unit, as people write it. `parse` gives what it comes to, undefined for what is none. */
const quantity = (parse: (text: string) => number | undefined) => (bounds: Bounds, fallback: string, meta: KeyMeta) => {
  const [min, max] = [parse(bounds.min)!, parse(bounds.max)!];
  return z
    .string()
    .refine((text) => {
      const value = parse(text);
      return value !== undefined && value >= min && value <= max;
    })
    .default(fallback)
    .meta({ ...meta, bounds: `${bounds.min} … ${bounds.max}` });
};

export const duration = quantity(durationMs);
export const size = quantity(sizeBytes);

/** An address without name and password in it: those would end up in logs. */
export function url(protocols: readonly string[], meta: KeyMeta) {
  return z
    .string()
    .refine((value) => {
      const parsed = URL.parse(value);
      return (
        parsed !== null &&
        protocols.includes(parsed.protocol) &&
        parsed.hostname !== "" &&
        parsed.username === "" &&
        parsed.password === ""
      );
    })
    .meta({ ...meta });
}
