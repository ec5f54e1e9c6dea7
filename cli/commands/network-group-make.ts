import type { MadeGroup } from "../../api/groups.ts";
import { USES } from "../../device-registry/words.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { type GivingOptions, giveKeys, lampsOf } from "../group-keys.ts";
import { parseChoice } from "../inputs.ts";
import { wrap } from "../terminal/wrap.ts";
import { dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends GivingOptions {
  readonly use: string;
}

export const networkGroupMake = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "network group make rue-de-la-gare lamp:88383:*", text: "command.network.group.make.example.street" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<name>", say("command.network.group.make.name"))
        .argument("<lamps>", say("command.network.group.make.lamps"))
        .option("--use <use>", say("command.network.group.make.use"), "lighting")
        .option("--within <duration>", say("command.network.group.make.within"), "24h")
        .option("--yes", say("command.network.group.make.yes")),
      cli,
    ).action(async (name: string, lamps: string, options: Options) => {
      const application = parseChoice(options.use, "--use", USES);
      const { createBoxClient } = await import("../box-client.ts");
      const box = createBoxClient(cli, await dataFolderOf(cli, options));
      const targets = await lampsOf(box, lamps);
      const made = await box.makeGroup({ name, application, targets: [...targets] });
      if (!options.json) for (const line of madeLines(cli, name, made)) cli.out.line(line);
      if (made.command === undefined) {
        if (options.json) cli.out.line(JSON.stringify({ ...made, asked: [] }));
        throw fault("group-empty", { name });
      }
      const given = await giveKeys(cli, box, { name, command: made.command, targets: made.targets }, options);
      if (options.json) cli.out.line(JSON.stringify({ ...made, ...given }));
    });
  },
});

function madeLines(cli: Cli, name: string, made: MadeGroup): string[] {
  const refusals = made.refused.slice(0, 20).map(({ target, reason }) => {
    const key = (["no-device", "joins-no-group", "not-ours"] as const).find((known) => known === reason);
    return key === undefined ? `${target}: ${reason}` : cli.say(`group.refused.${key}`, { target });
  });
  const declared = made.targets.length === 0 ? [] : [cli.say("group.declared", { name, n: made.targets.length })];
  return [...declared, ...refusals].flatMap((line) => wrap(line, readingWidth(cli.out), "  "));
}
