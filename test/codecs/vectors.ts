/** The published and built frames of fixtures/published/, as the codec tests use them. */
import { readdirSync, readFileSync } from "node:fs";

export interface Value {
  readonly value: number | boolean | string;
  readonly unit: string;
}

export interface FrameVector {
  readonly name: string;
  readonly fPort: number;
  readonly hex: string;
  /** `R`: values published for these bytes; `built`: made by hand from the published layout. */
  readonly truth: "R" | "built";
  readonly source: string;
  readonly measurements: Readonly<Record<string, Value>>;
  /** Measured in this frame too, without a published value. */
  readonly alsoMeasured?: readonly string[];
  /** Some of the maker's fields; those given must be equal. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Fields whose published value is rounded: value and decimals. */
  readonly rounded?: Readonly<Record<string, readonly [value: number, decimals: number]>>;
  readonly deviceTime?: string;
  readonly history?: readonly { readonly at: string; readonly measurements: Readonly<Record<string, Value>> }[];
  /** Measured so many seconds before the frame was sent. */
  readonly earlier?: readonly { readonly seconds: number; readonly measurements: Readonly<Record<string, Value>> }[];
  readonly warnings: readonly string[];
}

export interface CommandVector {
  readonly name: string;
  readonly command: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** What is given instead of all fields, where defaults do the rest. */
  readonly given?: Readonly<Record<string, unknown>>;
  readonly fPort: number;
  readonly hex: string;
  readonly truth: "R" | "built";
  readonly source: string;
}

/** Unit, smallest and largest value, and default of a number, from the maker's sheet or the width it gives. */
export type Limits = readonly [unit: string | null, min: number, max: number, fallback?: number];

export interface VectorFile {
  /** Every number of the codec: `85 distance`, `report-interval seconds`. */
  readonly sheet: Readonly<Record<string, Limits>>;
  readonly model: string;
  readonly frames: readonly FrameVector[];
  readonly commands: readonly CommandVector[];
}

const FOLDER = new URL("../../fixtures/published/", import.meta.url);

export const vectorFiles: readonly VectorFile[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as VectorFile);

/** A Buffer, as the box hands frames over: its `slice` shares the bytes, so a codec that turns them in place is seen. */
export const fromHex = (hex: string): Uint8Array => Buffer.from(hex, "hex");
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
