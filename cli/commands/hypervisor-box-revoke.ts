import { z } from "zod";
import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { parseBoxName } from "../inputs.ts";

interface Options {
  readonly data?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export const hypervisorBoxRevoke = commandFile({
  exits: ["failed", "unreachable"],
  examples: [{ line: "hypervisor box revoke remiremont --yes", text: "command.hypervisor.box.revoke.example" }],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .argument("<box>", say("command.hypervisor.box.name"))
      .option("--yes", say("command.hypervisor.box.revoke.yes"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string) => {
        const { data, yes, json } = command.optsWithGlobals<Options>();
        const box = parseBoxName(typed);
        if (!yes) throw fault("revocation-unconfirmed", { box });
        const reply = z.object({ box: z.string() });
        await askHypervisor(cli, data, { method: "POST", path: `/boxes/${box}/revocation`, reply });
        if (json) return out.line(JSON.stringify({ box, revoked: true }));
        out.line(out.paint("green", say("command.hypervisor.box.revoke.done", { box })));
        out.line(say("command.hypervisor.box.revoke.back", { box }));
      });
  },
});
