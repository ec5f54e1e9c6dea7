/**
 * Text encodings for the `Buffer` that foreign codecs see. The *source* of these functions is evaluated inside the realm
 * (see ../prelude.ts): they may use each other and ECMAScript, and nothing else.
 */

/** Node's names for what it can turn bytes into; unknown ones throw a TypeError, as there. */
export function encodingName(encoding: unknown): string {
  const name = String(encoding ?? "utf8").toLowerCase();
  if (name === "utf8" || name === "utf-8") return "utf8";
  if (name === "latin1" || name === "binary") return "latin1";
  if (/^(ucs-?2|utf-?16le)$/.test(name)) return "utf16le";
  if (/^(hex|ascii|base64|base64url)$/.test(name)) return name;
  throw new TypeError(`Unknown encoding: ${encoding}`);
}

export function textToBytes(text: string, encoding?: unknown): number[] {
  const name = encodingName(encoding);
  if (name === "utf8") return utf8Bytes(text);
  if (name === "hex") return hexBytes(text);
  if (name === "base64" || name === "base64url") return base64Bytes(text);
  const out: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    out.push(unit & 255);
    if (name === "utf16le") out.push(unit >> 8);
  }
  return out;
}

export function bytesToText(bytes: Uint8Array, encoding?: unknown): string {
  const name = encodingName(encoding);
  if (name === "utf8") return utf8Text(bytes);
  if (name === "base64") return base64Text(bytes);
  if (name === "base64url") return base64Text(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  let out = "";
  if (name === "utf16le") {
    for (let at = 0; at + 1 < bytes.length; at += 2) {
      out += String.fromCharCode((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
    }
    return out;
  }
  for (const byte of bytes) {
    if (name === "hex") out += (byte < 16 ? "0" : "") + byte.toString(16);
    else out += String.fromCharCode(name === "ascii" ? byte & 127 : byte);
  }
  return out;
}

export function utf8Bytes(text: string): number[] {
  const out: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0) ?? 0;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) out.push(point);
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else {
      out.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    }
  }
  return out;
}

/** WHATWG's decoder: a lead byte narrows its first continuation, and a broken sequence costs one U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  let out = "";
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at++] ?? 0;
    if (lead < 0x80) {
      out += String.fromCharCode(lead);
      continue;
    }
    let needed = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    let high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    let point = needed === 0 ? 0xfffd : lead & (0x3f >> needed);
    while (needed > 0) {
      const next = bytes[at];
      if (next === undefined || next < low || next > high) break;
      point = (point << 6) | (next & 63);
      low = 0x80;
      high = 0xbf;
      needed--;
      at++;
    }
    out += String.fromCodePoint(needed === 0 ? point : 0xfffd);
  }
  return out;
}

export function base64Letters(): string {
  return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

/** Reads both alphabets, skips what belongs to neither, stops at `=`. */
export function base64Bytes(text: string): number[] {
  const letters = base64Letters();
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    if (character === "=") break;
    const value = letters.indexOf(character === "-" ? "+" : character === "_" ? "/" : character);
    if (value < 0) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >> bits) & 255);
    }
  }
  return out;
}

export function base64Text(bytes: Uint8Array): string {
  const letters = base64Letters();
  let out = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const triple = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    out += letters.charAt(triple >> 18) + letters.charAt((triple >> 12) & 63);
    out += left > 1 ? letters.charAt((triple >> 6) & 63) : "=";
    out += left > 2 ? letters.charAt(triple & 63) : "=";
  }
  return out;
}

/** Like Node, stops silently at the first pair that is not hexadecimal. */
export function hexBytes(text: string): number[] {
  const out: number[] = [];
  for (let at = 0; at + 1 < text.length; at += 2) {
    const pair = text.slice(at, at + 2);
    if (!/^[0-9a-fA-F]{2}$/.test(pair)) break;
    out.push(Number.parseInt(pair, 16));
  }
  return out;
}
