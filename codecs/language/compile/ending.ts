/** The last bytes of a frame that a flag announces: what stands before them ends where they begin. */
import { WireError } from "../../faults.ts";
import type { Reader } from "../reader.ts";
import type { EndingSpec } from "../spec.ts";
import type { Bag } from "../writer.ts";
import { below, type Compile, type Group } from "./compiled.ts";

type Into = Group["into"];

/** Reads the steps of a record whose last one is an ending. */
export function readWithEnding(steps: readonly Into[], { flag, of }: EndingSpec): Into {
  const before = steps.slice(0, -1);
  const last = steps.at(-1)!;
  return (reader: Reader, bag: Bag) => {
    const { end } = reader;
    let reserved = false;
    for (const step of before) {
      step(reader, bag);
      if (reserved || bag[flag] !== true) continue;
      reserved = true;
      if (reader.at + of.bytes > end) reader.take(of.bytes, flag);
      reader.end = end - of.bytes;
    }
    if (!reserved) return;
    reader.end = end;
    last(reader, bag);
  };
}

/** The ending as a step of its record: it is written exactly where its flag is. */
export function endingStep(spec: EndingSpec, name: string, path: string, compile: Compile): Group {
  const field = below(path, name);
  const part = compile(spec.of, field);
  return {
    names: [name],
    into(reader, bag) {
      const value = part.read(reader);
      if (value !== undefined) bag[name] = value;
    },
    from(writer, bag) {
      if (bag[spec.flag] === true) return part.write(writer, bag[name]);
      if (bag[name] === undefined || bag[name] === null) return;
      throw new WireError("field.unknown", `${field} stands only in a frame whose ${spec.flag} is true`, { field });
    },
  };
}
