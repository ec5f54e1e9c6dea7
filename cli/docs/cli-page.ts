import { z } from "zod";
import type { Cli, Terminal } from "../cli.ts";
import { COMMANDS, type CommandPath } from "../command-table.ts";
import { EXIT, type ExitName } from "../exit-codes.ts";
import { ErrorJson, JSON_OUTPUT } from "../json-output.ts";
import { loadSay } from "../language.ts";
import { buildProgram } from "../program.ts";
import { jsonType } from "./json-type.ts";
import { NOTE, page, table } from "./markdown.ts";

const INTRODUCTION = `# The command line

\`npx beffroi COMMAND\` in a checkout, \`beffroi COMMAND\` in an image. Texts are French or English by the terminal's locale
(\`LC_ALL\`, \`LC_MESSAGES\`, \`LANG\`) or by \`--lang fr|en\`; colours only on a terminal and without \`NO_COLOR\`. The answer goes
to standard output, everything else to standard error.

## For scripts

- \`--json\` prints one JSON object a line; its fields are only ever added to. Times are ISO 8601 in UTC, units UCUM, bytes
  lower-case hex. It does not depend on the language.
- A failure prints one line on standard error in the form below. \`code\` is stable ([errors.md](errors.md)); the texts are for people.
- Which box: \`--data FOLDER\`, \`--config FILE\`, \`BEFFROI_CONFIG\`, \`./beffroi.toml\`, the first that is given.`;

export async function cliPage(): Promise<string> {
  const cli = await quietCli();
  const program = await buildProgram(cli, () => "", "everything");
  const parts = [INTRODUCTION, fenced(jsonType(z.toJSONSchema(ErrorJson))), exitTable(cli)];
  for (const { path } of COMMANDS) {
    let command = program;
    for (const word of path.split(" ")) command = command.commands.find((each) => each.name() === word) ?? command;
    let help = "";
    command.configureOutput({ ...command.configureOutput(), writeOut: (text) => (help += text) });
    command.outputHelp();
    parts.push(`## ${path}`, fenced(help.trimEnd(), "text"), ...jsonPart(path));
  }
  return page(NOTE, ...parts);
}

function jsonPart(path: CommandPath): string[] {
  const output = JSON_OUTPUT[path];
  if (output === undefined) return [];
  const title = output.lines === "one" ? "With `--json`, one line:" : "With `--json`, one line for each:";
  return [title, fenced(jsonType(z.toJSONSchema(output.schema, { unrepresentable: "any" })))];
}

function exitTable(cli: Cli): string {
  const rows = (Object.keys(EXIT) as ExitName[]).map((name) => [String(EXIT[name]), name, cli.say(`exit.${name}`)]);
  return `## Exit codes\n\n${table(["exit", "name", "means"], rows)}`;
}

const fenced = (text: string, language = "ts"): string => `\`\`\`${language}\n${text}\n\`\`\``;

/** The program as the page shows it: English, 80 columns, nothing written. */
async function quietCli(): Promise<Cli> {
  const terminal: Terminal = {
    write: () => {},
    line: () => {},
    prose: () => {},
    drained: async () => {},
    columns: 80,
    interactive: false,
    paint: (_style, text) => text,
  };
  return { language: "en", say: await loadSay("en"), env: {}, cwd: "/", out: terminal, err: terminal, now: () => 0 };
}
