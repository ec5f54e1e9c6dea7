import { DeclarationError } from "../../faults.ts";
import type { Spec } from "../spec.ts";
import { compileChannels } from "./channels.ts";
import { compileBits, compileChoice } from "./codes.ts";
import type { Compiled } from "./compiled.ts";
import { compileCases, compileMasked, compileRecord, compileSized } from "./groups.ts";
import { compileList, compileSeries } from "./lists.ts";
import { compileFormula, compileNumber } from "./number.ts";
import { compilePartOf } from "./part-of.ts";
import { compileRecent } from "./recent.ts";
import { compileConstant, compileCrc, compileText } from "./text.ts";

/** Makes reader and writer of a declaration. `path` names it in messages. */
export function compile(spec: Spec, path: string): Compiled {
  switch (spec.kind) {
    case "number":
      return compileNumber(spec, path);
    case "formula":
      return compileFormula(spec, path);
    case "choice":
      return compileChoice(spec, path);
    case "bits":
      return compileBits(spec, path);
    case "text":
      return compileText(spec, path);
    case "constant":
      return compileConstant(spec, path);
    case "crc16":
      return compileCrc(spec);
    case "count":
      throw new DeclarationError(path, "a count stands only in a record");
    case "ending":
      throw new DeclarationError(path, "an ending stands only at the end of a record");
    case "partOf":
      return compilePartOf(spec, path, compile);
    case "recent":
      return compileRecent(spec, path, compile);
    case "record":
      return compileRecord(spec, path, compile);
    case "masked":
      return compileMasked(spec, path, compile);
    case "channels":
      return compileChannels(spec, path, compile);
    case "sized":
      return compileSized(spec, path, compile);
    case "list":
      return compileList(spec, path, compile);
    case "cases":
      return compileCases(spec, path, compile);
    case "series":
      return compileSeries(spec, path, compile);
  }
}
