/** Sizes as people write them: a whole number and a unit, `500MB`, `2GB`; units of 1,000, as disks are sold. */

const UNIT_BYTES: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const SIZE = /^(\d{1,6})\s*(KB|MB|GB|TB)$/i;

/** In bytes; undefined for anything else, a bare number too. */
export function sizeBytes(text: string): number | undefined {
  const match = SIZE.exec(text.trim());
  return match ? Number(match[1]) * UNIT_BYTES[match[2]!.toUpperCase()]! : undefined;
}
