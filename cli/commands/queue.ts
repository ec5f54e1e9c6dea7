import type { QueueReply } from "../../api/mass.ts";
import { type Cli, commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";
import { shownTime } from "../terminal/values.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

export const queue = commandFile({
  exits: ["unreachable"],
  examples: [{ line: "queue", text: "command.queue.example" }],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: Options) => {
      const { createBoxClient } = await import("../box-client.ts");
      const reply = await createBoxClient(cli, await dataFolderOf(cli, options)).queue();
      if (options.json) cli.out.line(JSON.stringify(reply));
      else show(cli, reply);
    });
  },
});

const REASONS = ["clock", "consent", "chirpstack", "uplink", "air", "group", "effect", "broker"] as const;

function whatFor(cli: Cli, word: string): string {
  const key = REASONS.find((known) => known === word);
  return key === undefined ? word : cli.say(`queue.for.${key}`);
}

function show(cli: Cli, { waiting, air, leases }: QueueReply): void {
  const { out } = cli;
  const time = (iso: string): string => shownTime(new Date(iso), cli.language);
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  if (waiting.length === 0) out.prose(cli.say("queue.empty"));
  else
    for (const line of renderTable(
      [
        { title: cli.say("queue.column.asset") },
        { title: cli.say("queue.column.command") },
        { title: cli.say("queue.column.waits"), flexible: true },
        { title: cli.say("queue.column.until") },
      ],
      waiting.map((each) => [each.target, each.name, whatFor(cli, each.waitsFor), time(each.expiresAt)]),
      out.columns,
    ))
      out.line(line);
  for (const { target: asset, trouble } of waiting)
    if (trouble !== undefined) out.prose(cli.say("queue.trouble", { asset, trouble }));
  for (const { gateway, band, share } of air) out.prose(cli.say("queue.air", { gateway, band, share: percent(share) }));
  for (const { asset, author, since, until } of leases)
    out.prose(cli.say("queue.held", { asset, author, since: time(since), until: time(until) }));
}
