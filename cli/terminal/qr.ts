/** A QR code in the terminal: two rows of it in each line, black on white where colours are shown. */
import { create } from "qrcode";

/** ISO/IEC 18004 asks for four; readers of screens are content with two. */
const QUIET = 2;

const HALVES = [" ", "▄", "▀", "█"] as const;

/** @param coloured whether the terminal shows colours; without them it is right on a light background */
export function qrLines(text: string, coloured: boolean): readonly string[] {
  const { modules } = create(text, { errorCorrectionLevel: "L" });
  const { size } = modules;
  const isDark = (row: number, column: number): number =>
    row >= 0 && column >= 0 && row < size && column < size ? Number(modules.get(row, column) !== 0) : 0;
  const lines: string[] = [];
  for (let row = -QUIET; row < size + QUIET; row += 2) {
    let line = "";
    for (let column = -QUIET; column < size + QUIET; column++)
      line += HALVES[(isDark(row, column) << 1) | isDark(row + 1, column)];
    lines.push(coloured ? `\u001b[30;107m${line}\u001b[0m` : line);
  }
  return lines;
}
