import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AddCodec, AddCodecReply } from "../../api/control.ts";
import type { JsonObject, Mapping } from "../../codecs/sandbox/index.ts";
import { ASSET_KINDS, USES } from "../../device-registry/words.ts";
import { type Cli, commandFile } from "../cli.ts";
import { CliFault, fault } from "../faults.ts";
import { parseChoice, parseModelName, parseSeconds } from "../inputs.ts";
import { renderTable } from "../terminal/table.ts";
import { shownValue } from "../terminal/values.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly model: string;
  readonly use?: string;
  readonly serves?: string;
  readonly sample?: readonly string[];
  readonly mapping?: string;
  readonly writeMapping?: string;
  readonly force?: boolean;
  readonly maker?: string;
  readonly name?: string;
  readonly class?: string;
  readonly every?: string;
  readonly textTime?: boolean;
  readonly json?: boolean;
}

export const codecAdd = commandFile({
  exits: ["failed", "refused"],
  examples: [
    {
      line: "codec add probe.js --model acme-probe --sample 01F4:2 --write-mapping probe.json",
      text: "command.codec.add.example.propose",
    },
    {
      line: "codec add probe.js --model acme-probe --mapping probe.json --use waste --serves container",
      text: "command.codec.add.example.install",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<file>", say("command.codec.add.file"))
        .requiredOption("--model <model>", say("command.codec.add.model"))
        .option("--use <use>", say("command.codec.add.use", { uses: USES.join(", ") }))
        .option("--serves <kinds>", say("command.codec.add.serves", { kinds: ASSET_KINDS.join(", ") }))
        .option(
          "--sample <hex:port>",
          say("command.codec.add.sample"),
          (one: string, before: string[]) => [...before, one],
          [],
        )
        .option("--mapping <file>", say("command.codec.add.mapping"))
        .option("--write-mapping <file>", say("command.codec.add.write-mapping"))
        .option("--force", say("command.codec.add.force"))
        .option("--maker <text>", say("command.codec.add.maker"))
        .option("--name <text>", say("command.codec.add.name"))
        .option("--class <A|B|C>", say("command.codec.add.class"))
        .option("--every <duration>", say("command.codec.add.every"))
        .option("--text-time", say("command.codec.add.text-time")),
      cli,
    ).action((file: string, options: Options) => add(cli, file, options));
  },
});

async function add(cli: Cli, file: string, options: Options): Promise<void> {
  const { parseSample, proposed, readMapping, readSource, trySamples } = await import("../foreign-codec.ts");
  const record = recordOf(options);
  const given = (options.sample ?? []).map((typed) => parseSample(typed, cli));
  const edited = options.mapping === undefined ? undefined : readMapping(cli, options.mapping);
  const source = readSource(cli, file);
  const tried = await trySamples(cli, file, source, given, record.recvTime);
  const mapping = edited ?? proposed(file, tried);
  if (!options.json) await showMapping(cli, mapping, tried);
  if (options.writeMapping !== undefined) return write(cli, options, mapping);
  const folder = await dataFolderOf(cli, options);
  const { reply, running } = await install(cli, folder, { ...record, source, mapping });
  if (options.json) return cli.out.line(JSON.stringify({ ...reply, running }));
  const { model, version, sha256 } = reply.codec;
  cli.out.line(cli.say(`command.codec.add.${reply.change}`, { model, version, sha: sha256.slice(0, 12) }));
  if (!running && reply.change !== "unchanged") cli.out.line(cli.say("command.device.add.box-off"));
  if (reply.change === "added") cli.out.line(cli.say("command.codec.add.next", { model }));
}

function recordOf(options: Options): Omit<AddCodec, "source" | "mapping"> {
  const { maker, name } = options;
  const bounds = { min: "1m", max: "31d" };
  return {
    model: parseModelName(options.model),
    recvTime: options.textTime ? "string" : "date",
    ...(options.use === undefined ? {} : { use: parseChoice(options.use, "--use", USES) }),
    ...(options.serves === undefined
      ? {}
      : { assetKinds: options.serves.split(",").map((kind) => parseChoice(kind.trim(), "--serves", ASSET_KINDS)) }),
    ...(maker === undefined ? {} : { maker }),
    ...(name === undefined ? {} : { name }),
    ...(options.class === undefined
      ? {}
      : { deviceClass: parseChoice(options.class, "--class", ["A", "B", "C"] as const) }),
    ...(options.every === undefined ? {} : { expectedIntervalSeconds: parseSeconds(options.every, "--every", bounds) }),
  };
}

async function showMapping(
  cli: Cli,
  mapping: Mapping,
  tried: { readonly outputs: readonly JsonObject[]; readonly failures: readonly string[] },
) {
  const { say, out } = cli;
  const { applyMapping } = await import("../../codecs/sandbox/index.ts");
  const read = tried.outputs.flatMap((output) => applyMapping(mapping, output).measurements);
  const head = [
    { title: say("column.path"), flexible: true },
    { title: say("column.measurement") },
    { title: say("column.factor"), align: "right" as const },
    { title: say("column.example"), align: "right" as const },
  ];
  const rows = mapping.map((row) => {
    const example = read.find(({ name }) => name === row.quantity);
    const factor =
      row.offset === undefined
        ? String(row.scale)
        : `${row.scale} ${row.offset < 0 ? "−" : "+"} ${Math.abs(row.offset)}`;
    return [row.path, row.quantity, factor, example === undefined ? "" : shownValue(example, cli.language, say)];
  });
  for (const line of renderTable(head, rows, out.columns)) out.line(line);
  if (tried.failures.length > 0)
    cli.err.line(say("command.codec.add.unread", { n: tried.failures.length, detail: tried.failures[0]! }));
}

function write(cli: Cli, options: Options, mapping: Mapping): void {
  const file = resolve(cli.cwd, options.writeMapping!);
  try {
    const rows = mapping.map((row) => `  ${JSON.stringify(row)}`);
    writeFileSync(file, `[\n${rows.join(",\n")}\n]\n`, { flag: options.force ? "w" : "wx" });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw exists
      ? fault("file-exists", { file })
      : fault("file-unwritable", { file, detail: error instanceof Error ? error.message : "" });
  }
  if (options.json) cli.out.line(JSON.stringify({ written: file, mapping }));
  else cli.out.line(cli.say("command.codec.add.written", { file }));
}

/** Through the box when it runs; else straight into its store, which only one process may hold. */
async function install(
  cli: Cli,
  folder: string,
  codec: AddCodec,
): Promise<{ readonly reply: AddCodecReply; readonly running: boolean }> {
  const { createBoxClient } = await import("../box-client.ts");
  try {
    return { reply: await createBoxClient(cli, folder).addCodec(codec), running: true };
  } catch (error) {
    if (!(error instanceof CliFault && error.code === "box-not-running")) throw error;
    const { addCodecOffline } = await import("../box-at-rest.ts");
    return { reply: await addCodecOffline(cli, folder, codec), running: false };
  }
}
