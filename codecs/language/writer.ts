import { WireError } from "../faults.ts";

/** A frame while it is written. */
export class Writer {
  readonly bytes: number[] = [];

  /** The low `count` bytes of a whole number; negative numbers in two's complement. */
  put(value: number, count: number, order: "le" | "be"): void {
    const unsigned = value < 0 ? value + 256 ** count : value;
    for (let i = 0; i < count; i++) {
      const weight = order === "le" ? i : count - 1 - i;
      this.bytes.push(Math.floor(unsigned / 256 ** weight) % 256);
    }
  }
}

/** A named bag of values that came from outside. */
export type Bag = Record<string, unknown>;

export function asBag(value: unknown, field: string): Bag {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError("field.type", `${field || "the fields"} must be an object`, { field });
  }
  return value as Bag;
}

export function refuseUnknown(bag: Bag, names: ReadonlySet<string>, path: string): void {
  for (const key of Object.keys(bag)) {
    if (names.has(key)) continue;
    const field = path === "" ? key : `${path}.${key}`;
    throw new WireError("field.unknown", `there is no field ${field}; known: ${[...names].join(", ") || "none"}`, {
      field,
    });
  }
}
