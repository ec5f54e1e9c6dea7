import { type WarningCode, WireError } from "../../faults.ts";
import type { Measurement } from "../../words.ts";
import type { Reader } from "../reader.ts";
import type { ListSpec, NumberSpec, RecordSpec, SeriesSpec, Spec } from "../spec.ts";
import type { Bag } from "../writer.ts";
import { type Compile, type Compiled, fromGroup } from "./compiled.ts";
import { type Meter, meterOf, missingField } from "./number.ts";

/** The measurements of one block, and which part of the device the block speaks of. */
interface Stretch {
  readonly instance: string;
  readonly from: number;
  readonly to: number;
}

/** Makes `name@part` of a name, and remembers it: a device has few parts and few quantities. */
function partNames(): (name: string, instance: string) => string {
  const byInstance = new Map<string, Map<string, string>>();
  return (name, instance) => {
    const names = byInstance.get(instance) ?? new Map<string, string>();
    const known = names.get(name);
    if (known !== undefined) return known;
    const full = `${name}@${instance.replaceAll(" ", "")}`;
    byInstance.set(instance, names.set(name, full));
    return full;
  };
}

/** Gives each measurement of the blocks its name: plain for the whole device and for an only part, else `name@part`. */
function instanceNamer(whole: readonly string[]): (measurements: Measurement[], stretches: readonly Stretch[]) => void {
  const fullName = partNames();
  return (measurements, stretches) => {
    const given: string[] = [];
    let part: string | undefined;
    let several = false;
    for (const { instance, from, to } of stretches) {
      if (whole.includes(instance)) for (let i = from; i < to; i++) given.push(measurements[i]!.name);
      else if (part === undefined) part = instance;
      else if (part !== instance) several = true;
    }
    for (const { instance, from, to } of stretches) {
      if (whole.includes(instance)) continue;
      for (let i = from; i < to; i++) {
        const { name, value, unit } = measurements[i]!;
        if (several || given.includes(name)) measurements[i] = { name: fullName(name, instance), value, unit };
      }
    }
  };
}

const clockEpoch = (record: Spec, field: string): number => {
  const entry = record.kind === "record" ? record.entries.find(({ name }) => name === field) : undefined;
  return entry?.spec.kind === "number" ? (entry.spec.clock?.epoch ?? 0) : 0;
};

/** A field that dates the past must not be taken for the device's clock now. */
function withoutClock(record: RecordSpec, field: string): RecordSpec {
  const entries = record.entries.map((entry) => {
    if (entry.name !== field || entry.spec.kind !== "number") return entry;
    const { clock: _, ...spec } = entry.spec;
    return { ...entry, spec: spec satisfies NumberSpec };
  });
  return { ...record, entries };
}

/** What ends a list without refusing what stood before: the length of an item of unknown kind is not known either. */
const ENDS_A_LIST: Readonly<Record<string, WarningCode>> = {
  "frame.truncated": "frame.truncated",
  "channel.unknown": "channel.unknown",
  "frame.unknown": "channel.unknown",
};

/** Reads items until the count or the end; a cut or unknown item ends the list and keeps the items before it. */
function readItems(
  reader: Reader,
  item: Compiled,
  count: number,
  onItem: (value: unknown, from: number) => void,
): unknown[] {
  const items: unknown[] = [];
  const end = reader.end;
  while (items.length < count && reader.at < end) {
    const at = reader.at;
    const from = reader.measurements.length;
    try {
      const value = item.read(reader);
      items.push(value);
      onItem(value, from);
    } catch (error) {
      if (!(error instanceof WireError) || at === 0) throw error;
      const { code, message } = error.fault;
      const warning = ENDS_A_LIST[code];
      if (warning === undefined) throw error;
      reader.measurements.length = from;
      reader.warn(warning, message, at);
      reader.end = end;
      reader.at = end;
    }
  }
  return items;
}

function itemsWanted(reader: Reader, count: "rest" | "counted" | "announced", path: string): number {
  if (count === "counted") return reader.bytes[reader.take(1, path)]!;
  return count === "announced" ? reader.announced : Number.POSITIVE_INFINITY;
}

