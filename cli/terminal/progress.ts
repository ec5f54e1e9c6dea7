import type { Terminal } from "../cli.ts";
import { cut, displayWidth } from "./width.ts";

export interface Progress {
  update(label: string, done: number, all: number): void;
  /** Wipes the line: what follows stands alone. */
  end(): void;
}

const FIRST_MS = 500;
const EVERY_MS = 100;
/** A log is read later: a line now and then is enough. */
const EVERY_MS_IN_A_FILE = 10_000;
const BAR = 20;

/** One line that is written over in a terminal, a line from time to time elsewhere; nothing for what is done at once. */
export function createProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  const began = now();
  let next = began + FIRST_MS;
  let width = 0;
  return {
    update(label, done, all) {
      const at = now();
      if (at < next || all === 0) return;
      next = at + (terminal.interactive ? EVERY_MS : EVERY_MS_IN_A_FILE);
      const filled = Math.round((BAR * done) / all);
      const counts = `${done}/${all}`;
      if (!terminal.interactive) return terminal.line(`${label} ${counts}`);
      const text = cut(`${label} ${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${counts}`, terminal.columns - 1);
      terminal.write(`\r${text}${" ".repeat(Math.max(0, width - displayWidth(text)))}`);
      width = displayWidth(text);
    },
    end() {
      if (width > 0) terminal.write(`\r${" ".repeat(width)}\r`);
      width = 0;
    },
  };
}
