import { DeclarationError } from "../faults.ts";
import {
  checkBits,
  checkCodes,
  checkDistinct,
  checkFormula,
  checkKind,
  checkNumber,
  checkQuantity,
} from "./check-values.ts";
import { wireLimits } from "./compile/raw.ts";
import { type CasesSpec, isGreedy, isHidden, type RecordSpec, type Spec } from "./spec.ts";

function checkBeginnings(spec: CasesSpec, path: string): void {
  for (const one of spec.cases) {
    if (one.begins.length === 0) throw new DeclarationError(join(path, one.name), "no code");
    const other = spec.cases.find((two) => two !== one && one.begins.every((byte, i) => two.begins[i] === byte));
    if (other !== undefined) throw new DeclarationError(path, `${one.name} and ${other.name} begin alike`);
  }
}

const innerNames = (spec: Spec): readonly string[] | undefined => {
  switch (spec.kind) {
    case "record":
      return spec.entries.flatMap((entry) =>
        isHidden(entry.spec) ? [] : entry.inline ? (innerNames(entry.spec) ?? []) : [entry.name],
      );
    case "bits":
      return spec.bits.map(([name]) => name);
    case "channels":
      return spec.channels.map((channel) => channel.name);
    case "masked":
      return spec.fields.map((field) => field.name);
    case "cases":
      return [...new Set([spec.by, ...spec.cases.flatMap((one) => innerNames(one.of) ?? [])])];
    case "sized":
    case "series":
    case "partOf":
    case "recent":
      return innerNames(spec.of);
    default:
      return undefined;
  }
};

/** The part a block speaks of is a word of a table: an open set of names would grow without end. */
function checkInstances(item: Spec, field: string, path: string): void {
  const entry = item.kind === "record" ? item.entries.find((one) => one.name === field) : undefined;
  if (entry?.spec.kind !== "choice") throw new DeclarationError(path, `${field} must be a choice among the parts`);
}

function checkRecord(spec: RecordSpec, path: string): void {
  const names = innerNames(spec) ?? [];
  checkDistinct(names, (name) => new DeclarationError(path, `two fields are called ${name}`));
  spec.entries.forEach(({ name, spec: part, inline }, index) => {
    const at = inline ? path : join(path, name);
    if (part.kind === "count" && !isAnnounced(spec, part.of, index)) {
      throw new DeclarationError(path, `the count has no announced list ${part.of} after it`);
    }
    if (inline && innerNames(part) === undefined) throw new DeclarationError(at, "only a group can be placed inline");
    const ends = part.kind === "ending";
    if (ends) checkEnding(spec, part.flag, index, at);
    const last = spec.entries.length - 1;
    const beforeEnding = index === last - 1 && spec.entries[last]?.spec.kind === "ending";
    if (isGreedy(part) && index < last && !beforeEnding) {
      throw new DeclarationError(at, "reads until the end, so that nothing can follow it");
    }
    check(part.kind === "ending" ? part.of : part, at);
  });
}

function checkEnding(spec: RecordSpec, flag: string, index: number, path: string): void {
  if (index < spec.entries.length - 1) throw new DeclarationError(path, "an ending is the last field of its record");
  const flags = spec.entries.flatMap(({ spec: part, inline, name }) => {
    if (part.kind === "bits" && inline) return part.bits.filter(([, bit]) => bit.flag).map(([bit]) => bit);
    return part.kind === "choice" && part.boolean ? [name] : [];
  });
  if (!flags.includes(flag)) throw new DeclarationError(path, `the record has no flag ${flag}`);
}

/** The fields by which a layout dates or names what it measures must be there, and be what they are taken for. */
function checkNamed(of: RecordSpec, field: string, kinds: readonly Spec["kind"][], path: string): void {
  const entry = of.entries.find(({ name }) => name === field);
  if (entry === undefined || !kinds.includes(entry.spec.kind)) {
    throw new DeclarationError(path, `${field} must be a field of the record: ${kinds.join(" or ")}`);
  }
}

