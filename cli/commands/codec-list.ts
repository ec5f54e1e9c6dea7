import { commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";

export const codecList = commandFile({
  exits: [],
  examples: [
    { line: "codec list", text: "command.codec.list.example.all" },
    { line: "codec list --json", text: "command.codec.list.example.json" },
  ],
  declare: (command, cli) => {
    command.action(async (options: { readonly json?: boolean }) => {
      const { catalogue } = await import("../../codecs/index.ts");
      const shapes = [...catalogue.values()].map((codec) => codec.shape);
      if (options.json) {
        const models = shapes.map(({ id, version, maker, name, commands }) => ({
          model: id,
          version,
          maker,
          name,
          commands: commands.map((each) => each.name),
        }));
        return cli.out.line(JSON.stringify({ models }));
      }
      const head = [
        { title: cli.say("column.model") },
        { title: cli.say("column.maker") },
        { title: cli.say("column.name"), flexible: true },
        { title: cli.say("column.commands"), align: "right" as const },
      ];
      const rows = shapes.map((shape) => [shape.id, shape.maker, shape.name, String(shape.commands.length)]);
      for (const line of renderTable(head, rows, cli.out.columns)) cli.out.line(line);
      cli.out.line(cli.say("command.codec.list.more"));
    });
  },
});
