import { MassView } from "../../api/mass.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { reasonText } from "../reason-texts.ts";
import { renderTable } from "../terminal/table.ts";
import { stateText } from "./send.ts";

interface Options {
  readonly data?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const LOOK_MS = 2_000;
const NAMED_SHOWN = 50;

export const hypervisorMass = commandFile({
  exits: ["unreachable", "undone"],
  examples: [
    { line: "hypervisor mass 42cb6459-a640-46ec-9623-bdff39dc4736 --watch", text: "command.hypervisor.mass.example" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .argument("<order>", say("command.hypervisor.mass.order"))
      .option("--watch", say("command.hypervisor.mass.watch"))
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (order: string) => {
        const { data, watch, json } = command.optsWithGlobals<Options>();
        const look = (): Promise<MassView> =>
          askHypervisor(cli, data, { method: "GET", path: `/mass/${encodeURIComponent(order)}`, reply: MassView });
        let view = await look();
        let shown = "";
        for (;;) {
          const text = json ? JSON.stringify(view) : progressLine(cli, view);
          if (text !== shown) cli.out.line(text);
          shown = text;
          if (!watch || view.terminal) break;
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
          view = await look();
        }
        if (!json) for (const line of namedLines(cli, view)) cli.out.line(line);
        if (view.terminal && view.named.length > 0)
          throw fault("mass-not-whole", { n: view.named.length, all: view.size });
      });
  },
});

const progressLine = (cli: Cli, { states, size }: MassView): string => {
  const parts = Object.entries(states).map(([state, n]) => `${n} ${stateText(cli, state)}`);
  return cli.say("mass.progress", { size, states: parts.join(", ") });
};

const namedLines = (cli: Cli, { named }: MassView): string[] =>
  named.length === 0
    ? []
    : [
        "",
        ...renderTable(
          [
            { title: cli.say("queue.column.asset") },
            { title: cli.say("group.column.state") },
            { title: cli.say("mass.column.why"), flexible: true },
          ],
          named
            .slice(0, NAMED_SHOWN)
            .map(({ target, state, reason }) => [
              target,
              stateText(cli, state),
              reason === undefined ? "" : reasonText(cli, reason),
            ]),
          cli.out.columns,
        ),
      ];
