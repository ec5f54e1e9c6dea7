import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CompletenessView } from "../../api/completeness.ts";
import { type Cli, commandFile } from "../cli.ts";
import { heldTo, printCompleteness } from "../completeness.ts";
import { fault } from "../faults.ts";
import { parseDay } from "../inputs.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly day?: string;
  readonly device?: string;
  readonly check?: string;
  readonly json?: boolean;
}

export const completeness = commandFile({
  exits: ["failed", "unreachable"],
  examples: [
    { line: "completeness", text: "command.completeness.example.yesterday" },
    { line: "completeness --day 2026-03-02 --device 24e124713b492281", text: "command.completeness.example.device" },
    { line: "completeness --check remiremont-2026-03-02.json", text: "command.completeness.example.check" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .option("--day <date>", say("command.completeness.day"))
        .option("--device <deveui>", say("command.completeness.device"))
        .option("--check <file>", say("command.completeness.check")),
      cli,
    ).action((options: Options) => run(cli, options));
  },
});

async function run(cli: Cli, options: Options): Promise<void> {
  const { createBoxClient } = await import("../box-client.ts");
  const client = createBoxClient(cli, await dataFolderOf(cli, options));
  if (options.check !== undefined) {
    const held = await heldTo(certificateOf(cli, options.check), (seq) => client.hashAfter(seq));
    if (options.json) return cli.out.line(JSON.stringify(held));
    const { box, day } = held;
    if (!held.same) throw fault("certificate-differs", { box, day, detail: held.differences.join(", ") });
    return cli.out.line(cli.out.paint("green", cli.say("command.completeness.check.same", { box, day })));
  }
  const day = options.day === undefined ? undefined : parseDay(options.day);
  const view = await client.completeness(day);
  const device = options.device?.toLowerCase();
  const shown = device === undefined ? view : { ...view, devices: view.devices.filter((one) => one.device === device) };
  if (options.json) cli.out.line(JSON.stringify(view));
  else printCompleteness(cli, shown);
}

function certificateOf(cli: Cli, file: string): CompletenessView {
  const path = resolve(cli.cwd, file);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as CompletenessView;
  } catch (error) {
    throw fault("certificate-unreadable", {
      file: path,
      detail: error instanceof Error ? error.message : String(error),
    });
  }
}
