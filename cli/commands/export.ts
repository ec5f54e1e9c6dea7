import { Option } from "commander";
import type { ReadingView } from "../../api/schemas.ts";
import { type Cli, commandFile } from "../cli.ts";
import { parseDevEui, parseTime } from "../inputs.ts";
import { openSink } from "../sink.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly csv?: boolean;
  readonly json?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly device?: string;
  readonly output?: string;
  readonly force?: boolean;
}

const PROGRESS_EVERY = 5_000;
/** Columns of the CSV, one line a measurement; part of what scripts rely on. */
export const CSV_COLUMNS = [
  "at",
  "device",
  "asset",
  "commune",
  "measurement",
  "value",
  "unit",
  "receivedAt",
  "fCnt",
  "fPort",
  "frame",
  "codec",
  "notes",
  "fault",
] as const;

export const exportReadings = commandFile({
  exits: ["failed", "unreachable"],
  examples: [
    { line: "export --csv --from -24h -o readings.csv", text: "command.export.example.csv" },
    { line: "export --json --device 70b3d5e75e01a2b3 --from 2026-11-01", text: "command.export.example.json" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .addOption(new Option("--csv", say("command.export.csv")).conflicts("json"))
        .option("--from <time>", say("command.export.from"))
        .option("--to <time>", say("command.export.to"))
        .option("--device <deveui>", say("command.export.device"))
        .option("-o, --output <file>", say("command.export.output"))
        .option("--force", say("command.export.force")),
      cli,
    ).action((options: Options) => runExport(cli, options));
  },
});

async function runExport(cli: Cli, options: Options): Promise<void> {
  const { createBoxClient } = await import("../box-client.ts");
  const range = {
    ...(options.from === undefined ? {} : { from: parseTime(options.from, "--from", cli.now()) }),
    ...(options.to === undefined ? {} : { to: parseTime(options.to, "--to", cli.now()) }),
    ...(options.device === undefined ? {} : { device: parseDevEui(options.device) }),
  };
  const readings = createBoxClient(cli, await dataFolderOf(cli, options)).exported(range);
  const sink = openSink(cli, options);
  let count = 0;
  if (!options.json) await sink.write(`${CSV_COLUMNS.join(",")}\r\n`);
  for await (const reading of readings) {
    await sink.write(options.json ? `${JSON.stringify(reading)}\n` : csvLines(reading));
    count += 1;
    if (count % PROGRESS_EVERY === 0 && cli.err.interactive)
      cli.err.write(`\r${cli.say("command.export.progress", { n: count })}`);
  }
  await sink.end();
  if (cli.err.interactive && count >= PROGRESS_EVERY) cli.err.write("\n");
  if (options.output !== undefined) cli.err.line(cli.say("command.export.done", { n: count, file: options.output }));
}

function csvLines(reading: ReadingView): string {
  const line = (at: string, name: string, value: string, unit: string): string =>
    `${[
      at,
      reading.device,
      reading.asset ?? "",
      reading.commune ?? "",
      name,
      value,
      unit,
      reading.receivedAt,
      String(reading.fCnt),
      String(reading.fPort),
      reading.frame,
      reading.codec ?? "",
      reading.notes.join(" "),
      reading.fault?.code ?? "",
    ]
      .map(csvCell)
      .join(",")}\r\n`;
  const block = (at: string, measurements: ReadingView["measurements"]): string[] =>
    Object.entries(measurements).map(([name, measured]) => line(at, name, String(measured.value), measured.unit));
  const lines = [
    ...reading.history.flatMap((past) => block(past.at, past.measurements)),
    ...block(reading.at, reading.measurements),
  ];
  // A frame nobody could read is data too.
  return lines.length === 0 ? line(reading.at, "", "", "") : lines.join("");
}

/** RFC 4180; a text that a spreadsheet would run as a formula gets a quote before it (OWASP, CSV injection). */
function csvCell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
