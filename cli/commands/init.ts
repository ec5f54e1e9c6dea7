import type { Command } from "commander";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import type { Settings } from "../init-file.ts";
import type { Found } from "../init-look.ts";
import type { Questions } from "../terminal/ask.ts";
import { wrap } from "../terminal/wrap.ts";
import { sayingIfSlow } from "../waiting.ts";
import { CONFIG_FILE } from "../which-box.ts";

interface Options {
  readonly commune?: string;
  readonly name?: string;
  readonly data?: string;
  readonly broker?: string;
  readonly api?: string;
  readonly apiKeyFile?: string;
  readonly tenant?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export const init = commandFile({
  exits: ["failed"],
  examples: [
    { line: "init", text: "command.init.example.here" },
    {
      line: "init --commune Remiremont --api http://127.0.0.1:8080 --api-key-file ./chirpstack.key --yes",
      text: "command.init.example.script",
    },
  ],
  declare: (command, cli) => {
    options(command, cli).action((file: string | undefined, given: Options) => run(cli, file ?? CONFIG_FILE, given));
  },
});

const options = (command: Command, { say }: Cli): Command =>
  command
    .argument("[file]", say("command.init.file"))
    .option("--commune <name>", say("command.init.commune"))
    .option("--name <box>", say("command.init.name"))
    .option("--data <folder>", say("command.init.data"))
    .option("--broker <url>", say("command.init.broker"))
    .option("--api <url>", say("command.init.api"))
    .option("--api-key-file <file>", say("command.init.api-key-file"))
    .option("--tenant <id>", say("command.init.tenant"))
    .option("--yes", say("command.init.yes"));

async function run(cli: Cli, typed: string, given: Options): Promise<void> {
  const [{ resolve, dirname }, { existsSync, writeFileSync }, look, { tomlOf }, { openQuestions }] = await Promise.all([
    import("node:path"),
    import("node:fs"),
    import("../init-look.ts"),
    import("../init-file.ts"),
    import("../terminal/ask.ts"),
  ]);
  const file = resolve(cli.cwd, typed);
  if (existsSync(file)) throw fault("file-in-the-way", { file });
  const found = await sayingIfSlow(cli, cli.say("waiting.init"), look.lookAround(cli.cwd));
  if (!given.json) sayFound(cli, found, given);
  const questions = given.yes || given.json ? undefined : openQuestions(cli.out, process.stdin);
  const settings = await decide(cli, given, found, questions).finally(() => questions?.close());
  const text = tomlOf(settings);
  const { parseConfig } = await import("../../gateway/config.ts");
  const checked = parseConfig(text, dirname(file));
  if (!checked.ok) {
    const { configFaultLines } = await import("../config-fault-lines.ts");
    const lines = configFaultLines(cli.say, checked.faults);
    throw fault("config-invalid", { file, n: checked.faults.length }, { lines, detail: { faults: checked.faults } });
  }
  try {
    writeFileSync(file, text, { mode: 0o640, flag: "wx" });
  } catch (error) {
    throw fault("file-unwritable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  if (given.json) return cli.out.line(JSON.stringify({ file, found, settings }));
  const next = [
    cli.out.paint("green", cli.say("init.written", { file })),
    ...text
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
  ];
  for (const line of next) cli.out.line(line);
  for (const line of wrap(cli.say("init.next"), readingWidth(cli.out))) cli.out.line(line);
}

/** What was found, with what that spares the person. */
function sayFound(cli: Cli, found: Found, given: Options): void {
  const { say } = cli;
  const lines = [
    ...(given.broker === undefined ? [say(found.broker ? "init.broker-found" : "init.broker-missing")] : []),
    ...(given.api === undefined ? [say(found.api ? "init.api-found" : "init.api-missing")] : []),
    say("init.time-zone", { zone: found.timeZone }),
  ];
  for (const line of lines.flatMap((text) => wrap(text, readingWidth(cli.out), "  "))) cli.out.line(line);
  cli.out.line();
}

/** Given by a flag, else found, else asked, else left out. */
async function decide(cli: Cli, given: Options, found: Found, questions: Questions | undefined): Promise<Settings> {
  const name = await nameOf(cli, given, found, questions);
  const chirpstack = await chirpstackOf(cli, given, found, questions);
  return {
    name,
    data: given.data ?? found.dataFolder,
    broker: given.broker ?? "mqtt://127.0.0.1:1883",
    ...(chirpstack === undefined ? {} : { chirpstack }),
  };
}

async function nameOf(cli: Cli, given: Options, found: Found, questions: Questions | undefined): Promise<string> {
  const { boxNameOf, knownCommunes } = await import("../init-look.ts");
  if (given.name !== undefined) return given.name;
  const asked = given.commune ?? (await questions?.ask(cli.say("init.ask-commune"))) ?? "";
  const communes = await knownCommunes();
  const known = communes.find(
    ({ insee, name }) => insee === asked.toUpperCase() || boxNameOf(name) === boxNameOf(asked),
  );
  if (known !== undefined) {
    if (questions !== undefined) cli.out.prose(cli.say("init.commune-known", { name: known.name, insee: known.insee }));
    return known.box;
  }
  // A code says nothing to people; a commune of which only the code is known here is named by it.
  const proposed = /^\d[\dAB]\d{3}$/i.test(asked) ? `commune-${asked.toLowerCase()}` : boxNameOf(asked);
  const otherwise = proposed || boxNameOf(found.hostname) || "box";
  if (questions !== undefined) return questions.ask(cli.say("init.ask-name"), otherwise);
  if (asked !== "") cli.err.prose(cli.say("init.commune-unknown", { asked, name: otherwise }));
  return otherwise;
}

async function chirpstackOf(
  cli: Cli,
  given: Options,
  found: Found,
  questions: Questions | undefined,
): Promise<Settings["chirpstack"]> {
  const api = given.api ?? (found.api ? "http://127.0.0.1:8080" : undefined);
  if (api === undefined) return undefined;
  const apiKeyFile = given.apiKeyFile ?? found.apiKeyFile ?? (await newKeyFile(cli, questions));
  if (apiKeyFile === undefined) return undefined;
  // A key of one tenant is enough, and cannot tell by itself whose it is.
  const tenant = (given.tenant ?? (await questions?.ask(cli.say("init.ask-tenant"))) ?? "").trim();
  return { api, apiKeyFile, ...(tenant === "" ? {} : { tenantId: tenant }) };
}

/** A key that was typed goes into a file of its own at once. */
async function newKeyFile(cli: Cli, questions: Questions | undefined): Promise<string | undefined> {
  const key = (await questions?.askSecret(cli.say("init.ask-api-key")))?.trim() ?? "";
  if (key === "") return undefined;
  const [{ writeFileSync }, { resolve }] = await Promise.all([import("node:fs"), import("node:path")]);
  const file = resolve(cli.cwd, "chirpstack.key");
  writeFileSync(file, `${key}\n`, { mode: 0o600, flag: "wx" });
  return file;
}
