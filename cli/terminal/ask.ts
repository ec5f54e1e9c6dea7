/** Questions at a terminal. Nobody is asked where nobody can answer. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Terminal } from "../cli.ts";

export interface Questions {
  /** The answer, trimmed; `otherwise` for an empty one. */
  ask(question: string, otherwise?: string): Promise<string>;
  /** As typed, and never shown. */
  askSecret(question: string): Promise<string>;
  close(): void;
}

/** Undefined unless a person sits at both ends. */
export function openQuestions(terminal: Terminal, input: NodeJS.ReadStream): Questions | undefined {
  if (!input.isTTY || !terminal.interactive) return undefined;
  let hidden = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!hidden) terminal.write(chunk.toString("utf8"));
      done();
    },
  });
  const lines = createInterface({ input, output, terminal: true });
  return {
    async ask(question, otherwise) {
      const answer = await lines.question(otherwise === undefined ? `${question} ` : `${question} [${otherwise}] `);
      return answer.trim() || (otherwise ?? "");
    },
    async askSecret(question) {
      terminal.write(`${question} `);
      hidden = true;
      try {
        return await lines.question("");
      } finally {
        hidden = false;
        terminal.line();
      }
    },
    close: () => lines.close(),
  };
}
