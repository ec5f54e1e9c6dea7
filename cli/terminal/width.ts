/** How many columns a text takes in a terminal: accents none of their own, East Asian letters and emoji two. */

/** Made when first needed: it takes as long as a whole start of Node. */
let segmenter: Intl.Segmenter | undefined;
const graphemesOf = (text: string): Iterable<Intl.SegmentData> => {
  segmenter ??= new Intl.Segmenter("fr", { granularity: "grapheme" });
  return segmenter.segment(text);
};

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u;
const PAINT = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
/** One column each: Latin letters, and the dashes, quotes, dots and narrow spaces of both languages. */
const PLAIN = /^[\x20-\x7e\u00a0-\u024f\u2010-\u2027\u202f\u2030-\u203a]*$/;

export function displayWidth(text: string): number {
  const bare = text.replace(PAINT, "");
  if (PLAIN.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of graphemesOf(bare)) width += segmentWidth(segment);
  return width;
}

function segmentWidth(segment: string): number {
  if (/^[\p{Cc}\p{Mn}\p{Cf}]+$/u.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}

/** Cut to `width` columns, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemesOf(text)) {
    const next = segmentWidth(segment);
    if (used + next > width - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…`;
}

export function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "left" ? text + space : space + text;
}
