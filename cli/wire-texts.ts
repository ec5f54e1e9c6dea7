import { FAULTS, type FaultCode, WARNINGS, type WarningCode } from "../codecs/index.ts";
import type { CliSay } from "./language.ts";

const known = (code: string): code is FaultCode | WarningCode => code in FAULTS || code in WARNINGS;

/** A codec's fault or warning in the person's language; the codec's own sentence for a code without text. */
export function wireText(say: CliSay, code: string, message: string): string {
  return known(code) ? say(`wire.${code}`) : message;
}
