import { ComparisonsReply, type ComparisonView, ComparisonView as Shape } from "../../api/comparisons.ts";
import { type Cli, commandFile } from "../cli.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { parseBoxName } from "../inputs.ts";
import { renderTable } from "../terminal/table.ts";
import { shownTime } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

export const hypervisorCompare = commandFile({
  exits: ["failed", "unreachable"],
  examples: [
    { line: "hypervisor compare", text: "command.hypervisor.compare.example.list" },
    { line: "hypervisor compare remiremont", text: "command.hypervisor.compare.example.ask" },
  ],
  declare: (command, cli) => {
    const { say, out } = cli;
    command
      .argument("[box]", say("command.hypervisor.compare.box"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string | undefined) => {
        const { data, json } = command.optsWithGlobals<Options>();
        if (typed === undefined) {
          const asked = { method: "GET", path: "/comparisons", reply: ComparisonsReply } as const;
          const { comparisons } = await askHypervisor(cli, data, asked);
          if (json) return out.line(JSON.stringify({ comparisons }));
          return list(cli, comparisons);
        }
        const box = parseBoxName(typed);
        const asked = { method: "POST", path: `/boxes/${box}/comparison`, reply: Shape } as const;
        const comparison = await askHypervisor(cli, data, asked);
        if (json) return out.line(JSON.stringify(comparison));
        out.line(say("command.hypervisor.compare.asked", { box }));
      });
  },
});

function list(cli: Cli, comparisons: readonly ComparisonView[]): void {
  const { say, out, language } = cli;
  if (comparisons.length === 0) {
    out.line(say("command.hypervisor.compare.none"));
    return;
  }
  const stateOf = ({ at, again, lost }: ComparisonView): string => {
    if (at === undefined) return say("comparison.state.never");
    if (lost > 0) return say("comparison.state.lost", { n: lost });
    return again > 0 ? say("comparison.state.again", { n: again }) : say("comparison.state.same");
  };
  const head = [
    { title: say("column.incident.box") },
    { title: say("column.comparison.at") },
    { title: say("column.comparison.healed"), align: "right" as const },
    { title: say("column.comparison.state"), flexible: true },
  ];
  const rows = comparisons.map((each) => [
    each.box,
    each.at === undefined ? "—" : shownTime(new Date(each.at), language),
    `${each.healed}`,
    stateOf(each),
  ]);
  for (const line of renderTable(head, rows, out.columns)) out.line(line);
  if (comparisons.some(({ lost }) => lost > 0))
    for (const line of wrap(say("command.hypervisor.compare.next"), Math.min(out.columns, 80))) out.line(line);
}
