import type { Reader } from "../reader.ts";
import type { Spec } from "../spec.ts";
import { asBag, type Bag, refuseUnknown, type Writer } from "../writer.ts";

/** A declaration made into two functions. `write` checks what it is given: it may come from outside. */
export interface Compiled {
  readonly read: (reader: Reader) => unknown;
  readonly write: (writer: Writer, value: unknown) => void;
  /** Present where the value is an object of named fields: these can be placed inside another object. */
  readonly group?: Group;
}

export interface Group {
  readonly names: readonly string[];
  readonly into: (reader: Reader, bag: Bag) => void;
  /** Writes from a bag that may hold other fields too. */
  readonly from: (writer: Writer, bag: Bag) => void;
}

/** The reader and writer of a value that is an object of its own. */
export function fromGroup(group: Group, path: string): Compiled {
  const names = new Set(group.names);
  return {
    group,
    read(reader) {
      const bag: Bag = {};
      group.into(reader, bag);
      return bag;
    },
    write(writer, value) {
      const bag = asBag(value, path);
      refuseUnknown(bag, names, path);
      group.from(writer, bag);
    },
  };
}

/** `path.name`, or `name` at the top. */
export const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** Layouts compile what is inside them through this, so that no file needs to know them all but one. */
export type Compile = (spec: Spec, path: string) => Compiled;
