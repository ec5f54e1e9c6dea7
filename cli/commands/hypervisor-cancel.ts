import { userInfo } from "node:os";
import { TakenBack } from "../../api/mass.ts";
import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { askHypervisor } from "../hypervisor-client.ts";

interface Options {
  readonly data?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

export const hypervisorCancel = commandFile({
  exits: ["unreachable", "refused"],
  examples: [
    { line: "hypervisor cancel 42cb6459-a640-46ec-9623-bdff39dc4736", text: "command.hypervisor.cancel.example" },
  ],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .argument("<order>", say("command.cancel.order"))
      .option("--reason <text>", say("command.hypervisor.cancel.reason"))
      .option("--by <name>", say("command.hypervisor.incident.by"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (order: string) => {
        const { data, by, reason, json } = command.optsWithGlobals<Options>();
        const body = { author: by ?? `cli:${userInfo().username}`, ...(reason === undefined ? {} : { reason }) };
        const path = `/cancel/${encodeURIComponent(order)}`;
        const reply = await askHypervisor(cli, data, { method: "POST", path, body, reply: TakenBack });
        if (json) out.line(JSON.stringify(reply));
        else {
          if (reply.cancelled > 0) out.line(say("cancel.done", { n: reply.cancelled }));
          if (reply.asked > 0) out.line(say("cancel.asked", { n: reply.asked }));
          if (reply.over > 0) out.line(say("cancel.over", { n: reply.over }));
        }
        if (reply.cancelled + reply.asked === 0) throw fault("too-late", { order });
      });
  },
});
