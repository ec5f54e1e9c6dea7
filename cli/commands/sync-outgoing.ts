import type { OutgoingView } from "../../api/outgoing.ts";
import { type Cli, commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";
import { shownTime } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

export const syncOutgoing = commandFile({
  exits: ["unreachable"],
  examples: [{ line: "sync outgoing", text: "command.sync.outgoing.example" }],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: Options) => {
      const { createBoxClient } = await import("../box-client.ts");
      const view = await createBoxClient(cli, await dataFolderOf(cli, options)).outgoing();
      if (options.json) cli.out.line(JSON.stringify(view));
      else print(cli, view);
    });
  },
});

function print(cli: Cli, view: OutgoingView): void {
  const { say, out, language } = cli;
  const bold = (text: string): void => out.line(out.paint("bold", text));
  const lines = (texts: readonly string[]): void => {
    for (const text of texts) out.line(text);
  };
  const width = Math.min(out.columns, 80);
  bold(say("outgoing.to"));
  if (view.destinations.length === 0) lines(wrap(say("outgoing.alone"), width));
  for (const { name, url = "", connected, lastAt, waiting, missed = 0 } of view.destinations) {
    const last = lastAt === undefined ? say("outgoing.never-answered") : shownTime(new Date(lastAt), language);
    out.line(`${name}  ${url}`);
    out.line(`  ${say(connected ? "outgoing.connected" : "outgoing.away", { last })}`);
    out.line(`  ${waiting === 0 ? say("outgoing.waiting.none") : say("outgoing.waiting", { n: waiting })}`);
    if (missed > 0) out.line(`  ${say("outgoing.missed", { n: missed })}`);
  }
  out.line();
  bold(say("outgoing.what"));
  const head = [
    { title: say("column.outgoing.kind") },
    { title: say("column.outgoing.today"), align: "right" as const },
    { title: say("column.outgoing.fields"), flexible: true },
  ];
  const rows = view.kinds.map(({ kind, entries, fields }) => [
    say(`outgoing.kind.${kind}`),
    `${entries}`,
    fields.join(", "),
  ]);
  lines(renderTable(head, rows, out.columns));
  out.line();
  bold(say("outgoing.whom"));
  for (const { name, personal, devices, readings } of view.classes)
    lines(
      wrap(
        `${say(`outgoing.class.${name}`)} (${say(personal ? "outgoing.personal" : "outgoing.not-personal")}): ${say("outgoing.class.count", { n: devices, readings })}`,
        width,
      ),
    );
  out.line();
  lines(
    wrap(say("outgoing.never", { what: view.never.map((each) => say(`outgoing.never.${each}`)).join(", ") }), width),
  );
}
