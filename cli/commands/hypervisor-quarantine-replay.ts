import { ReplayReply } from "../../api/quarantine.ts";
import { commandFile } from "../cli.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { parseBoxName } from "../inputs.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

export const hypervisorQuarantineReplay = commandFile({
  exits: ["failed", "unreachable"],
  examples: [{ line: "hypervisor quarantine replay remiremont", text: "command.hypervisor.quarantine.replay.example" }],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .argument("<box>", say("command.hypervisor.box.add.name"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string) => {
        const { data, json } = command.optsWithGlobals<Options>();
        const box = parseBoxName(typed);
        const asked = { method: "POST", path: `/boxes/${box}/quarantine/replay`, reply: ReplayReply } as const;
        const { stored, left } = await askHypervisor(cli, data, asked);
        if (json) return out.line(JSON.stringify({ box, stored, left }));
        out.line(say("command.hypervisor.quarantine.replay.done", { box, n: stored, left }));
      });
  },
});
