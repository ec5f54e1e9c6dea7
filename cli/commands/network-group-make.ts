import { userInfo } from "node:os";
import type { GroupView, MadeGroup } from "../../api/groups.ts";
import { USES } from "../../device-registry/words.ts";
import type { BoxClient } from "../box-client.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { parseChoice, parseSeconds } from "../inputs.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";
import { sendMany, targetsOf } from "./send-many.ts";

interface Options extends BoxOptions {
  readonly use: string;
  readonly within: string;
  readonly yes?: boolean;
  readonly json?: boolean;
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
      const expiresInSeconds = parseSeconds(options.within, "--within", { min: "1m", max: "7d" });
      const { createBoxClient } = await import("../box-client.ts");
      const box = createBoxClient(cli, await dataFolderOf(cli, options));
      const targets = await lampsOf(box, lamps);
      const made = await box.makeGroup({ name, application, targets: [...targets] });
      if (!options.json) for (const line of madeLines(cli, name, made)) cli.out.line(line);
      if (made.command === undefined) {
        if (options.json) cli.out.line(JSON.stringify({ ...made, asked: [] }));
        throw fault("group-empty", { name });
      }
      const { applyWhole } = await import("./network-apply.ts");
      await applyWhole(cli, options);
      const asked = await stillToAsk(box, name, made.targets);
      if (asked.length === 0) {
        if (options.json) cli.out.line(JSON.stringify({ ...made, asked }));
        else cli.out.line(say("group.none-left", { name }));
        return;
      }
      const wish = {
        targets: asked,
        name: made.command,
        fields: { group: name },
        author: `cli:${userInfo().username}`,
        precedence: "configuration" as const,
        expiresInSeconds,
      };
      const reply = await sendMany(cli, box, wish, {
        yes: options.yes === true,
        json: false,
        quiet: options.json === true,
      });
      if (options.json)
        cli.out.line(JSON.stringify({ ...made, asked: reply.mass === undefined ? [] : asked, wish: reply }));
    });
  },
});

async function lampsOf(box: BoxClient, typed: string): Promise<readonly string[]> {
  const { devices } = await box.devices();
  const targets = targetsOf(
    typed,
    devices.flatMap(({ asset }) => (asset === undefined ? [] : [asset])),
  );
  if (targets.length === 0) throw fault("asset-unknown", { asset: typed, suggestion: "" });
  return targets;
}

function madeLines(cli: Cli, name: string, made: MadeGroup): string[] {
  const refusals = made.refused.slice(0, 20).map(({ target, reason }) => {
    const key = (["no-device", "joins-no-group", "not-ours"] as const).find((known) => known === reason);
    return key === undefined ? `${target}: ${reason}` : cli.say(`group.refused.${key}`, { target });
  });
  const declared = made.targets.length === 0 ? [] : [cli.say("group.declared", { name, n: made.targets.length })];
  return [...declared, ...refusals].flatMap((line) => wrap(line, readingWidth(cli.out), "  "));
}

/** Lamps that have not confirmed, and are not being asked. */
async function stillToAsk(box: BoxClient, name: string, targets: readonly string[]): Promise<string[]> {
  const { groups } = await box.groups();
  const members: GroupView["members"] = groups.find((group) => group.name === name)?.members ?? [];
  const open = new Set(
    members.filter(({ state }) => state === "waits" || state === "missing").map(({ asset }) => asset),
  );
  return targets.filter((target) => open.has(target));
}
