import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { CarriedReply } from "../../api/carried.ts";
import { BATCH_LIMITS } from "../../cloud-sync/protocol/batch.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { askHypervisor } from "../hypervisor-client.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

export const hypervisorImport = commandFile({
  exits: ["failed", "unreachable"],
  examples: [{ line: "hypervisor import /media/usb/beffroi", text: "command.hypervisor.import.example" }],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<folder>", say("command.hypervisor.import.folder"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action((folder: string) => runImport(cli, resolve(cli.cwd, folder), command.optsWithGlobals<Options>()));
  },
});

const batchesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".batch"))
      .sort();
  } catch (error) {
    throw fault("file-unreadable", { file: folder, detail: error instanceof Error ? error.message : String(error) });
  }
};

/** What is no file of ours is not opened: a key may come from anywhere, and hold a pipe that never ends. */
const checkFile = (file: string): void => {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status?.isFile() !== true || status.size > BATCH_LIMITS.bytesMax)
    throw fault("no-batch-file", { file, max: BATCH_LIMITS.bytesMax });
};

/** What the box would have been told, in short. */
const why = ({ status, expectedSeq, incident, message }: CarriedReply): string =>
  [status, expectedSeq === undefined ? "" : `expected ${expectedSeq}`, incident ?? "", message ?? ""]
    .filter((part) => part !== "")
    .join(" · ");

async function runImport(cli: Cli, folder: string, { data, json }: Options): Promise<void> {
  const { say, out, err } = cli;
  const files = batchesIn(folder);
  if (files.length === 0) throw fault("no-batches", { folder });
  const upTo = new Map<string, number>();
  let quarantined = 0;
  for (const file of files) checkFile(join(folder, file));
  for (const [index, file] of files.entries()) {
    const body = readFileSync(join(folder, file)).toString("base64");
    const reply = await askHypervisor(cli, data, {
      method: "POST",
      path: "/batches",
      body: { body },
      reply: CarriedReply,
    });
    if (reply.status !== 200) throw fault("import-stopped", { file, detail: why(reply) }, { detail: { reply } });
    upTo.set(reply.box, reply.durableSeq ?? 0);
    quarantined += reply.quarantined?.length ?? 0;
    if (err.interactive)
      err.write(`\r${say("command.hypervisor.import.progress", { n: index + 1, of: files.length })}`);
  }
  if (err.interactive) err.write("\n");
  if (json)
    return out.line(JSON.stringify({ batches: files.length, durableSeq: Object.fromEntries(upTo), quarantined }));
  for (const [box, seq] of upTo)
    out.line(say("command.hypervisor.import.done", { n: files.length, box, seq: String(seq) }));
  if (quarantined > 0) out.line(say("command.hypervisor.import.quarantined", { n: quarantined }));
}
