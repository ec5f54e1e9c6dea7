/** What is wrong in a list, for people and for scripts. */
import type { ListFault } from "../device-registry/lists/index.ts";
import { type Cli, readingWidth } from "./cli.ts";
import { wrap } from "./terminal/wrap.ts";

export interface FaultText {
  readonly line: number;
  readonly column?: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export function listFaultText(cli: Cli, { line, column, code, found, detail }: ListFault): FaultText {
  const say = cli.say as (key: string, values: Readonly<Record<string, string>>) => string;
  return {
    line,
    ...(column === undefined ? {} : { column }),
    code,
    message: say(`list.fault.${code}`, { found, detail }),
    remedy: say(`list.fault.${code}.todo`, { found, detail }),
  };
}

export function showListFaults(cli: Cli, faults: readonly ListFault[], all: boolean, atMost: number): void {
  const shown = all ? faults : faults.slice(0, atMost);
  for (const fault of shown) {
    const { line, column, message, remedy } = listFaultText(cli, fault);
    const at =
      column === undefined
        ? cli.say("list.at", { line: String(line) })
        : cli.say("list.at-column", { line: String(line), column });
    const width = readingWidth(cli.out);
    for (const each of wrap(`${at} ${message}`, width, "    ")) cli.out.line(cli.out.paint("yellow", each));
    for (const each of wrap(remedy, width - 4)) cli.out.line(`    ${each}`);
  }
  if (shown.length < faults.length) cli.out.line(cli.say("list.more", { n: faults.length - shown.length }));
}
