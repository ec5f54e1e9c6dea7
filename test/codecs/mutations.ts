/** Every way in which one declared fact can be wrong: the mutation runner asks whether some vector would notice. */

import { DeclarationError } from "../../codecs/faults.ts";
import { findCodec } from "../../codecs/index.ts";
import { buildCodec, type CodecData, type FirstPartyCodec } from "../../codecs/language/codec.ts";
import type { BitSpec, FormulaSpec, NumberSpec, Spec } from "../../codecs/language/spec.ts";
import { judge } from "./judge.ts";
import type { VectorFile } from "./vectors.ts";

export interface Mutation {
  /** Where and what, stable enough to name it in the list of explained survivors. */
  readonly id: string;
  readonly apply: (data: CodecData) => CodecData;
}

type Node = object;

/** A copy in which `target` is `replacement` wherever it stands: a table shared by two fields is wrong in both. */
function replaced<T>(value: T, target: Node, replacement: Node): T {
  if (value === target) return replacement as T;
  if (Array.isArray(value)) return value.map((one) => replaced(one, target, replacement)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, replaced(one, target, replacement)]);
  return Object.fromEntries(entries) as T;
}

const change = <T extends Node>(id: string, node: T, patch: Partial<T>): Mutation => ({
  id,
  apply: (data) => replaced(data, node, { ...node, ...patch }),
});

const without = <T extends Node>(id: string, node: T, key: keyof T): Mutation => {
  const { [key]: _, ...rest } = node;
  return { id, apply: (data) => replaced(data, node, rest) };
};

const OTHER_UNITS: Readonly<Record<string, string>> = {
  mm: "m",
  mV: "V",
  L: "m3",
  s: "min",
  Wh: "kWh",
  W: "kW",
  "%": "1",
};
const otherUnit = (unit: string): string => OTHER_UNITS[unit] ?? "%";

const recoded = (path: string, codes: Readonly<Record<string, number>>, seen: Set<Node>): Mutation[] =>
  seen.has(codes)
    ? []
    : seen.add(codes) &&
      Object.entries(codes).map(([word, code]) => change(`${path}: code of "${word}"`, codes, { [word]: code + 1 }));

function numberMutations(path: string, spec: NumberSpec, seen: Set<Node>): Mutation[] {
  const { bytes, form, signed, order, per, times, plus, min, max, absent, unit, clock, truth, words } = spec;
  const several = bytes > 1;
  return [
    ...(form === "float"
      ? []
      : [change(`${path}: width`, spec, { bytes: bytes === 4 ? 3 : ((bytes + 1) as 2 | 3 | 4) })]),
    ...(form === "int" ? [change(`${path}: sign`, spec, { signed: !signed })] : []),
    ...(several && form !== "hexText"
      ? [change(`${path}: byte order`, spec, { order: order === "le" ? "be" : "le" })]
      : []),
    change(`${path}: scale divided`, spec, { per: per * 10 }),
    change(`${path}: scale multiplied`, spec, { times: times * 10 }),
    change(`${path}: zero shifted`, spec, { plus: plus + 1 }),
    ...(unit === undefined
      ? [change(`${path}: unit added`, spec, { unit: "%" })]
      : [change(`${path}: unit`, spec, { unit: otherUnit(unit) })]),
    ...(min === undefined || max === undefined
      ? [change(`${path}: range added`, spec, { min: plus, max: plus + times / per })]
      : [
          change(`${path}: range begins earlier`, spec, { min: min - times / per }),
          change(`${path}: range begins later`, spec, { min: min + times / per }),
          change(`${path}: range ends earlier`, spec, { max: max - times / per }),
          change(`${path}: range ends later`, spec, { max: max + times / per }),
        ]),
    ...(absent === undefined
      ? []
      : [change(`${path}: sentinel`, spec, { absent: absent - 1 }), without(`${path}: no sentinel`, spec, "absent")]),
    ...(clock === undefined
      ? []
      : [
          change(`${path}: epoch`, spec, { clock: { epoch: clock.epoch + 1000 } }),
          without(`${path}: no clock`, spec, "clock"),
        ]),
    ...(truth === undefined
      ? []
      : [change(`${path}: threshold`, spec, { truth: { ...truth, above: truth.above + 1 } })]),
    ...(spec.quantity === undefined ? [] : [without(`${path}: no quantity`, spec, "quantity")]),
    ...(spec.default === undefined ? [] : [without(`${path}: no default`, spec, "default")]),
    ...(words === undefined ? [] : recoded(path, words, seen)),
  ];
}

