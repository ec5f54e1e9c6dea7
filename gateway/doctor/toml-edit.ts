/** Sets keys in a TOML file as a person would: their lines change, comments and order stay. */
import { parse } from "smol-toml";

const header = (section: string): RegExp =>
  new RegExp(`^\\s*\\[\\s*${section.split(".").join("\\s*\\.\\s*")}\\s*\\]\\s*(?:#.*)?$`);
const ANY_HEADER = /^\s*\[/;

const valueAt = (text: string, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    parse(text),
  );

/**
 * The text with `key` of `section` set. Only plain values on one line are replaced.
 * Throws when the result does not read as wanted, so that nothing half-understood is ever written.
 */
export const setTomlKey = (text: string, section: string, key: string, value: string | number | boolean): string => {
  const path = [...section.split("."), key];
  if (valueAt(text, path) === value) return text;
  const line = `${key} = ${JSON.stringify(value)}`;
  const lines = text.split("\n");
  const at = lines.findIndex((each) => header(section).test(each));
  if (at === -1) lines.push(...(lines.at(-1) === "" ? [] : [""]), `[${section}]`, line, "");
  else {
    const next = lines.findIndex((each, index) => index > at && ANY_HEADER.test(each));
    const end = next === -1 ? lines.length : next;
    const assigned = new RegExp(`^(\\s*)${key}\\s*=`);
    const old = lines.findIndex((each, index) => index > at && index < end && assigned.test(each));
    const indent = /^\s*/.exec(lines[old === -1 ? at : old]!)![0];
    if (old === -1) lines.splice(at + 1, 0, `${indent}${line}`);
    else lines[old] = `${indent}${line}`;
  }
  const result = lines.join("\n");
  if (valueAt(result, path) !== value) throw new Error(`${path.join(".")} could not be set`);
  return result;
};
