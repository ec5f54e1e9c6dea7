import { displayWidth } from "./width.ts";

/** Breaks at spaces so that no line is wider than `columns`; following lines are indented. A longer word stands alone. */
export function wrap(text: string, columns: number, indent = ""): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = lines.length === 0 ? "" : indent;
    let empty = true;
    // A no-break space is not a place to break: French puts one before ; : ? ! and units.
    for (const word of paragraph.split(/ +/)) {
      if (!empty && displayWidth(line) + 1 + displayWidth(word) > columns) {
        lines.push(line);
        line = indent;
        empty = true;
      }
      line += empty ? word : ` ${word}`;
      empty = false;
    }
    lines.push(line);
  }
  return lines;
}
