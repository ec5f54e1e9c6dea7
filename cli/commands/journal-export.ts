import { Option } from "commander";
import type { SeqRange, TimeRange } from "../../cloud-sync/journal/when.ts";
import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { parseTime } from "../inputs.ts";
import { withJournal } from "../journal-file.ts";
import { openSink } from "../sink.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly from?: string;
  readonly to?: string;
  readonly output?: string;
  readonly force?: boolean;
}

const PROGRESS_EVERY = 5_000;

/** Where to begin or to end: at an entry, or at a time. */
type Bound = { readonly seq: number; readonly at?: never } | { readonly seq?: never; readonly at: number };

function parseBound(typed: string, option: string, now: number): Bound {
  if (/^\d{1,15}$/.test(typed) && typed !== "0") return { seq: Number(typed) };
  if (/^\d+$/.test(typed)) throw fault("wrong-number", { typed, option, min: "1", max: String(10 ** 15 - 1) });
  return { at: Date.parse(parseTime(typed, option, now)) };
}

/** Numbers and times that an entry has to lie in; no times where none were asked for. */
function rangesOf({ from, to }: Options, now: number): { readonly numbers: SeqRange; readonly times?: TimeRange } {
  const begin = from === undefined ? undefined : parseBound(from, "--from", now);
  const end = to === undefined ? undefined : parseBound(to, "--to", now);
  const numbers = { from: begin?.seq ?? 1, to: end?.seq ?? Number.MAX_SAFE_INTEGER };
  const times = { from: begin?.at ?? Number.NEGATIVE_INFINITY, to: end?.at ?? Number.POSITIVE_INFINITY };
  if (numbers.from > numbers.to || times.from > times.to) throw fault("wrong-way-round", { from: from!, to: to! });
  return begin?.at === undefined && end?.at === undefined ? { numbers } : { numbers, times };
}

/** Bytes as hex, as everywhere people read them. */
const shown = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;

export const journalExport = commandFile({
  exits: ["failed"],
  examples: [
    { line: "journal export -o journal.ndjson", text: "command.journal.export.example.all" },
    { line: "journal export --from 1000 --to 2000", text: "command.journal.export.example.part" },
    {
      line: "journal export --from 2026-03-01T06:00 --to 2026-03-01T08:00",
      text: "command.journal.export.example.time",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .addOption(new Option("--from <bound>", say("command.journal.export.from")))
        .addOption(new Option("--to <bound>", say("command.journal.export.to")))
        .option("-o, --output <file>", say("command.journal.export.output"))
        .option("--force", say("command.export.force")),
      cli,
    ).action(async (options: Options) => {
      const { numbers, times } = rangesOf(options, cli.now());
      const { createProgress } = await import("../terminal/progress.ts");
      const sink = openSink(cli, options);
      const bar = createProgress(cli.err);
      const label = say("journal.export.writing");
      let count = 0;
      const [first, last] = await withJournal(cli, options, async ({ journal, entries }) => {
        for (const entry of entries(numbers, times)) {
          await sink.write(`${JSON.stringify(entry, shown)}\n`);
          count += 1;
          if (options.output !== undefined && count % PROGRESS_EVERY === 0)
            bar.update(label, entry.seq, Math.min(numbers.to, journal.lastSeq));
        }
        return [journal.oldestSeq, journal.lastSeq];
      });
      await sink.end();
      bar.end();
      if (count === 0)
        cli.err.line(first > last ? say("journal.export.empty") : say("journal.export.none", { first, last }));
      else if (options.output !== undefined)
        cli.err.line(say("journal.export.done", { n: count, file: options.output }));
    });
  },
});
