import type { GroupsReply, GroupView } from "../../api/groups.ts";
import { type Cli, commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";
import { shownTime } from "../terminal/values.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

export const networkGroupList = commandFile({
  exits: ["unreachable"],
  examples: [{ line: "network group list", text: "command.network.group.list.example" }],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: Options) => {
      const { createBoxClient } = await import("../box-client.ts");
      const reply = await createBoxClient(cli, await dataFolderOf(cli, options)).groups();
      if (options.json) cli.out.line(JSON.stringify(reply));
      else for (const line of shown(cli, reply)) cli.out.line(line);
    });
  },
});

function shown(cli: Cli, { groups }: GroupsReply): string[] {
  if (groups.length === 0) return [cli.say("group.none")];
  return groups.flatMap((group) => [
    cli.out.paint("bold", headOf(cli, group)),
    ...(group.made || group.members.some(({ state }) => state === "left") ? table(cli, group) : []),
  ]);
}

function headOf(cli: Cli, { name, made, members }: GroupView): string {
  const n = members.filter(({ state }) => state !== "left").length;
  if (!made) return cli.say("group.given", { name, n });
  const confirmed = members.filter(({ state }) => state === "confirmed").length;
  return cli.say("group.line", { name, confirmed, n });
}

const table = (cli: Cli, { members }: GroupView): string[] =>
  renderTable(
    [
      { title: cli.say("group.column.asset"), flexible: true },
      { title: cli.say("group.column.state") },
      { title: cli.say("group.column.since") },
    ],
    members
      .toSorted((one, other) => ((one.asset ?? one.device) < (other.asset ?? other.device) ? -1 : 1))
      .map(({ asset, device, state, at, givenUp }) => [
        asset ?? device,
        cli.say(givenUp ? "group.given-up" : `group.state.${state}`),
        at === undefined ? "" : shownTime(new Date(at), cli.language),
      ]),
    cli.out.columns,
  );
