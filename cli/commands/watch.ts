import type { WatchLine } from "../../api/control.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { parseAsset, parseDevEui } from "../inputs.ts";
import { shownTime, shownValue } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly device?: string;
  readonly asset?: string;
  readonly json?: boolean;
}

export const watch = commandFile({
  exits: ["unreachable", "interrupted"],
  examples: [
    { line: "watch", text: "command.watch.example.all" },
    { line: "watch --asset lamp:88383:042", text: "command.watch.example.asset" },
    { line: "watch --json | jq .measurements", text: "command.watch.example.json" },
  ],
  declare: (command, cli) => {
    withBoxOptions(
      command
        .option("--device <deveui>", cli.say("command.watch.device"))
        .option("--asset <asset>", cli.say("command.watch.asset")),
      cli,
    ).action(async (options: Options) => {
      const { createBoxClient } = await import("../box-client.ts");
      const folder = await dataFolderOf(cli, options);
      const filter = {
        ...(options.device === undefined ? {} : { device: parseDevEui(options.device) }),
        ...(options.asset === undefined ? {} : { asset: parseAsset(options.asset, cli.say) }),
      };
      if (!options.json && cli.out.interactive) cli.err.line(cli.err.paint("dim", cli.say("command.watch.begin")));
      for await (const entry of createBoxClient(cli, folder).watch(filter))
        for (const line of options.json ? [JSON.stringify(entry)] : shown(cli, entry)) cli.out.line(line);
      throw fault("box-stopped", { folder });
    });
  },
});

function shown(cli: Cli, entry: WatchLine): string[] {
  const who = entry.asset ?? entry.device ?? "";
  const values = Object.entries(entry.measurements ?? {}).map(
    ([name, measured]) => `${name} ${shownValue(measured, cli.language, cli.say)}`,
  );
  const said = [
    ...values,
    ...(entry.text === undefined ? [] : [entry.text]),
    ...entry.notes.map((note) => `[${note}]`),
  ];
  const head = [shownTime(new Date(entry.at), cli.language), who === "" ? entry.kind : who].join("  ");
  return wrap(`${head}  ${said.join(", ")}`, cli.out.columns, "    ");
}
