import type { CodecShape, FieldShape, Note } from "../../codecs/index.ts";
import { type Cli, commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

export const codecShow = commandFile({
  exits: [],
  examples: [
    { line: "codec show nas-ul20xx", text: "command.codec.show.example.lamp" },
    { line: "codec show milesight-em400 --json", text: "command.codec.show.example.json" },
  ],
  declare: (command, cli) => {
    command
      .argument("<model>", cli.say("command.codec.show.model"))
      .action(async (model: string, options: { readonly json?: boolean }) => {
        const { codecNamed } = await import("../codecs.ts");
        const { shape } = codecNamed(cli.say, model);
        if (options.json) return cli.out.line(JSON.stringify(shape));
        await dataSheet(cli, shape);
      });
  },
});

async function dataSheet(cli: Cli, shape: CodecShape): Promise<void> {
  const { say, out } = cli;
  const { commandUsage } = await import("../codecs.ts");
  const title = `${shape.id} · ${shape.maker} ${shape.name}, ${shape.what[cli.language]} · ${say("command.codec.show.version", { version: shape.version })}`;
  out.line(out.paint("bold", title));
  out.line();
  out.line(say("command.codec.show.uplinks"));
  for (const uplink of shape.uplinks) {
    const port = uplink.anyPort
      ? say("command.codec.show.any-port")
      : say("command.codec.show.port", { port: uplink.port });
    out.line(`  ${port}${proof(cli, uplink.verified)}`);
    await fieldTable(cli, uplink.fields, "measures");
  }
  out.line();
  out.line(say(shape.commands.length === 0 ? "command.codec.show.no-commands" : "command.codec.show.commands"));
  for (const command of shape.commands) {
    const port = say("command.codec.show.port", { port: command.port });
    out.line(`  ${out.paint("bold", commandUsage(command))} · ${port}${proof(cli, command.verified)}`);
    if (command.fields.length > 0) await fieldTable(cli, command.fields, "values");
  }
  notes(cli, "command.codec.show.differs", shape.differs);
  notes(cli, "command.codec.show.not-covered", shape.notCovered);
}

function notes(
  { say, out, language }: Cli,
  title: "command.codec.show.differs" | "command.codec.show.not-covered",
  all: readonly Note[],
): void {
  if (all.length === 0) return;
  out.line();
  out.line(say(title));
  for (const one of all) for (const line of wrap(`- ${one[language]}`, out.columns - 2, "  ")) out.line(`  ${line}`);
}

const proof = (cli: Cli, verified: boolean): string =>
  verified ? "" : ` · ${cli.say("command.codec.show.unverified")}`;

async function fieldTable(cli: Cli, fields: readonly FieldShape[], last: "measures" | "values"): Promise<void> {
  const { fieldRange, fieldRows } = await import("../codecs.ts");
  const indent = "    ";
  const head = [
    { title: cli.say("column.field") },
    ...(last === "measures" ? [{ title: cli.say("column.measurement") }] : []),
    { title: cli.say("column.range"), flexible: true },
  ];
  const rows = fieldRows(fields).map(({ depth, field }) => [
    `${"  ".repeat(depth)}${field.name}${field.optional && last === "values" ? "?" : ""}`,
    ...(last === "measures" ? [field.measures.map((each) => each.name).join(", ")] : []),
    fieldRange(field, cli.language),
  ]);
  for (const line of renderTable(head, rows, cli.out.columns - indent.length)) cli.out.line(indent + line);
}
