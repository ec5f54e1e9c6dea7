import type { Decoded, Measurement } from "../../codecs/index.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { parseBase64, parseFPort, parseHex } from "../inputs.ts";
import { renderTable } from "../terminal/table.ts";
import { shownTime, shownValue } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";

interface Options {
  readonly port: string;
  readonly base64?: boolean;
  readonly json?: boolean;
}

export const codecDecode = commandFile({
  exits: ["failed"],
  examples: [
    {
      line: 'codec decode milesight-em400 "01755C 036701 010482 440805 0001" --port 85',
      text: "command.codec.decode.example.bin",
    },
    {
      line: "codec decode milesight-em400 --base64 AXVcA2cBAQSCRAgFAAE= --port 85 --json",
      text: "command.codec.decode.example.base64",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<model>", say("command.codec.decode.model"))
      .argument("<frame...>", say("command.codec.decode.frame"))
      .requiredOption("--port <n>", say("command.codec.decode.port"))
      .option("--base64", say("command.codec.decode.base64"))
      .action(async (model: string, frame: readonly string[], options: Options) => {
        const { codecNamed } = await import("../codecs.ts");
        const codec = codecNamed(say, model);
        const bytes = options.base64 ? parseBase64(frame) : parseHex(frame, say);
        const result = codec.decode({ bytes, fPort: parseFPort(options.port) });
        if (!result.ok) {
          const { wireText } = await import("../wire-texts.ts");
          const values = { model, detail: wireText(cli, result.fault), reason: result.fault.code };
          throw fault("frame-unreadable", values, { detail: { fault: result.fault } });
        }
        if (options.json) cli.out.line(JSON.stringify(decodedJson(result.value)));
        else await show(cli, result.value);
      });
  },
});

const byName = (measurements: readonly Measurement[]) =>
  Object.fromEntries(measurements.map(({ name, value, unit }) => [name, { value, unit }]));

function decodedJson(decoded: Decoded) {
  return {
    model: decoded.model,
    fPort: decoded.fPort,
    measurements: byName(decoded.measurements),
    warnings: decoded.warnings,
    codec: decoded.codec,
    fields: decoded.fields,
    ...(decoded.deviceTime === undefined ? {} : { deviceTime: new Date(decoded.deviceTime).toISOString() }),
    history: decoded.history.map((past) => ({
      at: new Date(past.at).toISOString(),
      measurements: byName(past.measurements),
    })),
    ...(decoded.earlier === undefined
      ? {}
      : {
          earlier: decoded.earlier.map(({ seconds, measurements }) => ({
            seconds,
            measurements: byName(measurements),
          })),
        }),
  };
}

async function show(cli: Cli, decoded: Decoded): Promise<void> {
  const { say, out, language } = cli;
  const { model, codec } = decoded;
  out.line(out.paint("bold", say("command.codec.decode.title", { model, codec, port: decoded.fPort })));
  const table = (measurements: readonly Measurement[], indent: string): void => {
    const head = [{ title: say("column.measurement") }, { title: say("column.value"), align: "right" as const }];
    const rows = measurements.map((each) => [each.name, shownValue(each, language, say)]);
    for (const line of renderTable(head, rows, out.columns - indent.length)) out.line(indent + line);
  };
  const earlier = decoded.earlier ?? [];
  if (decoded.measurements.length + decoded.history.length + earlier.length === 0)
    out.line(say("command.codec.decode.nothing"));
  if (decoded.measurements.length > 0) table(decoded.measurements, "");
  if (decoded.deviceTime !== undefined)
    out.line(say("command.codec.decode.device-time", { time: shownTime(new Date(decoded.deviceTime), language) }));
  showPast(cli, decoded);
  if (decoded.warnings.length === 0) return;
  const { wireText } = await import("../wire-texts.ts");
  out.line(out.paint("yellow", say("command.codec.decode.warnings")));
  for (const warning of decoded.warnings) {
    const place =
      warning.offset === undefined ? "" : ` (${say("command.codec.decode.at-byte", { offset: warning.offset })})`;
    for (const line of wrap(`- ${wireText(cli, warning)}${place}`, out.columns, "  ")) out.line(line);
  }
}

/** The values of a frame that are older than itself, each with its time or its age. */
function showPast({ say, out, language }: Cli, { history, earlier = [] }: Decoded): void {
  const past = [
    ...history.map(({ at, measurements }) => ({ when: shownTime(new Date(at), language), measurements })),
    ...earlier.map(({ seconds, measurements }) => ({
      when: say("command.codec.decode.earlier", { minutes: Math.round(seconds / 60) }),
      measurements,
    })),
  ];
  if (past.length === 0) return;
  const head = [
    { title: say("column.when") },
    { title: say("column.measurement") },
    { title: say("column.value"), align: "right" as const },
  ];
  const rows = past.flatMap(({ when, measurements }) =>
    measurements.map((each) => [when, each.name, shownValue(each, language, say)]),
  );
  out.line();
  out.line(say("command.codec.decode.history"));
  for (const line of renderTable(head, rows, out.columns)) out.line(line);
}
