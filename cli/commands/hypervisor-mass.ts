import { MassView } from "../../api/mass.ts";
import { commandFile } from "../cli.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { showMass } from "../mass-progress.ts";

interface Options {
  readonly data?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

export const hypervisorMass = commandFile({
  exits: ["unreachable", "undone"],
  examples: [
    { line: "hypervisor mass 42cb6459-a640-46ec-9623-bdff39dc4736 --watch", text: "command.hypervisor.mass.example" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<order>", say("command.hypervisor.mass.order"))
      .option("--watch", say("command.hypervisor.mass.watch"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (order: string) => {
        const { data, watch, json } = command.optsWithGlobals<Options>();
        const look = (): Promise<MassView> =>
          askHypervisor(cli, data, { method: "GET", path: `/mass/${encodeURIComponent(order)}`, reply: MassView });
        await showMass(cli, look, { watch: watch === true, json: json === true });
      });
  },
});
