import { commandFile } from "../cli.ts";
import { heardAt, incidentsOf, stateOf } from "../incidents.ts";
import { renderTable } from "../terminal/table.ts";
import { shownTime } from "../terminal/values.ts";

interface Options {
  readonly data?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export const hypervisorIncidentList = commandFile({
  exits: ["unreachable"],
  examples: [
    { line: "hypervisor incident list", text: "command.hypervisor.incident.list.example.open" },
    { line: "hypervisor incident list --all --json", text: "command.hypervisor.incident.list.example.all" },
  ],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .option("--all", say("command.hypervisor.incident.list.all"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async () => {
        const { data, all, json } = command.optsWithGlobals<Options>();
        const incidents = await incidentsOf(cli, data, all ? "" : "?due=true");
        if (json) return out.line(JSON.stringify({ incidents }));
        if (incidents.length === 0) return out.line(say("command.hypervisor.incident.list.none"));
        const head = [
          { title: say("column.incident"), align: "right" as const },
          { title: say("column.incident.box"), flexible: true },
          { title: say("column.incident.heard") },
          { title: say("column.incident.state") },
        ];
        const rows = incidents.map((incident) => [
          `${incident.id}`,
          incident.box,
          shownTime(new Date(heardAt(incident)), cli.language),
          stateOf(cli, incident),
        ]);
        for (const line of renderTable(head, rows, out.columns)) out.line(line);
        out.line(say("command.hypervisor.incident.list.next"));
      });
  },
});
