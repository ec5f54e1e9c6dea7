import { commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { type GivingOptions, giveKeys, wantsYes } from "../group-keys.ts";
import { wrap } from "../terminal/wrap.ts";
import { dataFolderOf, withBoxOptions } from "../which-box.ts";

export const networkGroupRenew = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [{ line: "network group renew rue-de-la-gare", text: "command.network.group.renew.example" }],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<name>", say("command.network.group.make.name"))
        .option("--within <duration>", say("command.network.group.make.within"), "24h")
        .option("--yes", say("command.network.group.make.yes")),
      cli,
    ).action(async (name: string, options: GivingOptions) => {
      const { createBoxClient } = await import("../box-client.ts");
      const box = createBoxClient(cli, await dataFolderOf(cli, options));
      const planned = await box.renewGroup({ name, dryRun: true });
      if (planned.refused === "not-ours") throw fault("group-not-ours", { name });
      if (planned.refused !== undefined) throw fault("group-unknown", { name });
      // Without its keys a group is told one by one: nothing is drawn before the cost of giving them is agreed to.
      const { command: joins, targets } = planned;
      if (joins !== undefined && (await wantsYes(cli, box, { name, command: joins, targets }, options))) {
        if (options.json) cli.out.line(JSON.stringify({ ...planned, asked: [] }));
        return;
      }
      const renewed = await box.renewGroup({ name, dryRun: false });
      if (!options.json)
        cli.out.line(
          wrap(say("group.renewed", { name, n: renewed.targets.length }), readingWidth(cli.out), "  ").join("\n"),
        );
      if (renewed.command === undefined) throw fault("group-empty", { name });
      const given = await giveKeys(cli, box, { name, command: renewed.command, targets: renewed.targets }, options);
      if (options.json) cli.out.line(JSON.stringify({ ...renewed, ...given }));
    });
  },
});
