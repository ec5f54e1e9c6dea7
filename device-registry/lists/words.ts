/** Lists of devices and assets, as communes and installers keep them. */

import type { AssetForm, DeviceForm } from "../enter.ts";
import type { DeviceKeys } from "../keys/index.ts";

/** What a line says. The model may be left out for a device that is known. */
export type ListForm =
  | (Omit<DeviceForm, "model"> & { readonly model?: string; readonly keys?: DeviceKeys })
  | (AssetForm & { readonly devEui?: never });

/** What is wrong in a cell, a line or the list; each has its sentence and its remedy in the catalogue. */
export type ListFaultCode =
  | "quote-open"
  | "cells-missing"
  | "cells-too-many"
  | "nothing-named"
  | "deveui-length"
  | "deveui-signs"
  | "deveui-spreadsheet"
  | "deveui-zero"
  | "deveui-twice"
  | "joineui-wrong"
  | "model-missing"
  | "model-unknown"
  | "class-wrong"
  | "asset-form"
  | "asset-kind"
  | "asset-number"
  | "insee-wrong"
  | "asset-commune"
  | "asset-twice"
  | "asset-taken"
  | "asset-not-served"
  | "use-wrong"
  | "use-missing"
  | "number-wrong"
  | "latitude-range"
  | "longitude-range"
  | "place-half"
  | "place-swapped"
  | "lambert-range"
  | "place-twice"
  | "depth-range"
  | "power-range"
  | "colour-range"
  | "pulse-range"
  | "pulse-twice"
  | "text-long"
  | "text-garbled"
  | "key-form"
  | "key-zero"
  | "keys-incomplete"
  | "lorawan-wrong"
  | "devaddr-wrong"
  | "device-retired"
  | "geometry-wrong"
  | "refused";

export interface ListFault {
  /** Of the file, from 1; of a GeoJSON list, the feature's place. */
  readonly line: number;
  /** As the file heads it; absent where the line as a whole is meant. */
  readonly column?: string;
  readonly code: ListFaultCode;
  /** What stands there, cut; never of a key. */
  readonly found: string;
  /** What the sentence names beside it: a suggestion, a bound, another line. */
  readonly detail: string;
}

export interface ListLine {
  readonly line: number;
  /** Headed as the file does, by what we call the column. */
  readonly columns: Readonly<Record<string, string>>;
  readonly form: ListForm;
}

/** One list, read: good lines and faults. */
export interface ListRead {
  readonly format: "csv" | "geojson";
  readonly encoding: "utf-8" | "windows-1252";
  readonly lines: readonly ListLine[];
  readonly faults: readonly ListFault[];
  /** Columns that say nothing to us. */
  readonly ignored: readonly string[];
}

/** The list as a whole cannot be read. */
export class ListUnreadable extends Error {
  readonly code: "empty" | "no-columns" | "column-twice" | "not-json" | "not-geojson" | "too-many-quotes";
  readonly detail: string;
  constructor(code: ListUnreadable["code"], detail = "") {
    super(`${code} ${detail}`.trim());
    this.name = "ListUnreadable";
    this.code = code;
    this.detail = detail;
  }
}
