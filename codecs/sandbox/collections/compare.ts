import { isObject } from "../results.ts";

const shown = (value: unknown) => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

/** Where two JSON values first differ, as a sentence; undefined if nowhere. The order of keys does not count. */
export function firstDifference(expected: unknown, found: unknown, path: string): string | undefined {
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return `${path}: expected ${expected.length} items, found ${found.length}`;
    return firstOf(expected.map((item, at) => () => firstDifference(item, found[at], `${path}[${at}]`)));
  }
  if (isObject(expected) && isObject(found)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
    return firstOf([...keys].map((key) => () => firstDifference(expected[key], found[key], `${path}.${key}`)));
  }
  return Object.is(expected, found) || (expected === 0 && found === 0)
    ? undefined
    : `${path}: expected ${shown(expected)}, found ${shown(found)}`;
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const difference = check();
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Bytes as published: a list of numbers, or hexadecimal with or without spaces. Undefined for anything else. */
export function publishedBytes(value: unknown): number[] | undefined {
  if (Array.isArray(value)) {
    const bytes = value.map((item) => Number(item));
    return bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255) ? bytes : undefined;
  }
  if (typeof value !== "string") return undefined;
  const hex = value.replace(/^0x/i, "").replace(/[\s:-]/g, "");
  return /^([0-9a-f]{2})*$/i.test(hex) ? [...Buffer.from(hex, "hex")] : undefined;
}

/** Absent, null and empty `errors` or `warnings` are the same; a lone text is a list of one. */
export function complaintList(value: unknown): unknown[] {
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value : [value];
}
