import { commandFile } from "../cli.ts";
import { type PlanOptions, withPlanOptions } from "../network-options.ts";

export const networkPlan = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "network plan", text: "command.network.plan.example.here" },
    { line: "network plan --prune --all", text: "command.network.plan.example.prune" },
  ],
  declare: (command, cli) => {
    withPlanOptions(command, cli).action(async (options: PlanOptions) => {
      const { provision } = await import("../network-box.ts");
      const planned = await provision(cli, "plan", options);
      if (options.json) return cli.out.line(JSON.stringify(planned));
      const { planLines } = await import("../network-lines.ts");
      for (const line of planLines(cli, planned, options.all ?? false)) cli.out.line(line);
      if (planned.plan.steps.length > 0) cli.out.prose(`\n${cli.say("network.to-apply")}`);
    });
  },
});
