import { QuarantineReply } from "../../api/quarantine.ts";
import { commandFile } from "../cli.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { parseBoxName } from "../inputs.ts";
import { renderTable } from "../terminal/table.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

export const hypervisorQuarantineList = commandFile({
  exits: ["failed", "unreachable"],
  examples: [{ line: "hypervisor quarantine list remiremont", text: "command.hypervisor.quarantine.list.example" }],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .argument("<box>", say("command.hypervisor.box.add.name"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string) => {
        const { data, json } = command.optsWithGlobals<Options>();
        const box = parseBoxName(typed);
        const asked = { method: "GET", path: `/boxes/${box}/quarantine`, reply: QuarantineReply } as const;
        const { entries } = await askHypervisor(cli, data, asked);
        if (json) return out.line(JSON.stringify({ box, entries }));
        if (entries.length === 0) return out.line(say("command.hypervisor.quarantine.list.none", { box }));
        const head = [
          { title: say("column.quarantine.seq"), align: "right" as const },
          { title: say("column.quarantine.why") },
          { title: say("column.quarantine.entry"), flexible: true },
        ];
        const rows = entries.map(({ seq, code, entry }) => [`${seq}`, code, entry]);
        for (const line of renderTable(head, rows, Math.min(out.columns, 120))) out.line(line);
        out.line(say("command.hypervisor.quarantine.list.next", { box }));
      });
  },
});
