import type { LeftGroup } from "../../api/groups.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";
import { targetsOf } from "./send-many.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

export const networkGroupLeave = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "network group leave rue-de-la-gare lamp:88383:042", text: "command.network.group.leave.example.one" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<name>", say("command.network.group.make.name"))
        .argument("<lamps>", say("command.network.group.leave.lamps")),
      cli,
    ).action(async (name: string, lamps: string, options: Options) => {
      const { createBoxClient } = await import("../box-client.ts");
      const box = createBoxClient(cli, await dataFolderOf(cli, options));
      const group = (await box.groups()).groups.find((each) => each.name === name);
      if (group === undefined) throw fault("group-unknown", { name });
      const members = group.members.filter(({ state }) => state !== "left");
      const targets = targetsOf(
        lamps,
        members.map(({ asset, device }) => asset ?? device),
      );
      const left: LeftGroup =
        targets.length === 0
          ? { refused: [{ target: lamps, reason: "not-in-group" }], targets: [], stillHear: 0 }
          : await box.leaveGroup({ name, targets: [...targets] });
      if (options.json) cli.out.line(JSON.stringify(left));
      else for (const line of leftLines(cli, name, left)) cli.out.line(line);
      if (left.targets.length === 0) throw fault("group-left-by-none", { name });
      const { applyWhole } = await import("./network-apply.ts");
      await applyWhole(cli, options);
    });
  },
});

function leftLines(cli: Cli, name: string, { refused, targets, stillHear }: LeftGroup): string[] {
  const lines = [
    ...(targets.length === 0 ? [] : [cli.say("group.left", { name, n: targets.length })]),
    ...refused.slice(0, 20).map(({ target }) => cli.say("group.refused.not-in-group", { target })),
    ...(stillHear === 0 ? [] : [cli.say("group.still-hear", { name, n: stillHear })]),
  ];
  return lines.flatMap((line) => wrap(line, readingWidth(cli.out), "  "));
}