const SCALE = /scale|zero|unit|quantity/;

function formulaMutations(path: string, spec: FormulaSpec, seen: Set<Node>, wireFacts: RegExp): Mutation[] {
  return [
    ...numberMutations(path, spec.wire, seen).filter((one) => wireFacts.test(one.id)),
    change(`${path}: formula`, spec, { value: (wire: number) => spec.value(wire) * 10 }),
    ...(spec.quantity ? [without(`${path}: no quantity`, spec, "quantity")] : []),
  ];
}

function bitMutations(path: string, bit: BitSpec, seen: Set<Node>): Mutation[] {
  return [
    change(`${path}: bit`, bit, { from: bit.from === 0 ? 1 : bit.from - 1 }),
    ...(bit.flag
      ? [change(`${path}: a number, not a flag`, bit, { flag: false })]
      : [change(`${path}: width`, bit, { width: bit.width - 1 })]),
    ...(bit.codes === undefined ? [] : recoded(path, bit.codes, seen)),
    ...(bit.quantity === undefined ? [] : [without(`${path}: no quantity`, bit, "quantity")]),
    ...(bit.formula === undefined ? [] : formulaMutations(path, bit.formula, seen, /sentinel/)),
    // The bits give the width and the sign.
    ...(bit.number === undefined ? [] : numberMutations(path, bit.number, seen).filter(({ id }) => SCALE.test(id))),
  ];
}

/** Fields of a record in another order, or one byte further on. */
function orderMutations(path: string, spec: Extract<Spec, { kind: "record" }>): Mutation[] {
  return spec.entries.flatMap((entry, i) => {
    const pad = { name: "", inline: false, spec: { kind: "constant", bytes: [0] } as const };
    const shifted = change(`${path}.${entry.name}: offset`, spec, { entries: spec.entries.toSpliced(i, 0, pad) });
    const next = spec.entries[i + 1];
    if (next === undefined) return [shifted];
    return [
      shifted,
      change(`${path}.${entry.name}: order`, spec, { entries: spec.entries.toSpliced(i, 2, next, entry) }),
    ];
  });
}

