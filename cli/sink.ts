/** Where exported lines go: the screen, or a file that is not overwritten unasked. */
import { createWriteStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";

export interface Sink {
  /** Waits when the disk or the reader is slower than the box. */
  write(text: string): Promise<void>;
  end(): Promise<void>;
}

export function openSink(cli: Cli, options: { readonly output?: string; readonly force?: boolean }): Sink {
  if (options.output === undefined) return { write: async (text) => cli.out.drained(text), end: async () => {} };
  const file = resolve(cli.cwd, options.output);
  if (existsSync(file) && !options.force) throw fault("file-exists", { file });
  const stream = createWriteStream(file, { mode: 0o600 });
  const failed = new Promise<never>((_, reject) => {
    stream.once("error", (error) => reject(fault("file-unwritable", { file, detail: error.message })));
  });
  failed.catch(() => {});
  const written = (text: string) =>
    new Promise<void>((done) => (stream.write(text) ? done() : stream.once("drain", done)));
  return {
    write: (text) => Promise.race([written(text), failed]),
    end: () => Promise.race([new Promise<void>((done) => stream.end(done)), failed]),
  };
}
