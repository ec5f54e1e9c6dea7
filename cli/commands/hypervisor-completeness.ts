import { CompletenessView } from "../../api/completeness.ts";
import { commandFile } from "../cli.ts";
import { printCompleteness } from "../completeness.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { parseBoxName, parseDay } from "../inputs.ts";

interface Options {
  readonly data?: string;
  readonly day?: string;
  readonly device?: string;
  readonly json?: boolean;
}

export const hypervisorCompleteness = commandFile({
  exits: ["failed", "unreachable"],
  examples: [
    { line: "hypervisor completeness remiremont", text: "command.completeness.example.yesterday" },
    {
      line: "hypervisor completeness remiremont --day 2026-03-02 --json",
      text: "command.hypervisor.completeness.example.json",
    },
  ],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .argument("<box>", say("command.hypervisor.box.add.name"))
      .option("--day <date>", say("command.completeness.day"))
      .option("--device <deveui>", say("command.completeness.device"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string) => {
        const { data, day, device, json } = command.optsWithGlobals<Options>();
        const query = new URLSearchParams({
          ...(day === undefined ? {} : { day: parseDay(day) }),
          ...(device === undefined ? {} : { device }),
        });
        const path = `/boxes/${parseBoxName(typed)}/completeness?${query}`;
        const view = await askHypervisor(cli, data, { method: "GET", path, reply: CompletenessView });
        if (json) out.line(JSON.stringify(view));
        else printCompleteness(cli, view);
      });
  },
});
