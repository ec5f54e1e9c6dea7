import { userInfo } from "node:os";
import { DECISIONS, IncidentView } from "../../api/incidents.ts";
import { commandFile } from "../cli.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { parseIncident } from "../incidents.ts";
import { parseChoice } from "../inputs.ts";

interface Options {
  readonly data?: string;
  readonly by?: string;
  readonly json?: boolean;
}

export const hypervisorIncidentDecide = commandFile({
  exits: ["failed", "unreachable"],
  examples: [
    { line: "hypervisor incident decide 3 keep", text: "command.hypervisor.incident.decide.example.keep" },
    { line: "hypervisor incident decide 3 new-epoch", text: "command.hypervisor.incident.decide.example.new" },
  ],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .argument("<incident>", say("command.hypervisor.incident.number"))
      .argument("<decision>", say("command.hypervisor.incident.decision"))
      .option("--by <name>", say("command.hypervisor.incident.by"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string, chosen: string) => {
        const { data, by = userInfo().username, json } = command.optsWithGlobals<Options>();
        const id = parseIncident(typed);
        const decision = parseChoice(chosen, "decision", DECISIONS);
        const decided = await askHypervisor(cli, data, {
          method: "POST",
          path: `/incidents/${id}/decision`,
          body: { decision, author: by },
          reply: IncidentView,
        });
        if (json) return out.line(JSON.stringify(decided));
        out.line(out.paint("green", say(`incident.done.${decision}`, { id: `${id}`, box: decided.box })));
      });
  },
});
