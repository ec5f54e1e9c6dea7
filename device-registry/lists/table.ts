/** From a file's bytes to rows of cells: CSV with `;`, `,` or tabs, GeoJSON; UTF-8, or Windows-1252 as spreadsheets save it. */
import { CsvError, type CsvErrorCode, parse } from "csv-parse/sync";
import { type ListFault, ListUnreadable } from "./words.ts";

export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly Row[];
  readonly faults: readonly ListFault[];
}

/** Bytes that are no UTF-8 are taken as Windows-1252, which every byte is. */
export const decodeText = (
  bytes: Uint8Array,
): { readonly text: string; readonly encoding: "utf-8" | "windows-1252" } => {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" };
  }
};

/** Excel's own way to say the separator. */
const SEP_LINE = /^sep=(.)\r?\n/i;

const separatorOf = (text: string): string => {
  const head = text.slice(0, text.search(/\r?\n|$/)).replace(/"[^"]*"/g, "");
  const counted = [";", "\t", ","].map((sign) => ({ sign, n: head.split(sign).length }));
  return counted.reduce((best, each) => (each.n > best.n ? each : best)).sign;
};

interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

const OPEN_QUOTES_MAX = 50;
const QUOTE_CODES: readonly (CsvErrorCode | undefined)[] = [
  "CSV_QUOTE_NOT_CLOSED",
  "CSV_INVALID_CLOSING_QUOTE",
  "INVALID_OPENING_QUOTE",
];

/** A quote that never closes would swallow the rest of the file: its line is set aside and reading goes on after it. */
const parseRows = (text: string, delimiter: string, firstLine: number): { rows: Parsed[]; faults: ListFault[] } => {
  const physical = text.split(/\r\n|\n|\r/);
  const faults: ListFault[] = [];
  for (;;) {
    try {
      const rows = parse(physical.join("\n"), {
        delimiter,
        info: true,
        relax_column_count: true,
        skip_empty_lines: false,
      }) as unknown as Parsed[];
      return { rows, faults };
    } catch (error) {
      if (!(error instanceof CsvError) || !QUOTE_CODES.includes(error.code)) throw error;
      if (faults.length >= OPEN_QUOTES_MAX) throw new ListUnreadable("too-many-quotes");
      const place = lineOfQuote(physical, error);
      faults.push({ line: firstLine + place, code: "quote-open", found: physical[place]!.slice(0, 40), detail: "" });
      physical[place] = "";
    }
  }
};

/** The first line whose quotes do not pair up; else the one the parser stopped at. */
const lineOfQuote = (physical: readonly string[], error: CsvError): number => {
  const odd = physical.findIndex((line) => (line.split('"').length - 1) % 2 === 1);
  const stopped = Math.max(0, Math.min(physical.length - 1, Number(error.lines ?? 1) - 1));
  return odd === -1 ? stopped : odd;
};

export const readCsv = (whole: string): Table => {
  const text = whole.replace(/^\ufeff/, "");
  const said = SEP_LINE.exec(text);
  const body = said === null ? text : text.slice(said[0].length);
  const first = said === null ? 1 : 2;
  const { rows, faults } = parseRows(body, said?.[1] ?? separatorOf(body), first);
  const placed = rows.map(({ record, info }) => ({
    line: info.lines + first - 1,
    cells: record.map((cell) => cell.replace(/[\u00a0\u202f]/g, " ").trim()),
  }));
  const filled = placed.filter(({ cells }) => cells.some((cell) => cell !== ""));
  const [head, ...rest] = filled;
  if (head === undefined) throw new ListUnreadable("empty");
  return { headers: head.cells, rows: rest, faults };
};

interface Feature {
  readonly geometry?: { readonly type?: unknown; readonly coordinates?: unknown } | null;
  readonly properties?: Readonly<Record<string, unknown>> | null;
}

const pointOf = ({ geometry }: Feature): readonly [string, string] | "none" | "wrong" => {
  if (geometry === null || geometry === undefined) return "none";
  const [lon, lat] = Array.isArray(geometry.coordinates) ? (geometry.coordinates as unknown[]) : [];
  if (geometry.type !== "Point" || typeof lon !== "number" || typeof lat !== "number") return "wrong";
  return [lat.toFixed(10), lon.toFixed(10)];
};

/** Features' properties are the columns, their points latitude and longitude (RFC 7946: WGS 84, longitude first). */
export const readGeoJson = (text: string): Table => {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new ListUnreadable("not-json", error instanceof Error ? error.message : "");
  }
  const features = (value as { features?: unknown } | null)?.features;
  if (!Array.isArray(features)) throw new ListUnreadable("not-geojson");
  const named = features as readonly Feature[];
  const names = [...new Set(named.flatMap((feature) => Object.keys(feature?.properties ?? {})))];
  const headers = [...names, "latitude", "longitude"];
  const faults: ListFault[] = [];
  const rows = named.flatMap((feature, place): Row[] => {
    const line = place + 1;
    const point = pointOf(feature ?? {});
    if (point === "wrong") {
      const found = String(feature.geometry?.type ?? "").slice(0, 40);
      faults.push({ line, code: "geometry-wrong", found, detail: "" });
      return [];
    }
    const cells = names.map((name) => {
      const cell = feature?.properties?.[name];
      return cell === null || cell === undefined || typeof cell === "object" ? "" : String(cell).trim();
    });
    return [{ line, cells: [...cells, ...(point === "none" ? ["", ""] : point)] }];
  });
  return { headers, rows, faults };
};
