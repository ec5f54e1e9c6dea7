import type { PartOfSpec } from "../spec.ts";
import { type Compile, type Compiled, fromGroup } from "./compiled.ts";

/** The measurements of a record take the name of the part that it speaks of. */
export function compilePartOf(spec: PartOfSpec, path: string, compile: Compile): Compiled {
  const { group } = compile(spec.of, path);
  return fromGroup(
    {
      names: group!.names,
      from: group!.from,
      into(reader, bag) {
        const { measurements } = reader;
        const from = measurements.length;
        group!.into(reader, bag);
        const part = String(bag[spec.by] ?? "unknown");
        if (part === spec.plain) return;
        for (let i = from; i < measurements.length; i++) {
          const { name, value, unit } = measurements[i]!;
          measurements[i] = { name: `${name}@${part}`, value, unit };
        }
      },
    },
    path,
  );
}
