import { existsSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import type { RedecodeChange, RedecodeReply } from "../../api/redecode.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { CliFault, fault } from "../faults.ts";
import { isDay } from "../inputs.ts";
import { withJournal } from "../journal-file.ts";
import { knownModel } from "../models.ts";
import type { RedecodeSource } from "../redecode-at-rest.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly from: string;
  readonly model: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The number of an entry, or the day of reception (UTC). */
function parseFrom(typed: string): { readonly after: number; readonly since: number } {
  if (/^\d{1,15}$/.test(typed)) return { after: Math.max(0, Number(typed) - 1), since: 0 };
  const since = isDay(typed) ? Date.parse(`${typed}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(since)) throw fault("redecode-from", { typed });
  return { after: 0, since };
}

/** ChirpStack's clock, which dates the reception, and the box's, which dates the entry, need not agree. */
const CLOCKS_APART_MS = 86_400_000;

/** Where the walk begins: with the first entry that may be of a reception since then. */
async function beginOf(cli: Cli, options: Options): Promise<{ readonly after: number; readonly since: number }> {
  const { after, since } = parseFrom(options.from);
  if (since === 0) return { after, since };
  const first = await withJournal(cli, options, ({ journal, firstSince }) => {
    return firstSince(since - CLOCKS_APART_MS) ?? journal.lastSeq + 1;
  });
  return { after: first - 1, since };
}

/** Shown of many. */
const SHOWN_MAX = 20;

type Sum = Omit<RedecodeReply, "next" | "lastSeq">;

/** The box that runs, or else its store, held only while frames are read: nobody waits for an answer with it. */
async function openSource(cli: Cli, folder: string): Promise<RedecodeSource> {
  const { createBoxClient } = await import("../box-client.ts");
  const client = createBoxClient(cli, folder);
  try {
    await client.status();
    return { redecode: client.redecode, close: async () => {} };
  } catch (error) {
    if (!(error instanceof CliFault && error.code === "box-not-running")) throw error;
    const { STORE_FILE } = await import("../../gateway/box-store.ts");
    if (!existsSync(join(folder, STORE_FILE))) throw error;
  }
  const { openRedecodeAtRest } = await import("../redecode-at-rest.ts");
  return openRedecodeAtRest(cli, folder);
}

async function read(cli: Cli, folder: string, options: Options, write: boolean): Promise<Sum> {
  const source = await openSource(cli, folder);
  try {
    return await walk(cli, source, options, write);
  } finally {
    await source.close();
  }
}

/** From one end of the journal to the other, as it was when it began. */
async function walk(cli: Cli, client: RedecodeSource, options: Options, write: boolean): Promise<Sum> {
  const { createProgress } = await import("../terminal/progress.ts");
  const { after, since } = await beginOf(cli, options);
  const sum = { examined: 0, changed: 0, worse: 0, changes: [] as RedecodeChange[] };
  const bar = createProgress(cli.err);
  const label = cli.say(write ? "journal.redecode.writing" : "journal.redecode.reading");
  let end: number | undefined;
  for (let next = after; ; ) {
    const reply = await client.redecode({ model: options.model, after: next, since, write });
    end ??= reply.lastSeq;
    sum.examined += reply.examined;
    sum.changed += reply.changed;
    sum.worse += reply.worse;
    sum.changes.push(...reply.changes.slice(0, SHOWN_MAX - sum.changes.length));
    if (reply.next >= end || reply.next <= next) break;
    next = reply.next;
    bar.update(label, next, end);
  }
  bar.end();
  return sum;
}

function show(cli: Cli, { changes, changed }: Sum): void {
  const { say, out } = cli;
  const text = (side: RedecodeChange["quantities"][number]["before"]): string =>
    side === undefined ? "—" : `${side.value} ${side.unit === "1" ? "" : side.unit}`.trim();
  for (const { seq, device, receivedAt, codecBefore, codec, quantities } of changes) {
    out.line(
      `${seq}  ${device}  ${receivedAt.slice(0, 16).replace("T", " ")}  ${codecBefore ?? "—"} → ${codec ?? "—"}`,
    );
    for (const { name, before, after } of quantities)
      for (const line of wrap(`${name}: ${text(before)} → ${text(after)}`, out.columns - 4)) out.line(`    ${line}`);
    if (quantities.length === 0) out.line(`    ${say("journal.redecode.elsewhere")}`);
  }
  if (changed > changes.length) out.line(say("journal.redecode.more", { n: changed - changes.length }));
}

async function confirmed(cli: Cli, n: number): Promise<boolean> {
  const { openQuestions } = await import("../terminal/ask.ts");
  const questions = openQuestions(cli.out, process.stdin);
  if (questions === undefined) throw fault("redecode-unconfirmed", { n });
  try {
    const answer = await questions.ask(cli.say("journal.redecode.ask", { n }));
    return /^(?:o|oui|y|yes)$/i.test(answer);
  } finally {
    questions.close();
  }
}

export const journalRedecode = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    {
      line: "journal redecode --from 2026-03-01 --model nas-ul20xx --dry-run",
      text: "command.journal.redecode.example.look",
    },
    { line: "journal redecode --from 1 --model nas-ul20xx --yes", text: "command.journal.redecode.example.write" },
  ],
  declare: (command, cli) => {
    const { say, out } = cli;
    withBoxOptions(
      command
        .addOption(new Option("--from <bound>", say("command.journal.redecode.from")).makeOptionMandatory())
        .addOption(new Option("--model <model>", say("command.journal.redecode.model")).makeOptionMandatory())
        .option("--dry-run", say("command.journal.redecode.dry-run"))
        .option("--yes", say("command.journal.redecode.yes")),
      cli,
    ).action(async (typed: Options) => {
      parseFrom(typed.from);
      const folder = await dataFolderOf(cli, typed);
      const options = { ...typed, model: (await knownModel(cli, typed.model, typed)).id };
      const found = await read(cli, folder, options, false);
      if (!options.json) {
        show(cli, found);
        for (const line of wrap(
          say("journal.redecode.sum", { n: found.examined, changed: found.changed }),
          readingWidth(out),
        ))
          out.line(line);
        if (found.worse > 0) out.line(say("journal.redecode.worse", { n: found.worse }));
      }
      const writes = !options.dryRun && found.changed > 0 && (options.yes || (await confirmed(cli, found.changed)));
      const written = writes ? (await read(cli, folder, options, true)).changed : 0;
      if (options.json) out.line(JSON.stringify({ ...found, written }));
      else if (writes) out.line(say("journal.redecode.written", { n: written }));
      else if (found.changed > 0) out.line(say("journal.redecode.untouched"));
    });
  },
});
