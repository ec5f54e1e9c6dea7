import type { Cli } from "./cli.ts";

/** Nobody should wonder for longer whether anything happens. */
const QUIET_MS_MAX = 2_000;

/** Says on standard error that it waits, and for what, when an answer takes longer than two seconds. */
export async function sayingIfSlow<T>(cli: Cli, what: string, answer: Promise<T>): Promise<T> {
  const timer = setTimeout(() => cli.err.line(cli.err.paint("dim", cli.say("waiting", { what }))), QUIET_MS_MAX);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}
