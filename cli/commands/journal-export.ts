import { Option } from "commander";
import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { withJournal } from "../journal-file.ts";
import { openSink } from "../sink.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly from?: string;
  readonly to?: string;
  readonly output?: string;
  readonly force?: boolean;
}

function parseSeq(typed: string, option: string, min: number): number {
  const seq = Number(typed);
  if (/^\d{1,15}$/.test(typed) && seq >= min) return seq;
  throw fault("wrong-number", { typed, option, min: String(min), max: String(Number.MAX_SAFE_INTEGER) });
}

/** Bytes as hex, as everywhere people read them. */
const shown = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;

export const journalExport = commandFile({
  exits: ["failed"],
  examples: [
    { line: "journal export -o journal.ndjson", text: "command.journal.export.example.all" },
    { line: "journal export --from 1000 --to 2000", text: "command.journal.export.example.part" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .addOption(new Option("--from <seq>", say("command.journal.export.from")))
        .addOption(new Option("--to <seq>", say("command.journal.export.to")))
        .option("-o, --output <file>", say("command.journal.export.output"))
        .option("--force", say("command.export.force")),
      cli,
    ).action(async (options: Options) => {
      const { correctedEntries } = await import("../../cloud-sync/journal/inspect.ts");
      const from = options.from === undefined ? 1 : parseSeq(options.from, "--from", 1);
      const to = options.to === undefined ? Number.MAX_SAFE_INTEGER : parseSeq(options.to, "--to", from);
      const sink = openSink(cli, options);
      let count = 0;
      await withJournal(cli, options, async (journal) => {
        for (const entry of correctedEntries(journal, from, Math.min(to, journal.lastSeq))) {
          await sink.write(`${JSON.stringify(entry, shown)}\n`);
          count += 1;
        }
      });
      await sink.end();
      if (options.output !== undefined) cli.err.line(say("journal.export.done", { n: count, file: options.output }));
    });
  },
});
