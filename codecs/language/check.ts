import { DeclarationError } from "../faults.ts";
import {
  checkBits,
  checkCodes,
  checkDistinct,
  checkKind,
  checkNumber,
  checkQuantity,
  checkUnit,
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
    case "sized":
      return innerNames(spec.of);
    case "series":
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
    if (isGreedy(part) && index < spec.entries.length - 1) {
      throw new DeclarationError(at, "reads until the end, so that nothing can follow it");
    }
    check(part, at);
  });
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
      return bytesMin(spec.of);
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
      checkUnit(spec.unit, path);
      if (spec.quantity) checkQuantity(spec.quantity, spec.unit, path);
      checkNumber(spec.wire, path);
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
    default:
      return;
  }
}