const isAnnounced = (spec: RecordSpec, name: string, after: number): boolean =>
  spec.entries.some(
    ({ name: own, spec: part }, index) =>
      index > after && own === name && part.kind === "list" && part.count === "announced",
  );

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** Fewest bytes a part can have. */
function bytesMin(spec: Spec): number {
  switch (spec.kind) {
    case "number":
    case "choice":
    case "bits":
      return spec.bytes;
    case "formula":
      return spec.wire.bytes;
    case "text":
      return spec.length === "rest" ? 0 : spec.length;
    case "constant":
      return spec.bytes.length;
    case "crc16":
      return 2;
    case "count":
      return 1;
    case "record":
      return spec.entries.reduce((sum, entry) => sum + bytesMin(entry.spec), 0);
    case "series":
    case "partOf":
    case "recent":
      return bytesMin(spec.of);
    case "ending":
      return 0;
    case "list":
      return typeof spec.count === "number" ? spec.count * bytesMin(spec.of) : spec.count === "counted" ? 1 : 0;
    case "channels":
      return 0;
    case "masked":
      return spec.bytes;
    case "sized":
      return 1;
    case "cases":
      return Math.min(...spec.cases.map((one) => one.begins.length + bytesMin(one.of)));
  }
}

/** Refuses a declaration that contradicts itself, while the module loads. */
export function check(spec: Spec, path: string): void {
  switch (spec.kind) {
    case "number":
      checkNumber(spec, path);
      return;
    case "formula":
      checkFormula(spec, path);
      return;
    case "choice":
      checkCodes(
        spec.absent === undefined ? spec.codes : { ...spec.codes, "": spec.absent },
        wireLimits({ form: spec.form, bytes: spec.bytes, signed: false })[1],
        path,
      );
      if (spec.yes !== undefined && !Object.hasOwn(spec.codes, spec.yes))
        throw new DeclarationError(path, `no word ${spec.yes}`);
      if (spec.quantity) checkKind(spec.quantity, spec.yes === undefined ? "word" : "flag", path);
      return;
    case "bits":
      checkBits(spec, path);
      return;
    case "record":
      checkRecord(spec, path);
      return;
    case "channels":
      checkDistinct(
        spec.channels.map((one) => one.key),
        (key) => new DeclarationError(path, `channel ${key.toString(16)} is declared twice`),
      );
      for (const one of spec.channels) {
        if (isGreedy(one.spec)) throw new DeclarationError(join(path, one.name), "a channel must know its own length");
        if (one.key < 0 || one.key >= 256 ** spec.keyBytes)
          throw new DeclarationError(join(path, one.name), "the key does not fit");
        check(one.spec, join(path, one.name));
      }
      return;
    case "masked":
      checkDistinct(
        spec.fields.map((one) => one.bit),
        (bit) => new DeclarationError(path, `bit ${bit} has two fields`),
      );
      for (const one of spec.fields) {
        if (one.bit < 0 || one.bit >= spec.bytes * 8)
          throw new DeclarationError(join(path, one.name), "the bit is not in the mask");
        check(one.spec, join(path, one.name));
      }
      return;
    case "sized":
      check(spec.of, path);
      return;
    case "list":
      if (spec.instances !== undefined) checkInstances(spec.of, spec.instances.field, path);
      if (bytesMin(spec.of) === 0) throw new DeclarationError(path, "an item without bytes would repeat for ever");
      if (isGreedy(spec.of)) throw new DeclarationError(path, "an item must know its own length");
      check(spec.of, `${path}[]`);
      return;
    case "cases":
      checkBeginnings(spec, path);
      for (const one of spec.cases) check(one.of, join(path, one.name));
      return;
    case "series":
      check(spec.of, path);
      return;
    case "partOf":
      checkInstances(spec.of, spec.by, path);
      check(spec.of, path);
      return;
    case "recent":
      checkNamed(spec.of, spec.stepMinutes, ["number"], path);
      checkNamed(spec.of, spec.deltas, ["list"], path);
      checkQuantity(spec.delta, undefined, path);
      check(spec.of, path);
      return;
    default:
      return;
  }
}
