import { FAULTS, type FaultCode, type FieldShape, WARNINGS, type WarningCode } from "../codecs/index.ts";
import type { Cli } from "./cli.ts";
import { fieldRange } from "./codecs.ts";

type Told = { readonly code: string; readonly message: string };

const known = (code: string): code is FaultCode | WarningCode => code in FAULTS || code in WARNINGS;

/** A codec's fault or warning for people. Its own sentence is English and precise; French has one sentence a code. */
export function wireText(cli: Cli, { code, message }: Told): string {
  return cli.language === "en" || !known(code) ? message : cli.say(`wire.${code}`);
}

/** What the field at fault takes, when the fault names one of them. */
export function fieldLines(cli: Cli, field: string | undefined, fields: readonly FieldShape[]): string[] {
  const shape = fields.find((each) => each.name === field);
  return shape === undefined
    ? []
    : [cli.say("field.takes", { field: shape.name, range: fieldRange(shape, cli.language) })];
}
