/** What every command receives: the person's language and the terminal. Commands touch no global of the process. */
import type { Command } from "commander";
import type { Language } from "../texts/catalogue.ts";
import { pathsFor } from "./command-table.ts";
import type { ExitName } from "./exit-codes.ts";
import { type CliSay, languageOf, loadSay, loadSummaries, type PlainKey } from "./language.ts";
import { wrap } from "./terminal/wrap.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow";

export interface Terminal {
  /** A text as it is. */
  write(text: string): void;
  line(text?: string): void;
  /** A sentence: a terminal that is too narrow would break it within a word. */
  prose(text: string): void;
  /** Resolves when the reader keeps up again. */
  drained(text: string): Promise<void>;
  /** Width to keep to; unlimited when a file or a pipe reads. */
  readonly columns: number;
  readonly interactive: boolean;
  /** Coloured where the terminal shows colours and NO_COLOR is not set. */
  paint(style: Style, text: string): string;
}

export interface Cli {
  readonly language: Language;
  readonly say: CliSay;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: Terminal;
  /** For what is not the answer: notes while waiting, faults. */
  readonly err: Terminal;
  now(): number;
}

export interface Example {
  /** The command line, as typed after `beffroi`. */
  readonly line: string;
  readonly text: PlainKey;
}

/** What a file in commands/ offers. */
export interface CommandFile {
  /** Adds arguments, options and the action. */
  declare(command: Command, cli: Cli): void;
  readonly examples: readonly Example[];
  /** Exits beside `ok` and `usage`, which every command has. */
  readonly exits: readonly ExitName[];
}

/** Identity, for the type. */
export const commandFile = (file: CommandFile): CommandFile => file;

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};
const COLUMNS_MIN = 40;
/** Wider lines of prose tire the eye. */
const PROSE_COLUMNS = 80;

export const readingWidth = (terminal: Terminal): number => Math.min(terminal.columns, PROSE_COLUMNS);

export function createTerminal(stream: NodeJS.WriteStream, env: Cli["env"]): Terminal {
  const interactive = stream.isTTY === true;
  const coloured = interactive && !env.NO_COLOR && env.TERM !== "dumb";
  return {
    write: (text) => void stream.write(text),
    line: (text = "") => void stream.write(`${text}\n`),
    prose(text) {
      const lines = interactive ? wrap(text, Math.min(stream.columns ?? PROSE_COLUMNS, PROSE_COLUMNS)) : [text];
      for (const line of lines) stream.write(`${line}\n`);
    },
    drained: (text) => new Promise((done) => void (stream.write(text) ? done() : stream.once("drain", done))),
    columns: interactive ? Math.max(COLUMNS_MIN, stream.columns ?? 80) : Number.POSITIVE_INFINITY,
    interactive,
    paint: (style, text) => {
      const [on, off] = CODES[style];
      return coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
    },
  };
}

export async function createCli(argv: readonly string[], host: NodeJS.Process): Promise<Cli> {
  const language = languageOf(argv, host.env);
  return {
    language,
    // Without a command there is only the help to show, or a refusal, which loads what it says.
    say: await (pathsFor(argv).size === 0 ? loadSummaries : loadSay)(language),
    env: host.env,
    cwd: host.cwd(),
    out: createTerminal(host.stdout, host.env),
    err: createTerminal(host.stderr, host.env),
    now: () => Date.now(),
  };
}
