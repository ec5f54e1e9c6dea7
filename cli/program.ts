/** The tree of commander commands, speaking the person's language: headings, options and refusals come from the catalogue. */
import { Command, type CommanderError } from "commander";
import { placeholderEn } from "../texts/cli/placeholder-en.ts";
import { closest } from "../texts/closest.ts";
import { type Cli, type CommandFile, readingWidth } from "./cli.ts";
import { COMMANDS, type CommandPath, pathsFor, type TableEntry } from "./command-table.ts";
import { EXIT, type ExitName } from "./exit-codes.ts";
import { type CliFault, fault } from "./faults.ts";
import { displayWidth } from "./terminal/width.ts";

/** Thrown when commander has already said all there was to say: help, version. */
export class Said extends Error {
  readonly exit: number;
  constructor(exit: number) {
    super("said");
    this.exit = exit;
  }
}

/** Builds the program; loads only the files `argv` names, or all of them for `everything` (documentation, tests). */
export async function buildProgram(
  cli: Cli,
  version: () => string,
  argv: readonly string[] | "everything",
): Promise<Command> {
  const program = new Command("beffroi");
  const wanted = argv === "everything" ? new Set<string>(COMMANDS.map((entry) => entry.path)) : pathsFor(argv);
  dress(program, cli);
  program
    .description(cli.say("program.description"))
    .option("--lang <fr|en>", cli.say("option.lang"))
    .addHelpText("after", () =>
      afterHelp(
        cli,
        [
          { line: "demo", text: "program.example.demo" },
          { line: "codec --help", text: "program.example.help" },
        ],
        [],
      ),
    );
  // Asked lazily: reading the version costs a file.
  program.option("-V, --version", cli.say("option.version")).on("option:version", () => {
    cli.out.line(version());
    throw new Said(EXIT.ok);
  });
  const nodes = new Map<string, Command>([["", program]]);
  for (const entry of COMMANDS as readonly TableEntry[]) {
    const cutAt = entry.path.lastIndexOf(" ");
    const group = entry.path.slice(0, Math.max(0, cutAt));
    // What stands under a word nobody typed is not shown, and help must come at once.
    if (group !== "" && !wanted.has(group)) continue;
    const parent = nodes.get(group)!;
    const command = parent.command(entry.path.slice(cutAt + 1));
    nodes.set(entry.path, command);
    dress(command, cli);
    command.summary(cli.say(summaryKey(entry.path)));
    if (entry.load !== undefined && wanted.has(entry.path)) declare(command, await entry.load(), cli, entry.path);
    else command.description(sentence(cli.say(summaryKey(entry.path))));
  }
  return program;
}

/** A summary as the description of a group. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

type Dotted<Path extends string> = Path extends `${infer Head} ${infer Tail}` ? `${Head}.${Dotted<Tail>}` : Path;
type Runnable = Extract<(typeof COMMANDS)[number], { readonly load: unknown }>["path"];

const summaryKey = (path: string) => `command.${path.replaceAll(" ", ".")}` as `command.${Dotted<CommandPath>}`;
const longKey = (path: string) => `${summaryKey(path)}.long` as `command.${Dotted<Runnable>}.long`;

function declare(command: Command, file: CommandFile, cli: Cli, path: string): void {
  command.description(cli.say(longKey(path)));
  // Else `hypervisor --data` would take the `--data` that `hypervisor box add` was given.
  if (COMMANDS.some((entry) => entry.path.startsWith(`${path} `))) command.enablePositionalOptions();
  file.declare(command, cli);
  command.option("--json", cli.say("option.json"));
  command.addHelpText("after", () => afterHelp(cli, file.examples, ["ok", ...file.exits, "usage"]));
}

/** What all commands share: help in the language, refusals as our own faults. */
function dress(command: Command, cli: Cli): void {
  const headings: Readonly<Record<string, string>> = {
    "Usage:": cli.say("help.usage"),
    "Arguments:": cli.say("help.arguments"),
    "Options:": cli.say("help.options"),
    "Commands:": cli.say("help.commands"),
    "Global Options:": cli.say("help.global-options"),
  };
  command
    .helpOption("-h, --help", cli.say("option.help"))
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => cli.out.write(text),
      // Refusals are said once, by main; only a help text asked for by mistake passes here.
      writeErr: () => {},
      getOutHelpWidth: () => readingWidth(cli.out),
      getOutHasColors: () => false,
    })
    .configureHelp({
      displayWidth,
      styleTitle: (title) => cli.out.paint("bold", headings[title] ?? title),
      commandUsage: (each) => usage(each, cli),
      optionTerm: (option) => withPlaceholders(option.flags, cli),
      optionDescription: (option) => option.description,
      argumentTerm: (argument) => placeholder(argument.name(), cli),
      argumentDescription: (argument) => argument.description,
      subcommandTerm: (each) => each.name(),
      subcommandDescription: (each) => each.summary() || each.description(),
    })
    .exitOverride((error) => {
      throw translated(error, command, cli);
    });
}

