import type { NetworkApplied } from "../../api/network.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import type { NetworkOptions } from "../network-box.ts";
import { type PlanOptions, withPlanOptions } from "../network-options.ts";
import { wrap } from "../terminal/wrap.ts";

export const networkApply = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "network apply", text: "command.network.apply.example.here" },
    { line: "network apply --json", text: "command.network.apply.example.json" },
  ],
  declare: (command, cli) => {
    withPlanOptions(command, cli).action(async (options: PlanOptions) => {
      const result = await applyNow(cli, options);
      if (options.json) cli.out.line(JSON.stringify(result));
      else await show(cli, result, options.all ?? false);
      unlessWhole(cli, result);
    });
  },
});

async function applyNow(cli: Cli, options: NetworkOptions): Promise<NetworkApplied> {
  const { provision } = await import("../network-box.ts");
  return provision(cli, "apply", options);
}

/** As a step of another command: its progress is shown, its steps are not. */
export async function applyWhole(cli: Cli, options: NetworkOptions): Promise<void> {
  unlessWhole(cli, await applyNow(cli, options));
}

async function show(cli: Cli, result: NetworkApplied, everything: boolean): Promise<void> {
  const { planLines } = await import("../network-lines.ts");
  for (const line of planLines(cli, result, everything)) cli.out.line(line);
  if (result.plan.steps.length === 0) return;
  const done = cli.say("network.done", { n: result.applied.done, all: result.plan.steps.length });
  cli.out.line(`\n${cli.out.paint(result.applied.done === result.plan.steps.length ? "green" : "yellow", done)}`);
}

/** What was not done is a fault with each of its reasons; the same command goes on with it. */
function unlessWhole(cli: Cli, { applied, plan }: NetworkApplied): void {
  const { failures, stopped, left } = applied;
  if (failures.length === 0 && stopped === undefined && left === 0) return;
  const lines = failures.slice(0, 20).map(({ step, message }) => `${step.id}: ${message}`);
  const why =
    stopped === undefined ? [] : wrap(cli.say("network.stopped", { detail: stopped.message }), readingWidth(cli.err));
  throw fault(
    "network-incomplete",
    { n: failures.length + left, all: plan.steps.length },
    { lines: [...why, ...lines], detail: { failures, left, ...(stopped === undefined ? {} : { stopped }) } },
  );
}
