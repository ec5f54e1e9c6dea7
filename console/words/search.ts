/** Without accents and capitals: "eloyes" finds Éloyes. */
export const folded = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase()
    .trim();

/** Every word of `wanted` appears somewhere in `text`. */
export const finds = (text: string, wanted: string): boolean => {
  const haystack = folded(text);
  return folded(wanted)
    .split(/\s+/)
    .every((word) => haystack.includes(word));
};
