/** The table of texts of one batch. */
import { WireError } from "./faults.ts";

export interface StringTable {
  readonly strings: string[];
  index(text: string): number;
  /** 0 for none, else the index counted from 1. */
  index1(text: string | undefined): number;
}

export function createStringTable(): StringTable {
  const strings: string[] = [];
  const indices = new Map<string, number>();
  function index(text: string): number {
    let found = indices.get(text);
    if (found === undefined) {
      found = strings.push(text) - 1;
      indices.set(text, found);
    }
    return found;
  }
  return { strings, index, index1: (text) => (text === undefined ? 0 : index(text) + 1) };
}

export function textAt(strings: readonly string[], index: number | undefined): string {
  const text = index === undefined ? undefined : strings[index];
  if (text === undefined) throw new WireError("inconsistent", "an index beyond the strings");
  return text;
}

export const textAt1 = (strings: readonly string[], index1: number | undefined): string | undefined =>
  index1 === 0 ? undefined : textAt(strings, index1 === undefined ? undefined : index1 - 1);
