/** The edge: one command line in, one exit code out; every fault is said here and only here. */
import { existsSync, readFileSync } from "node:fs";
import { keepMemoryOutOfCoreDumps } from "../device-registry/keys/core-dump.ts";
import { type Cli, createCli, readingWidth } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { CliFault, fault, faultTexts } from "./faults.ts";
import { langOption, loadSay } from "./language.ts";
import { buildProgram, Said } from "./program.ts";
import { wrap } from "./terminal/wrap.ts";

export async function main(typed: readonly string[]): Promise<void> {
  // Some commands hold LoRaWAN keys or passphrases for a while.
  keepMemoryOutOfCoreDumps();
  const argv = withHelpLast(typed);
  // `beffroi … | head` closes our output early; that is an end, not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    void leaveUnwritten(error, argv);
  });
  const cli = await createCli(argv, process);
  try {
    const lang = langOption(argv);
    if (lang !== undefined && lang !== "fr" && lang !== "en") throw fault("wrong-language", { value: lang });
    const program = await buildProgram(cli, readVersion, argv);
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    process.exitCode = error instanceof Said ? error.exit : await report(error, cli, wantsJson(argv));
  }
}

/** What was led into a file found no room there, or no way. */
async function leaveUnwritten({ message }: Error, argv: readonly string[]): Promise<void> {
  const cli = await createCli(argv, process);
  process.exit(await report(fault("file-unwritable", { file: "stdout", detail: message }), cli, wantsJson(argv)));
}

/** `help codec decode` is `codec decode --help`. */
function withHelpLast(argv: readonly string[]): readonly string[] {
  const first = argv.findIndex((token, index) => !token.startsWith("-") && argv[index - 1] !== "--lang");
  return argv[first] === "help" ? [...argv.toSpliced(first, 1), "--help"] : argv;
}

/** Version of the package, beside the sources or one folder above the compiled ones. */
export function readVersion(): string {
  const candidates = [new URL("../package.json", import.meta.url), new URL("../../package.json", import.meta.url)];
  const found = candidates.find((url) => existsSync(url));
  const { version } = JSON.parse(readFileSync(found!, "utf8")) as { version: string };
  return version;
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

async function report(error: unknown, cli: Cli, json: boolean): Promise<number> {
  const known = error instanceof CliFault ? error : unexpected(error);
  const texts = faultTexts(await loadSay(cli.language), known);
  if (json) {
    const { code, exit } = known;
    const { what: message, means, todo: remedy } = texts;
    cli.err.line(JSON.stringify({ error: { code, exit, message, means, remedy, ...known.detail } }));
    return exit;
  }
  const columns = readingWidth(cli.err);
  const lines = [
    ...wrap(texts.what, columns).map((line) => cli.err.paint("red", line)),
    ...known.lines.flatMap((line) => wrap(line, columns, "    ")),
    ...wrap(texts.means, columns),
    ...wrap(texts.todo, columns),
  ];
  for (const line of lines) cli.err.line(line);
  return known.exit;
}

/** A mistake of ours: the trace is what helps to mend it. */
function unexpected(error: unknown): CliFault {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return fault(
    "internal",
    { what: error instanceof Error ? error.message : String(error) },
    { lines: trace.split("\n"), detail: { trace } },
  );
}
