import type { RecentSpec } from "../spec.ts";
import { type Compile, type Compiled, fromGroup } from "./compiled.ts";
import { meterOf } from "./number.ts";

const SECONDS_PER_MINUTE = 60;

/** The differences of a record as measurements, each as old as the steps after it are long. */
export function compileRecent(spec: RecentSpec, path: string, compile: Compile): Compiled {
  const { group } = compile(spec.of, path);
  const { name, unit } = meterOf(spec.delta, undefined)!;
  return fromGroup(
    {
      names: group!.names,
      from: group!.from,
      into(reader, bag) {
        group!.into(reader, bag);
        const [step, deltas] = [bag[spec.stepMinutes], bag[spec.deltas]];
        if (typeof step !== "number" || !Array.isArray(deltas)) return;
        const earlier: NonNullable<typeof reader.earlier> = [];
        if (deltas.length > 0) reader.earlier = earlier;
        deltas.forEach((value, index) => {
          if (typeof value !== "number") return;
          const seconds = (deltas.length - 1 - index) * step * SECONDS_PER_MINUTE;
          earlier.push({ seconds, measurements: [{ name, value, unit }] });
        });
      },
    },
    path,
  );
}