function writeItems(spec: ListSpec, item: Compiled, path: string): Compiled["write"] {
  return (writer, value) => {
    if (value === undefined || value === null) throw missingField(path);
    if (!Array.isArray(value)) throw new WireError("field.type", `${path} must be a list`, { field: path });
    if (typeof spec.count === "number" && value.length !== spec.count) {
      throw new WireError("field.range", `${path} has ${value.length} items, it needs ${spec.count}`, { field: path });
    }
    if (value.length < (spec.least ?? 0)) {
      throw new WireError("field.range", `${path} needs at least ${spec.least} items`, { field: path });
    }
    if (value.length > 255) throw new WireError("field.range", `${path} has more than 255 items`, { field: path });
    if (spec.count === "counted") writer.bytes.push(value.length);
    for (const one of value) item.write(writer, one);
  };
}

export function compileList(spec: ListSpec, path: string, compile: Compile): Compiled {
  const { count, least = 0, instances, historyBy } = spec;
  const of = historyBy !== undefined && spec.of.kind === "record" ? withoutClock(spec.of, historyBy) : spec.of;
  const item = compile(of, `${path}[]`);
  const nameInstances = instanceNamer(instances?.whole ?? []);
  const epoch = historyBy === undefined ? 0 : clockEpoch(spec.of, historyBy);
  const write = writeItems(spec, item, path);
  if (typeof count === "number") {
    return { write, read: (reader) => Array.from({ length: count }, () => item.read(reader)) };
  }
  return {
    write,
    read(reader) {
      const wanted = itemsWanted(reader, count, path);
      const stretches: Stretch[] = [];
      const items = readItems(reader, item, wanted, (value, from) => {
        if (instances !== undefined) {
          const instance = String((value as Bag)[instances.field] ?? "unknown");
          stretches.push({ instance, from, to: reader.measurements.length });
        } else if (historyBy !== undefined) {
          const at = epoch + Number((value as Bag)[historyBy]) * 1000;
          reader.history.push({ at, measurements: reader.measurements.splice(from) });
        }
      });
      if (items.length < least) {
        throw new WireError("frame.truncated", `${path}: ${items.length} items, at least ${least} are needed`, {
          offset: reader.at,
        });
      }
      if (count !== "rest" && items.length < wanted) {
        const last = reader.warnings.at(-1);
        if (last?.code !== "frame.truncated" && last?.code !== "channel.unknown") {
          reader.warn("frame.truncated", `${path}: ${items.length} of ${wanted} items are there`, reader.at);
        }
      }
      if (instances !== undefined) nameInstances(reader.measurements, stretches);
      return items;
    },
  };
}

const measured = (meter: Meter, value: number): Measurement => ({
  name: meter.name,
  value: (value * meter.times) / meter.per,
  unit: meter.unit,
});

export function compileSeries(spec: SeriesSpec, path: string, compile: Compile): Compiled {
  const { group } = compile(withoutClock(spec.of, spec.at), path);
  const epoch = clockEpoch(spec.of, spec.at);
  const total = meterOf(spec.total, spec.unit)!;
  const delta = meterOf(spec.delta, spec.unit)!;
  return fromGroup(
    {
      names: group!.names,
      from: group!.from,
      into(reader, bag) {
        group!.into(reader, bag);
        const [start, deltas] = [bag[spec.start], bag[spec.deltas]];
        if (typeof start !== "number" || !Array.isArray(deltas)) return;
        let at = epoch + Number(bag[spec.at]) * 1000;
        let sum = start;
        reader.history.push({ at, measurements: [measured(total, sum)] });
        for (const step of deltas) {
          // A step without value breaks the sum: what follows could only be guessed.
          if (typeof step !== "number") return;
          at += spec.everySeconds * 1000;
          sum += step;
          reader.history.push({ at, measurements: [measured(total, sum), measured(delta, step)] });
        }
      },
    },
    path,
  );
}
