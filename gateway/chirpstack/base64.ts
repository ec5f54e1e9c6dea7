/**
 * Base64 (RFC 4648, 4 and 5: either alphabet, padded or not) of a frame: short, and read for every uplink of a town, where one loop
 * costs a third of looking it over and handing it to the library.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NO_VALUE = -1;
const VALUES = new Int8Array(128).fill(NO_VALUE);
for (const [value, character] of [...ALPHABET].entries()) VALUES[character.charCodeAt(0)] = value;
VALUES["-".charCodeAt(0)] = 62;
VALUES["_".charCodeAt(0)] = 63;

const endOf = (text: string): number => {
  if (text.endsWith("==")) return text.length - 2;
  return text.endsWith("=") ? text.length - 1 : text.length;
};

/** Undefined when there is anything else in it. Bits that make no whole byte are left out. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const end = endOf(text);
  const bytes = new Uint8Array((end * 6) >> 3);
  let [at, held, bits] = [0, 0, 0];
  for (let index = 0; index < end; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? NO_VALUE;
    if (value === NO_VALUE) return undefined;
    // Six bits that are left at the most, and six more.
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  return bytes;
}
