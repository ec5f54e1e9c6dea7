import { commandFile } from "../cli.ts";
import type { NetworkOptions } from "../network-box.ts";
import { withBoxOptions } from "../which-box.ts";

export const networkPlan = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "network plan", text: "command.network.plan.example.here" },
    { line: "network plan --prune --all", text: "command.network.plan.example.prune" },
  ],
  declare: (command, cli) => {
    withBoxOptions(
      command.option("--prune", cli.say("command.network.prune")).option("--all", cli.say("command.network.all")),
      cli,
    ).action(async (options: NetworkOptions & { readonly all?: boolean }) => {
      const { provision } = await import("../network-box.ts");
      const planned = await provision(cli, "plan", options);
      if (options.json) return cli.out.line(JSON.stringify(planned));
      const { planLines } = await import("../network-lines.ts");
      for (const line of planLines(cli, planned, options.all ?? false)) cli.out.line(line);
      if (planned.plan.steps.length > 0) cli.out.line(`\n${cli.say("network.to-apply")}`);
    });
  },
});
