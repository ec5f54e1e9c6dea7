import { WireError } from "../../faults.ts";
import type { Reader } from "../reader.ts";
import { type CasesSpec, type CountSpec, isHidden, type MaskedSpec, type RecordSpec, type SizedSpec } from "../spec.ts";
import { type Bag, refuseUnknown } from "../writer.ts";
import { below, type Compile, type Compiled, fromGroup, type Group } from "./compiled.ts";
import { endingStep, readWithEnding } from "./ending.ts";
import { missingField } from "./number.ts";

interface Step {
  readonly into: (reader: Reader, bag: Bag) => void;
  readonly from: Group["from"];
  readonly names: readonly string[];
}

function stepOf(name: string, part: Compiled, place: "hidden" | "inline" | "named"): Step {
  if (place === "hidden")
    return { names: [], into: (reader) => void part.read(reader), from: (writer) => part.write(writer, undefined) };
  if (place === "inline" && part.group !== undefined) return part.group;
  return {
    names: [name],
    into(reader, bag) {
      const value = part.read(reader);
      if (value !== undefined) bag[name] = value;
    },
    from: (writer, bag) => part.write(writer, bag[name]),
  };
}

/** The byte that announces a list: read for it, written from its length. */
function countStep({ of }: CountSpec, path: string): Step {
  return {
    names: [],
    into(reader) {
      reader.announced = reader.bytes[reader.take(1, below(path, of))]!;
    },
    from(writer, bag) {
      const list = bag[of];
      writer.put(Array.isArray(list) ? Math.min(list.length, 255) : 0, 1, "le");
    },
  };
}

export function compileRecord(spec: RecordSpec, path: string, compile: Compile): Compiled {
  const steps = spec.entries.map(({ name, spec: part, inline }) => {
    if (part.kind === "count") return countStep(part, path);
    if (part.kind === "ending") return endingStep(part, name, path, compile);
    const place = isHidden(part) ? "hidden" : inline ? "inline" : "named";
    return stepOf(name, compile(part, inline ? path : below(path, name)), place);
  });
  const into = steps.map((step) => step.into);
  const last = spec.entries.at(-1)?.spec;
  const inOrder: Group["into"] = (reader, bag) => {
    for (let i = 0; i < into.length; i++) into[i]!(reader, bag);
  };
  return fromGroup(
    {
      names: steps.flatMap((step) => step.names),
      into: last?.kind === "ending" ? readWithEnding(into, last) : inOrder,
      from(writer, bag) {
        for (const step of steps) step.from(writer, bag);
      },
    },
    path,
  );
}

export function compileMasked(spec: MaskedSpec, path: string, compile: Compile): Compiled {
  const { bytes, order } = spec;
  const fields = spec.fields.map(({ name, bit, spec: part }) => ({
    name,
    bit,
    part: compile(part, below(path, name)),
  }));
  const named = fields.reduce((mask, field) => mask | (1 << field.bit), 0);
  return fromGroup(
    {
      names: fields.map((field) => field.name),
      into(reader, bag) {
        const at = reader.take(bytes, path);
        const [first, second = 0] = [reader.bytes[at]!, reader.bytes[at + 1]];
        const mask = bytes === 1 ? first : order === "le" ? first | (second << 8) : (first << 8) | second;
        if ((mask & ~named) !== 0) {
          throw new WireError("channel.unknown", `the mask 0x${mask.toString(16)} names a field that is not known`, {
            offset: at,
          });
        }
        for (const field of fields) {
          if ((mask & (1 << field.bit)) === 0) continue;
          const value = field.part.read(reader);
          if (value !== undefined) bag[field.name] = value;
        }
      },
      from(writer, bag) {
        const given = fields.filter((field) => bag[field.name] !== undefined && bag[field.name] !== null);
        const mask = given.reduce((sum, field) => sum | (1 << field.bit), 0);
        writer.put(mask, bytes, order);
        for (const field of given) field.part.write(writer, bag[field.name]);
      },
    },
    path,
  );
}

export function compileSized(spec: SizedSpec, path: string, compile: Compile): Compiled {
  const inner = compile(spec.of, path);
  const within = (reader: Reader, read: () => unknown): unknown => {
    const at = reader.take(1, path);
    const length = reader.bytes[at]!;
    const end = reader.end;
    if (reader.at + length > end) reader.take(length, path);
    reader.end = reader.at + length;
    const value = read();
    if (reader.at < reader.end) {
      reader.warn("frame.trailing", `${path}: ${reader.end - reader.at} bytes of ${length} were not read`, reader.at);
    }
    reader.at = reader.end;
    reader.end = end;
    return value;
  };
  const sizing = (writer: Parameters<Compiled["write"]>[0], write: () => void): void => {
    const start = writer.bytes.push(0);
    write();
    const length = writer.bytes.length - start;
    if (length > 255) throw new WireError("field.range", `${path} is longer than 255 bytes`, { field: path });
    writer.bytes[start - 1] = length;
  };
  const { group } = inner;
  return {
    read: (reader) => within(reader, () => inner.read(reader)),
    write: (writer, value) => sizing(writer, () => inner.write(writer, value)),
    ...(group && {
      group: {
        names: group.names,
        into: (reader: Reader, bag: Bag) => void within(reader, () => group.into(reader, bag)),
        from: (writer: Parameters<Compiled["write"]>[0], bag: Bag) => sizing(writer, () => group.from(writer, bag)),
      },
    }),
  };
}

export function compileCases(spec: CasesSpec, path: string, compile: Compile): Compiled {
  const all = spec.cases.map(({ name, begins, of }) => ({
    name,
    begins,
    group: compileRecord(of, path, compile).group!,
  }));
  const choices = all.map((one) => one.name).join(", ");
  const by = below(path, spec.by);
  const names = [...new Set([spec.by, ...all.flatMap(({ group }) => group.names)])];
  const group: Group = {
    names,
    into(reader, bag) {
      const { at, end, bytes } = reader;
      const one = all.find(
        ({ begins }) => at + begins.length <= end && begins.every((byte, i) => bytes[at + i] === byte),
      );
      if (one === undefined) {
        reader.take(1, by);
        throw new WireError("frame.unknown", `${by}: no kind of frame begins so`, { offset: at });
      }
      reader.at = at + one.begins.length;
      bag[spec.by] = one.name;
      one.group.into(reader, bag);
    },
    from(writer, bag) {
      const one = all.find(({ name }) => name === bag[spec.by]);
      if (one === undefined) throw new WireError("field.choice", `${by} must be one of: ${choices}`, { field: by });
      const own = new Set([spec.by, ...one.group.names]);
      const other = names.find((name) => !own.has(name) && bag[name] !== undefined);
      if (other !== undefined) refuseUnknown({ [other]: bag[other] }, own, path);
      for (const byte of one.begins) writer.bytes.push(byte);
      one.group.from(writer, bag);
    },
  };
  const { read, write } = fromGroup(group, path);
  return {
    group,
    read,
    write(writer, value) {
      if (value === undefined || value === null) throw missingField(path);
      write(writer, value);
    },
  };
}
