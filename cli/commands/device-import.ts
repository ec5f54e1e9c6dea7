import type { ListFault, ListPlan, ListRead, PlannedLine } from "../../device-registry/lists/index.ts";
import type { Model } from "../../device-registry/words.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { author } from "../device-forms.ts";
import { fault } from "../faults.ts";
import { withRegistry } from "../registry-of-box.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly plan?: boolean;
  readonly skipBad?: boolean;
  readonly all?: boolean;
  readonly by?: string;
  readonly json?: boolean;
}

const SHOWN_MAX = 30;

export const deviceImport = commandFile({
  exits: ["failed", "refused"],
  examples: [
    { line: "device import lampes.csv --plan", text: "command.device.import.example.plan" },
    { line: "device import lampes.csv", text: "command.device.import.example.go" },
    { line: "device import lampes.csv --skip-bad", text: "command.device.import.example.good" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    const declared = command
      .argument("<file>", say("command.device.import.file"))
      .option("--plan", say("command.device.import.plan"))
      .option("--skip-bad", say("command.device.import.skip-bad"))
      .option("--all", say("command.device.import.all"))
      .option("--by <name>", say("option.by"));
    withBoxOptions(declared, cli).action((file: string, options: Options) => run(cli, file, options));
  },
});

async function run(cli: Cli, file: string, options: Options): Promise<void> {
  const { enterPlan, planOf, readListFile } = await import("../list-import.ts");
  const { createProgress } = await import("../terminal/progress.ts");
  const list = readListFile(cli, file);
  const installed = await installedModels(cli, options);
  await withRegistry(
    cli,
    options,
    async (registry) => {
      const plan = planOf(list, await registry.registry(), installed);
      const faults = [...list.faults, ...plan.faults].sort((a, b) => a.line - b.line);
      const bad = new Set(faults.map(({ line }) => line)).size;
      const stops = options.plan === true || (bad > 0 && options.skipBad !== true);
      if (!options.json) await showPlan(cli, list, plan, faults, options);
      if (stops) {
        if (options.json) await sayJson(cli, plan, faults, undefined, registry.running);
        if (bad > 0) throw fault("list-faulty", { n: bad, file }, { detail: { file, lines: bad } });
        return;
      }
      const bar = createProgress(cli.err);
      const done = await enterPlan(registry, plan, author(cli, options.by), (n, all) =>
        bar.update(cli.say("list.entering"), n, all),
      ).finally(() => bar.end());
      const left = [...faults, ...done.faults];
      if (options.json) await sayJson(cli, plan, left, done, registry.running);
      else await showDone(cli, done, registry.running);
      const lines = new Set(left.map(({ line }) => line)).size;
      if (lines > 0) throw fault("list-partly", { n: lines, file }, { detail: { file, lines } });
    },
    "made",
  );
}

async function installedModels(cli: Cli, options: BoxOptions): Promise<readonly Model[]> {
  const { codecsOnBox } = await import("../models.ts");
  const codecs = await codecsOnBox(cli, await dataFolderOf(cli, options));
  return codecs.map(({ model, ...codec }) => ({ ...codec, id: model, aliases: [] }) as unknown as Model);
}

const countOf = (plan: ListPlan, change: PlannedLine["change"]): number =>
  plan.lines.filter((line) => line.change === change).length;

async function showPlan(
  cli: Cli,
  list: ListRead,
  plan: ListPlan,
  faults: readonly ListFault[],
  options: Options,
): Promise<void> {
  const { say, out } = cli;
  const { showListFaults } = await import("../list-faults.ts");
  const { countKeys } = await import("../list-import.ts");
  if (list.encoding === "windows-1252") out.prose(out.paint("dim", say("list.windows")));
  if (list.ignored.length > 0) out.prose(out.paint("dim", say("list.ignored", { columns: list.ignored.join(", ") })));
  const changes = plan.lines.filter(({ change }) => change !== "same");
  const shown = options.all ? changes : changes.slice(0, SHOWN_MAX);
  for (const line of shown) showChange(cli, line);
  if (shown.length < changes.length) out.prose(say("list.more", { n: changes.length - shown.length }));
  showListFaults(cli, faults, options.all === true, SHOWN_MAX);
  const keys = countKeys(plan);
  if (keys > 0) out.prose(say("list.keys", { n: keys }));
  const bad = new Set(faults.map(({ line }) => line)).size;
  const counts = { add: countOf(plan, "add"), change: countOf(plan, "change"), same: countOf(plan, "same") };
  out.prose(out.paint("bold", say("list.summary", { ...counts, bad })));
}

/** As terraform shows it: what is added, what changes from what to what. */
function showChange(cli: Cli, { change, fields, form }: PlannedLine): void {
  const { out } = cli;
  const name = form.devEui ?? form.asset ?? "";
  const sign = change === "add" ? out.paint("green", "+") : out.paint("yellow", "~");
  const told = fields.map(({ field, from, to }) =>
    from === undefined ? `${field} = ${to}` : `${field}: ${from} → ${to}`,
  );
  const [first = "", ...rest] = wrap(`${name}  ${told.join(", ")}`, readingWidth(out) - 2, "    ");
  out.line(`${sign} ${first}`);
  for (const line of rest) out.line(`  ${line}`);
}

interface Done {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly operation: number | undefined;
  readonly faults: readonly ListFault[];
}

async function showDone(cli: Cli, done: Done, running: boolean): Promise<void> {
  const { say, out } = cli;
  const { showListFaults } = await import("../list-faults.ts");
  showListFaults(cli, done.faults, false, SHOWN_MAX);
  const { added: add, changed: change, unchanged: same, operation } = done;
  if (add + change === 0) return out.prose(say("list.nothing"));
  out.prose(say("list.done", { add, change, same }));
  if (operation !== undefined) out.prose(out.paint("dim", say("device.undo-with", { operation: String(operation) })));
  if (!running) out.prose(say("device.box-off"));
}

async function sayJson(
  cli: Cli,
  plan: ListPlan,
  faults: readonly ListFault[],
  done: Done | undefined,
  running: boolean,
): Promise<void> {
  const { listFaultText } = await import("../list-faults.ts");
  const changes = plan.lines
    .filter(({ change }) => change !== "same")
    .map(({ line, change, fields, form }) => ({
      line: line.line,
      change,
      ...(form.devEui === undefined ? {} : { devEui: form.devEui }),
      ...(form.asset === undefined ? {} : { asset: form.asset }),
      fields,
    }));
  const entered = done && {
    added: done.added,
    changed: done.changed,
    unchanged: done.unchanged,
    ...(done.operation === undefined ? {} : { operation: done.operation }),
  };
  const said = {
    plan: { add: countOf(plan, "add"), change: countOf(plan, "change"), same: countOf(plan, "same") },
    changes,
    faults: faults.map((each) => listFaultText(cli, each)),
    ...(entered === undefined ? {} : { entered }),
    running,
  };
  cli.out.line(JSON.stringify(said));
}
