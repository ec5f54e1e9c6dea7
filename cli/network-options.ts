/** What `network plan` and `network apply` share. */
import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import type { NetworkOptions } from "./network-box.ts";
import { withBoxOptions } from "./which-box.ts";

export type PlanOptions = NetworkOptions & { readonly all?: boolean };

export const withPlanOptions = (command: Command, cli: Cli): Command =>
  withBoxOptions(
    command.option("--prune", cli.say("command.network.prune")).option("--all", cli.say("command.network.all")),
    cli,
  );
