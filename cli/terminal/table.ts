import { cut, displayWidth, pad } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Gives way when the terminal is too narrow; without one the last column does. */
  readonly flexible?: boolean;
}

const GAP = 2;
const FLEXIBLE_COLUMNS_MIN = 8;

/** Aligned columns under a head, no wider than `columns`; numbers to the right. Lines carry no trailing spaces. */
export function renderTable(head: readonly Column[], rows: readonly (readonly string[])[], columns: number): string[] {
  const widths = head.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  const total = widths.reduce((sum, width) => sum + width, GAP * (head.length - 1));
  const asked = head.findIndex((column) => column.flexible);
  const flexible = asked === -1 ? head.length - 1 : asked;
  if (total > columns) widths[flexible] = Math.max(FLEXIBLE_COLUMNS_MIN, widths[flexible]! - (total - columns));
  const line = (cells: readonly string[]): string =>
    head
      .map((column, index) => pad(cut(cells[index] ?? "", widths[index]!), widths[index]!, column.align ?? "left"))
      .join(" ".repeat(GAP))
      .trimEnd();
  return [line(head.map((column) => column.title)), ...rows.map(line)];
}