const isPlaceholder = (key: string): key is keyof typeof placeholderEn => Object.hasOwn(placeholderEn, key);

/** Declared in English, read in one's own language; what has no word of its own, like `fr|en`, stands as it is. */
const placeholder = (word: string, { say }: Cli): string => {
  const key = `placeholder.${word}`;
  return isPlaceholder(key) ? say(key) : word;
};

const withPlaceholders = (flags: string, cli: Cli): string =>
  flags.replace(/(?<=[<[])[\w-]+(?=[\].>])/g, (word) => placeholder(word, cli));

function usage(command: Command, cli: Cli): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name());
  const parts = [names.join(" ")];
  const word = cli.say("help.command-placeholder");
  const runs = COMMANDS.some((entry) => entry.path === pathOf(command) && "load" in entry);
  if (command.commands.length > 0) parts.push(runs ? `[${word}]` : `<${word}>`);
  parts.push(
    ...command.registeredArguments.map((argument) => {
      const name = `${placeholder(argument.name(), cli)}${argument.variadic ? "…" : ""}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    }),
  );
  parts.push(cli.say("help.options-placeholder"));
  return parts.join(" ");
}

/** To be copied as it stands: what is too long goes on after a backslash, option by option. */
function exampleLines(cli: Cli, line: string): string[] {
  const lines: string[] = [];
  let last = "    beffroi";
  for (const part of line.split(/ (?=--)/)) {
    if (displayWidth(`${last} ${part} \\`) > cli.out.columns && last.trim() !== "beffroi") {
      lines.push(`${last} \\`);
      last = `      ${part}`;
    } else last = `${last} ${part}`;
  }
  return [...lines, last];
}

function afterHelp(cli: Cli, examples: CommandFile["examples"], exits: readonly ExitName[]): string {
  const lines = ["", cli.out.paint("bold", cli.say("help.examples"))];
  for (const example of examples) lines.push(`  ${cli.say(example.text)}`, ...exampleLines(cli, example.line));
  if (exits.length > 0) lines.push("", cli.out.paint("bold", cli.say("help.exits")));
  for (const name of [...new Set(exits)].sort((a, b) => EXIT[a] - EXIT[b]))
    lines.push(`  ${EXIT[name]}  ${cli.say(`exit.${name}`)}`);
  return lines.join("\n");
}

/** Commander's refusal as one of ours. */
function translated(error: CommanderError, command: Command, cli: Cli): Error {
  const name = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.helpDisplayed":
    case "commander.version":
      return new Said(EXIT.ok);
    case "commander.help":
      // A group without its command: the help is the answer, but nothing was done.
      cli.out.write(command.helpInformation());
      return new Said(command.parent === null ? EXIT.ok : EXIT.usage);
    case "commander.unknownCommand":
      return unknownCommand(name, command, cli);
    case "commander.unknownOption":
      return unknownOption(name, command, cli);
    case "commander.optionMissingArgument":
      return fault("option-without-value", { option: withPlaceholders(name, cli), command: pathOf(command) });
    case "commander.missingArgument":
      return fault("missing-argument", {
        argument: placeholder(name, cli),
        usage: usage(command, cli),
        command: pathOf(command),
      });
    case "commander.missingMandatoryOptionValue":
      return fault("missing-option", { option: withPlaceholders(name, cli), command: pathOf(command) });
    case "commander.conflictingOption":
      return fault("options-exclude", {
        options: [...error.message.matchAll(/'([^']*)'/g)].map((m) => m[1]).join(", "),
        command: pathOf(command),
      });
    case "commander.excessArguments": {
      const extra = command.args[command.registeredArguments.length] ?? "";
      if (command.commands.length > 0) return unknownCommand(extra, command, cli);
      return fault("too-many-arguments", { extra, usage: usage(command, cli), command: pathOf(command) });
    }
    default:
      return error;
  }
}

const pathOf = (command: Command): string =>
  command.parent === null ? "" : `${pathOf(command.parent)} ${command.name()}`.trim();

function unknownCommand(name: string, command: Command, cli: Cli): CliFault {
  const here = pathOf(command);
  const names = command.commands.map((each) => each.name());
  const near = closest(name, names);
  // `beffroi decode` means `beffroi codec decode`.
  const elsewhere = COMMANDS.find((entry) => entry.path.endsWith(` ${name}`))?.path;
  const suggestion = near === undefined ? elsewhere : `${here} ${near}`.trim();
  return fault("unknown-command", {
    name: `${here} ${name}`.trim(),
    suggestion: suggestion === undefined ? "" : ` ${cli.say("did-you-mean", { word: `beffroi ${suggestion}` })}`,
    help: `beffroi ${here} --help`.replace("  ", " "),
  });
}

function unknownOption(name: string, command: Command, cli: Cli): CliFault {
  const own = command.options.flatMap((option) => (option.long ? [option.long] : []));
  const near = closest(name, [...own, "--help", "--lang"]);
  return fault("unknown-option", {
    option: name,
    suggestion: near === undefined ? "" : ` ${cli.say("did-you-mean", { word: near })}`,
    command: pathOf(command),
  });
}
