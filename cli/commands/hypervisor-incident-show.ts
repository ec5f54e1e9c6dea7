import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { describeIncident, incidentsOf, parseIncident } from "../incidents.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

export const hypervisorIncidentShow = commandFile({
  exits: ["unreachable"],
  examples: [{ line: "hypervisor incident show 3", text: "command.hypervisor.incident.show.example" }],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<incident>", say("command.hypervisor.incident.number"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string) => {
        const { data, json } = command.optsWithGlobals<Options>();
        const id = parseIncident(typed);
        const incident = (await incidentsOf(cli, data)).find((each) => each.id === id);
        if (incident === undefined) throw fault("wrong-incident", { typed });
        if (json) return cli.out.line(JSON.stringify(incident));
        describeIncident(cli, incident);
      });
  },
});
