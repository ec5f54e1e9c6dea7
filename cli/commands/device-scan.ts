import { createInterface } from "node:readline";
import type { Label, LabelFault, LabelWarning } from "../../device-registry/labels/index.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { CliFault, fault } from "../faults.ts";
import { displayWidth } from "../terminal/width.ts";
import { wrap } from "../terminal/wrap.ts";

interface Options {
  readonly picture?: string;
  readonly json?: boolean;
}

const EXAMPLE = "LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122";

export const deviceScan = commandFile({
  exits: ["failed"],
  examples: [
    { line: `device scan '${EXAMPLE}'`, text: "command.device.scan.example.text" },
    { line: "device scan --picture IMG_0042.jpg", text: "command.device.scan.example.picture" },
    { line: "device scan --json", text: "command.device.scan.example.json" },
  ],
  declare: (command, cli) => {
    command
      .argument("[label...]", cli.say("command.device.scan.label"))
      .option("--picture <file>", cli.say("command.device.scan.picture"))
      .action(async (typed: readonly string[], options: Options) => {
        const { readLabel } = await import("../../device-registry/labels/index.ts");
        const show = options.json ? showJson : showText;
        const read = (text: string): void => {
          const result = readLabel(text);
          if (!result.ok) throw unreadable(cli, text, result.fault);
          show(cli, result.label);
        };
        const picture = options.picture ?? pictureIn(typed);
        if (picture !== undefined) return each(cli, await codesIn(cli, picture), read);
        if (typed.length > 0) return read(typed.join(" "));
        if (process.stdin.isTTY) cli.err.line(cli.say("command.device.scan.prompt"));
        return each(cli, createInterface({ input: process.stdin }), read);
      });
  },
});

/** No label ends like the name of a picture: whoever types one means the file. */
const pictureIn = ([only, ...more]: readonly string[]): string | undefined =>
  only !== undefined && more.length === 0 && /\.(png|jpe?g|webp|bmp|gif)$/i.test(only) ? only : undefined;

async function codesIn(cli: Cli, file: string): Promise<readonly string[]> {
  const { resolve } = await import("node:path");
  const { codesInPicture } = await import("../label-picture.ts");
  let codes: readonly string[];
  try {
    codes = await codesInPicture(resolve(cli.cwd, file));
  } catch (error) {
    throw fault("file-unreadable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  if (codes.length === 0) throw fault("picture-without-code", { file });
  return codes;
}

/** One that cannot be read does not keep the next ones waiting; a single one is a fault of its own. */
async function each(
  cli: Cli,
  texts: Iterable<string> | AsyncIterable<string>,
  read: (text: string) => void,
): Promise<void> {
  const unread: CliFault[] = [];
  let count = 0;
  for await (const text of texts) {
    if (text.trim() === "") continue;
    count += 1;
    try {
      read(text);
    } catch (error) {
      if (!(error instanceof CliFault)) throw error;
      unread.push(error);
      cli.err.line(cli.say("fault.label-unreadable", { reason: String(error.values.reason) }));
    }
  }
  if (count === 0) read("");
  if (count === 1 && unread[0] !== undefined) throw unread[0];
  if (unread.length > 0) throw fault("labels-unread", { n: unread.length });
}

function unreadable(cli: Cli, text: string, found: LabelFault): CliFault {
  const reason =
    found.code === "part"
      ? cli.say(`label.fault.${found.part}`, { found: found.found })
      : found.code === "ambiguous"
        ? cli.say("label.fault.ambiguous", { candidates: found.candidates.join(", ") })
        : cli.say(`label.fault.${found.code}`);
  return fault(
    "label-unreadable",
    { reason },
    { lines: [EXAMPLE], detail: { label: text.slice(0, 200), fault: found } },
  );
}

export function warningText(cli: Cli, warning: LabelWarning): string {
  switch (warning.code) {
    case "checksum-wrong":
      return cli.say("label.warning.checksum-wrong", { printed: warning.printed, computed: warning.computed });
    case "extension-unknown":
    case "extension-twice":
      return cli.say(`label.warning.${warning.code}`, { extension: warning.extension });
    default:
      return cli.say(`label.warning.${warning.code}`);
  }
}

function showJson(cli: Cli, { warnings, ...label }: Label): void {
  const told = warnings.map((warning) => ({ ...warning, message: warningText(cli, warning) }));
  cli.out.line(JSON.stringify({ ...label, warnings: told }));
}

function showText(cli: Cli, label: Label): void {
  const { say } = cli;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [say("label.form"), say(`label.form.${label.form}`)],
    [say("label.deveui"), cli.out.paint("bold", label.devEui)],
    [say("label.joineui"), label.joinEui],
    [say("label.vendor"), label.vendorId],
    [say("label.profile"), label.vendorProfileId],
    [say("label.owner-token"), label.ownerToken],
    [say("label.serial"), label.serialNumber],
    [say("label.proprietary"), label.proprietary],
    [say("label.version"), label.version],
    [say("label.checksum"), label.form === "tr005" ? say(`label.checksum.${label.checksum}`) : undefined],
  ];
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => displayWidth(name)));
  for (const [name, value] of shown) cli.out.line(`${name}${" ".repeat(width - displayWidth(name))}  ${value}`);
  for (const warning of label.warnings)
    for (const line of wrap(warningText(cli, warning), readingWidth(cli.out)))
      cli.out.line(cli.out.paint("yellow", line));
}
