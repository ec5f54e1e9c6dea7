/** Pieces of Markdown that are written the same on every page. */

export const NOTE = "<!-- Written by `node cli/docs.ts` from the program; change the program, not this page. -->";

/** A bar would end the cell, a line break the row. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

export const page = (...parts: readonly string[]): string => `${parts.join("\n\n")}\n`;
