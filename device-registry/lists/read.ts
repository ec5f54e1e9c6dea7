/** A whole list: its format, its lines, and all that is wrong with them. */
import { type Column, columnOf } from "./columns.ts";
import { readLine } from "./line.ts";
import { decodeText, readCsv, readGeoJson, type Table } from "./table.ts";
import { type ListFault, type ListLine, type ListRead, ListUnreadable } from "./words.ts";

interface Heads {
  /** By place; undefined: says nothing to us. */
  readonly columns: readonly (Column | undefined)[];
  readonly names: ReadonlyMap<Column, string>;
  readonly ignored: readonly string[];
}

const headsOf = (headers: readonly string[]): Heads => {
  const names = new Map<Column, string>();
  const columns = headers.map((header) => {
    const column = columnOf(header);
    if (column === undefined) return undefined;
    const before = names.get(column);
    if (before !== undefined) throw new ListUnreadable("column-twice", `${before}, ${header}`);
    names.set(column, header);
    return column;
  });
  if (!names.has("devEui") && !names.has("asset") && !names.has("number"))
    throw new ListUnreadable("no-columns", headers.join(", ").slice(0, 200));
  return { columns, names, ignored: headers.filter((header, place) => header !== "" && columns[place] === undefined) };
};

/** What a list names twice is refused the second time: which line is right, only a person knows. */
const twice = (lines: readonly ListLine[], names: ReadonlyMap<Column, string>) => {
  const seen = new Map<string, number>();
  const faults: ListFault[] = [];
  const once = lines.filter(({ line, form }) => {
    const claims = [
      ...(form.devEui === undefined
        ? []
        : [{ key: form.devEui, code: "deveui-twice" as const, column: "devEui" as const }]),
      ...(form.asset === undefined
        ? []
        : [{ key: form.asset, code: "asset-twice" as const, column: "asset" as const }]),
    ];
    const clash = claims.find(({ key }) => seen.has(key));
    if (clash === undefined) {
      for (const { key } of claims) seen.set(key, line);
      return true;
    }
    const head = names.get(clash.column) ?? names.get("number");
    const detail = String(seen.get(clash.key));
    faults.push({ line, code: clash.code, found: clash.key, detail, ...(head === undefined ? {} : { column: head }) });
    return false;
  });
  return { once, faults };
};

const readRows = (table: Table, { columns, names }: Heads) => {
  const faults: ListFault[] = [...table.faults];
  const lines: ListLine[] = [];
  for (const { line, cells } of table.rows) {
    if (cells.length !== columns.length) {
      const code = cells.length < columns.length ? "cells-missing" : "cells-too-many";
      const surplus = cells.slice(columns.length).some((cell) => cell !== "");
      if (code === "cells-missing" || surplus) {
        faults.push({ line, code, found: String(cells.length), detail: String(columns.length) });
        continue;
      }
    }
    const known = new Map<Column, string>();
    for (const [place, column] of columns.entries()) if (column !== undefined) known.set(column, cells[place] ?? "");
    const read = readLine(line, known, names);
    faults.push(...read.faults);
    if (read.form !== undefined) lines.push({ line, columns: Object.fromEntries(names), form: read.form });
  }
  const { once, faults: clashes } = twice(lines, names);
  return { lines: once, faults: [...faults, ...clashes].sort((a, b) => a.line - b.line) };
};

/** Never guesses the meaning of a line it cannot read. @throws ListUnreadable */
export const readList = (bytes: Uint8Array): ListRead => {
  const { text, encoding } = decodeText(bytes);
  const format = /^\ufeff?\s*\{/.test(text) ? "geojson" : "csv";
  const table = format === "geojson" ? readGeoJson(text) : readCsv(text);
  const heads = headsOf(table.headers);
  return { format, encoding, ignored: heads.ignored, ...readRows(table, heads) };
};
