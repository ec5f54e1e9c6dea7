import { type Cli, commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

interface Listed {
  readonly model: string;
  readonly version: number;
  readonly maker: string;
  readonly name: string;
  readonly commands: readonly string[];
  /** Of the source, for a codec of another maker. */
  readonly sha256?: string;
}

export const codecList = commandFile({
  exits: [],
  examples: [
    { line: "codec list", text: "command.codec.list.example.all" },
    { line: "codec list --json", text: "command.codec.list.example.json" },
    { line: "codec list --data /var/lib/beffroi", text: "command.codec.list.example.box" },
  ],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: Options) => {
      const listed = [...(await ofTheHouse()), ...(await onTheBox(cli, options))];
      if (options.json) return cli.out.line(JSON.stringify({ models: listed }));
      const head = [
        { title: cli.say("column.model") },
        { title: cli.say("column.maker") },
        { title: cli.say("column.name"), flexible: true },
        { title: cli.say("column.commands"), align: "right" as const },
      ];
      const rows = listed.map(({ model, maker, name, commands }) => [model, maker, name, String(commands.length)]);
      for (const line of renderTable(head, rows, cli.out.columns)) cli.out.line(line);
      cli.out.line(cli.say("command.codec.list.more"));
    });
  },
});

async function ofTheHouse(): Promise<Listed[]> {
  const { catalogue } = await import("../../codecs/index.ts");
  return [...catalogue.values()].map(({ shape: { id, version, maker, name, commands } }) => ({
    model: id,
    version,
    maker,
    name,
    commands: commands.map((each) => each.name),
  }));
}

/** Only when a box is named: the models of the house need none. */
async function onTheBox(cli: Cli, options: Options): Promise<Listed[]> {
  if (options.data === undefined && options.config === undefined) return [];
  const { codecsOnBox } = await import("../models.ts");
  const codecs = await codecsOnBox(cli, await dataFolderOf(cli, options));
  return codecs.map(({ model, version, maker, name, sha256 }) => ({
    model,
    version,
    maker,
    name,
    commands: [],
    sha256,
  }));
}
