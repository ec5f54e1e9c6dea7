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

export function duration(bounds: { min: string; max: string }, fallback: string, meta: KeyMeta) {
  const [min, max] = [durationMs(bounds.min)!, durationMs(bounds.max)!];
  return z
    .string()
    .refine((value) => {
      const ms = durationMs(value);
      return ms !== undefined && ms >= min && ms <= max;
    })
    .default(fallback)
    .meta({ ...meta, bounds: `${bounds.min} … ${bounds.max}` });
}

export function size(bounds: { min: string; max: string }, fallback: string, meta: KeyMeta) {
  const [min, max] = [sizeBytes(bounds.min)!, sizeBytes(bounds.max)!];
  return z
    .string()
    .refine((value) => {
      const bytes = sizeBytes(value);
      return bytes !== undefined && bytes >= min && bytes <= max;
    })
    .default(fallback)
    .meta({ ...meta, bounds: `${bounds.min} … ${bounds.max}` });
}

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
