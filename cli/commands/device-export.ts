import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { withRegistry } from "../registry-of-box.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly format?: string;
  readonly separator?: string;
  readonly lambert93?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const FORMATS = ["csv", "geojson"] as const;
const SEPARATORS = [";", ","] as const;

export const deviceExport = commandFile({
  exits: ["failed"],
  examples: [
    { line: "device export lampes.csv", text: "command.device.export.example.csv" },
    { line: "device export lampes.geojson", text: "command.device.export.example.geojson" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    const declared = command
      .argument("[file]", say("command.device.export.file"))
      .option("--format <format>", say("command.device.export.format"))
      .option("--separator <sign>", say("command.device.export.separator"))
      .option("--lambert93", say("command.device.export.lambert"))
      .option("--force", say("command.device.export.force"));
    withBoxOptions(declared, cli).action(async (file: string | undefined, options: Options) => {
      const otherwise = /\.(?:geo)?json$/i.test(file ?? "") ? "geojson" : "csv";
      const format = chosen("--format", options.format ?? otherwise, FORMATS);
      const usual = cli.language === "fr" ? ";" : ",";
      const separator = chosen("--separator", options.separator ?? usual, SEPARATORS);
      const { writeCsv, writeGeoJson } = await import("../../device-registry/lists/index.ts");
      const { standingOf } = await import("../list-import.ts");
      const { devices, assets } = standingOf(await withRegistry(cli, options, (registry) => registry.registry()));
      const { language } = cli;
      const projection = options.lambert93 ? "lambert93" : "wgs84";
      const text =
        format === "csv"
          ? writeCsv(devices, assets, { language, separator, projection })
          : writeGeoJson(devices, assets, { language });
      if (file === undefined) return cli.out.drained(text);
      await write(cli.cwd, file, text, options.force === true);
      const n = format === "csv" ? text.split("\r\n").length - 2 : JSON.parse(text).features.length;
      cli.out.line(
        options.json ? JSON.stringify({ file, lines: n }) : say("command.device.export.written", { n, file }),
      );
    });
  },
});

function chosen<T extends string>(option: string, typed: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === typed);
  if (found === undefined) throw fault("wrong-choice", { option, typed, choices: choices.join(" ") });
  return found;
}

async function write(cwd: string, file: string, text: string, force: boolean): Promise<void> {
  const { writeFileSync } = await import("node:fs");
  const { resolve } = await import("node:path");
  try {
    writeFileSync(resolve(cwd, file), text, { flag: force ? "w" : "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw fault("file-exists", { file });
    throw fault("file-unwritable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
}
