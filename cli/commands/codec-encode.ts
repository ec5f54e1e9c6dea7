import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";

export const codecEncode = commandFile({
  exits: ["failed"],
  examples: [
    { line: "codec encode nas-ul20xx dim '{\"level\":50}'", text: "command.codec.encode.example.dim" },
    {
      line: 'codec encode nas-ul20xx dim \'{"address":"broadcast","level":50}\' --json',
      text: "command.codec.encode.example.json",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<model>", say("command.codec.encode.model"))
      .argument("<command>", say("command.codec.encode.command"))
      .argument("[json]", say("command.codec.encode.fields"))
      .action(async (model: string, name: string, json: string | undefined, options: { readonly json?: boolean }) => {
        const { codecNamed, unknownCodecCommand } = await import("../codecs.ts");
        const codec = codecNamed(say, model);
        const names = codec.shape.commands.map((each) => each.name);
        if (!names.includes(name)) throw unknownCodecCommand(say, model, name, names);
        const fields = parseFields(json ?? "{}");
        const result = codec.encode(name, fields);
        if (!result.ok) {
          const { fieldLines, wireText } = await import("../wire-texts.ts");
          const shape = codec.shape.commands.find((each) => each.name === name);
          const lines = fieldLines(cli, result.fault.field, shape?.fields ?? []);
          const values = { model, command: name, detail: wireText(cli, result.fault), reason: result.fault.code };
          throw fault("command-unencodable", values, { lines, detail: { fault: result.fault } });
        }
        const { fPort } = result.value;
        const bytes = Buffer.from(result.value.bytes).toString("hex");
        if (options.json) return cli.out.line(JSON.stringify({ model, command: name, fields, fPort, bytes }));
        cli.out.line(say("command.codec.encode.port", { port: fPort }));
        cli.out.line(say("command.codec.encode.bytes", { hex: bytes }));
      });
  },
});

function parseFields(typed: string): Readonly<Record<string, unknown>> {
  const refused = (detail: string) =>
    fault("wrong-json", { typed: typed.slice(0, 60), detail, example: '{"level":50}' });
  let value: unknown;
  try {
    value = JSON.parse(typed);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : "");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refused(Array.isArray(value) ? "[…]" : typeof value);
  return value as Readonly<Record<string, unknown>>;
}
