import { resolve } from "node:path";
import type { CarriedBatch } from "../../api/carried.ts";
import { writeBatchFile } from "../batch-file.ts";
import { type Cli, commandFile } from "../cli.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

const SEQ_DIGITS = 12;
const padded = (seq: number): string => String(seq).padStart(SEQ_DIGITS, "0");

/** Sorted by name, batches are in their order. */
const fileOf = ({ box, epoch, firstSeq, lastSeq }: CarriedBatch): string =>
  `${box}-${epoch}-${padded(firstSeq)}-${padded(lastSeq)}.batch`;

export const syncExport = commandFile({
  exits: ["failed", "unreachable"],
  examples: [
    { line: "sync export /media/usb/beffroi", text: "command.sync.export.example.key" },
    { line: "sync export /media/usb/beffroi --all", text: "command.sync.export.example.all" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command.argument("<folder>", say("command.sync.export.folder")).option("--all", say("command.sync.export.all")),
      cli,
    ).action((folder: string, options: Options) => runSyncExport(cli, resolve(cli.cwd, folder), options));
  },
});

async function runSyncExport(cli: Cli, folder: string, options: Options): Promise<void> {
  const { createBoxClient } = await import("../box-client.ts");
  const { say, out, err } = cli;
  const client = createBoxClient(cli, await dataFolderOf(cli, options));
  let [entries, files, lastSeq] = [0, 0, 0];
  for await (const batch of client.batches(options.all === true)) {
    writeBatchFile(folder, fileOf(batch), Buffer.from(batch.body, "base64"));
    entries += batch.entries;
    files += 1;
    lastSeq = batch.lastSeq;
    if (err.interactive) err.write(`\r${say("command.sync.export.progress", { n: entries })}`);
  }
  if (err.interactive && files > 0) err.write("\n");
  if (options.json) return out.line(JSON.stringify({ folder, entries, files, lastSeq }));
  if (files === 0) return out.line(say("command.sync.export.none"));
  out.line(say("command.sync.export.done", { n: entries, files, folder }));
  out.line(say("command.sync.export.next"));
}