/** All mutations of a part and of what is inside it; nothing for a part that was met before in another place. */
function specMutations(path: string, spec: Spec, seen: Set<Node>): Mutation[] {
  if (seen.has(spec)) return [];
  seen.add(spec);
  switch (spec.kind) {
    case "number":
      return numberMutations(path, spec, seen);
    case "formula":
      // The formula does the scaling; of the wire number only its bytes and its sentinel count.
      return formulaMutations(path, spec, seen, /width|sign|byte order|sentinel/);
    case "choice":
      return [
        change(`${path}: width`, spec, { bytes: spec.bytes === 1 ? 2 : 1 }),
        ...recoded(path, spec.codes, seen),
        ...(spec.quantity ? [without(`${path}: no quantity`, spec, "quantity")] : []),
        ...(spec.yes === undefined
          ? []
          : Object.keys(spec.codes)
              .filter((one) => one !== spec.yes)
              .map((yes) => change(`${path}: yes is ${yes}`, spec, { yes }))),
        ...(spec.default === undefined ? [] : [without(`${path}: no default`, spec, "default")]),
      ];
    case "bits":
      return [
        change(`${path}: width`, spec, { bytes: spec.bytes === 1 ? 2 : 1 }),
        ...(spec.absent === undefined ? [] : [without(`${path}: no sentinel`, spec, "absent")]),
        ...(spec.omittedIsFalse ? [change(`${path}: flags required`, spec, { omittedIsFalse: false })] : []),
        ...spec.bits.flatMap(([name, bit]) => bitMutations(`${path}.${name}`, bit, seen)),
      ];
    case "text":
      return [
        ...(spec.length === "rest" ? [] : [change(`${path}: length`, spec, { length: spec.length + 1 })]),
        ...(spec.form === "hex" && spec.length !== "rest" && spec.length > 1
          ? [change(`${path}: byte order`, spec, { reversed: !spec.reversed })]
          : []),
      ];
    case "constant":
      return spec.bytes.map((byte, i) =>
        change(`${path}: fixed byte ${i}`, spec, { bytes: spec.bytes.with(i, byte ^ 1) }),
      );
    case "crc16":
      return [change(`${path}: byte order`, spec, { order: spec.order === "le" ? "be" : "le" })];
    case "count":
      return [];
    case "ending":
      return specMutations(path, spec.of, seen);
    case "partOf":
      return [
        change(`${path}: another part is plain`, spec, { plain: "another" }),
        ...specMutations(path, spec.of, seen),
      ];
    case "recent":
      return [
        change(`${path}: quantity of the past`, spec, { delta: { name: "pulse.total" } }),
        ...specMutations(path, spec.of, seen),
      ];
    case "record":
      return [
        ...orderMutations(path, spec),
        ...spec.entries.flatMap((one) => specMutations(`${path}.${one.name}`, one.spec, seen)),
      ];
    case "masked":
      return spec.fields.flatMap((one) => [
        change(`${path}.${one.name}: bit of the mask`, one, { bit: one.bit === 0 ? 7 : one.bit - 1 }),
        ...specMutations(`${path}.${one.name}`, one.spec, seen),
      ]);
    case "channels":
      return spec.channels.flatMap((one) => [
        change(`${path}.${one.name}: key`, one, { key: one.key + 1 }),
        ...specMutations(`${path}.${one.name}`, one.spec, seen),
      ]);
    case "sized":
      return [
        { id: `${path}: no length byte`, apply: (data) => replaced(data, spec, spec.of) },
        ...specMutations(path, spec.of, seen),
      ];
    case "list":
      return listMutations(path, spec, seen);
    case "cases":
      return spec.cases.flatMap((one) => [
        ...one.begins.map((byte, i) =>
          change(`${path}.${one.name}: code byte ${i}`, one, { begins: one.begins.with(i, byte ^ 1) }),
        ),
        ...specMutations(`${path}.${one.name}`, one.of, seen),
      ]);
    case "series":
      return [
        change(`${path}: step of history`, spec, { everySeconds: spec.everySeconds + 1 }),
        change(`${path}: unit of history`, spec, { unit: otherUnit(spec.unit) }),
        ...specMutations(path, spec.of, seen),
      ];
  }
}

function listMutations(path: string, spec: Extract<Spec, { kind: "list" }>, seen: Set<Node>): Mutation[] {
  const { count, instances } = spec;
  return [
    ...(typeof count === "number" ? [change(`${path}: count`, spec, { count: count - 1 })] : []),
    ...(count === "counted" ? [change(`${path}: no count byte`, spec, { count: "rest" })] : []),
    ...(spec.least === undefined ? [] : [change(`${path}: fewest items`, spec, { least: spec.least - 1 })]),
    ...(instances === undefined ? [] : [without(`${path}: no instances`, spec, "instances")]),
    ...(instances?.whole.map((one) => {
      const whole = instances.whole.filter((other) => other !== one);
      return change(`${path}: ${one} is a part`, spec, { instances: { ...instances, whole } });
    }) ?? []),
    ...(spec.historyBy === undefined ? [] : [without(`${path}: no history`, spec, "historyBy")]),
    ...specMutations(`${path}[]`, spec.of, seen),
  ];
}

/** All mutations of a codec, but for parts it shares with the model it is a variant of: that one's vectors judge them. */
export function mutationsOf({ declaration: data }: FirstPartyCodec, seen = new Set<Node>()): readonly Mutation[] {
  const family = data.family === undefined ? undefined : findCodec(data.family);
  if (family !== undefined) mutationsOf(family, seen);
  const all = [
    ...data.uplinks.flatMap((one) => [
      change(`${one.port}: FPort`, one, { port: one.port + 1 }),
      ...specMutations(String(one.port), one.spec, seen),
    ]),
    ...data.commands.flatMap((one) => [
      change(`${one.name}: FPort`, one, { port: one.port + 1 }),
      ...specMutations(one.name, one.spec, seen),
    ]),
  ];
  return all;
}

/** Whether the vectors accept the codec with this one fact changed. */
export function survives(codec: FirstPartyCodec, vectors: VectorFile, mutation: Mutation): boolean {
  try {
    return judge(buildCodec(mutation.apply(codec.declaration)), vectors).length === 0;
  } catch (error) {
    if (error instanceof DeclarationError) return false;
    throw error;
  }
}
