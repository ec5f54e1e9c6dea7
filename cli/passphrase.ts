/** A passphrase from a file, or typed twice at the terminal; never from the command line, where others could see it. */
import { resolve } from "node:path";
import { passphraseIn } from "../gateway/backup.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { openQuestions } from "./terminal/ask.ts";

export interface PassphraseOptions {
  readonly passphrase?: boolean;
  readonly passphraseFile?: string;
}

const CHARS_MIN = 12;

export async function passphraseOf(
  cli: Cli,
  { passphrase, passphraseFile }: PassphraseOptions,
  use: "new" | "known",
): Promise<string | undefined> {
  if (passphraseFile !== undefined) return fromFile(cli, passphraseFile, use);
  if (!passphrase) return undefined;
  const questions = openQuestions(cli.err, process.stdin);
  if (questions === undefined) throw fault("no-terminal", { option: "--passphrase-file" });
  try {
    const typed = await questions.askSecret(cli.say("passphrase.ask"));
    if (use === "known") return typed;
    if (typed.length < CHARS_MIN) throw fault("passphrase-short", { n: CHARS_MIN });
    if ((await questions.askSecret(cli.say("passphrase.again"))) !== typed) throw fault("passphrase-differs", {});
    return typed;
  } finally {
    questions.close();
  }
}

function fromFile(cli: Cli, typed: string, use: "new" | "known"): string {
  const file = resolve(cli.cwd, typed);
  let passphrase: string;
  try {
    passphrase = passphraseIn(file);
  } catch (error) {
    throw fault("file-unreadable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  if (use === "new" && passphrase.length < CHARS_MIN) throw fault("passphrase-short", { n: CHARS_MIN });
  return passphrase;
}
