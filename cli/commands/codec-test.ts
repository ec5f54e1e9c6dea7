import { resolve } from "node:path";
import type { CodecOutcome, CollectionOutcome } from "../../codecs/sandbox/index.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { renderTable } from "../terminal/table.ts";
import { cut } from "../terminal/width.ts";
import { wrap } from "../terminal/wrap.ts";

interface Options {
  readonly failures?: boolean;
  readonly json?: boolean;
}

export const codecTest = commandFile({
  exits: ["failed"],
  examples: [
    { line: "codec test ./chirpstack-device-profiles", text: "command.codec.test.example.collection" },
    { line: "codec test probe.js --json", text: "command.codec.test.example.json" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<path>", say("command.codec.test.path"))
      .option("--failures", say("command.codec.test.failures"))
      .action((path: string, options: Options) => test(cli, resolve(cli.cwd, path), options));
  },
});

async function test(cli: Cli, path: string, options: Options): Promise<void> {
  const { total, codecs, problems } = await tested(cli, path, options);
  if (options.json) {
    for (const problem of problems) cli.out.line(JSON.stringify({ problem }));
    cli.out.line(JSON.stringify(total));
  } else show(cli, { total, codecs, problems }, options);
  if (total.codecs === 0) throw fault("no-codecs-found", { path });
  const wrong = total.vectors - total.passed;
  const unloaded = total.codecs - total.loaded;
  if (wrong + unloaded > 0)
    throw fault("vectors-failed", { n: wrong, of: total.vectors, unloaded }, { detail: { total } });
}

async function tested(cli: Cli, path: string, options: Options): Promise<CollectionOutcome> {
  const [{ testCollection }, { parse }] = await Promise.all([import("../../codecs/sandbox/index.ts"), import("yaml")]);
  const { err, out, say } = cli;
  const onProgress = (outcome: CodecOutcome, done: number, of: number): void => {
    if (options.json) out.line(JSON.stringify(outcome));
    if (!err.interactive) return;
    const text = say("command.codec.test.progress", { done, of, codec: outcome.codec });
    err.write(`\r\u001b[K${done === of ? "" : cut(text, err.columns - 1)}`);
  };
  try {
    return await testCollection(path, { parseYaml: parse, onProgress });
  } catch (error) {
    const world = error instanceof Error && "code" in error && "path" in error;
    if (!world) throw error;
    throw fault("file-unreadable", { file: path, detail: error.message });
  }
}

function show(cli: Cli, { total, codecs, problems }: CollectionOutcome, options: Options): void {
  const { say, out } = cli;
  const head = [
    { title: say("column.codec"), flexible: true },
    { title: say("column.loaded") },
    { title: say("column.vectors"), align: "right" as const },
    { title: say("column.passed"), align: "right" as const },
  ];
  const rows = codecs.map(({ codec, loaded, vectors, passed }) => [
    codec,
    say(loaded ? "value.yes" : "value.no"),
    String(vectors),
    String(passed),
  ]);
  const sum = [
    say("column.total", { n: total.codecs }),
    String(total.loaded),
    String(total.vectors),
    String(total.passed),
  ];
  for (const line of renderTable(head, [...rows, sum], out.columns)) out.line(line);
  const said = (text: string): void => {
    for (const line of wrap(text, out.columns, "  ")) out.line(line);
  };
  for (const { codec, reason } of codecs) if (reason !== undefined) said(`${codec}: ${reason}`);
  if (options.failures)
    for (const { codec, loaded, failures } of codecs)
      if (loaded) for (const { name, kind, reason } of failures) said(`${codec}: ${kind} “${name}”: ${reason}`);
  for (const { file, reason } of problems) said(`${file}: ${reason}`);
}
