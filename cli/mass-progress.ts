/** How far a wish for many has come, line by line to its end; the exit code tells whether all obeyed. */
import type { MassView } from "../api/mass.ts";
import type { Cli } from "./cli.ts";
import { stateText } from "./commands/send.ts";
import { fault } from "./faults.ts";
import { reasonText } from "./reason-texts.ts";
import { renderTable } from "./terminal/table.ts";

const LOOK_MS = 2_000;
const NAMED_SHOWN = 50;

/** @throws a fault `mass-not-whole` when it is over and not all obeyed. */
export async function showMass(
  cli: Cli,
  look: () => Promise<MassView>,
  { watch, json }: { readonly watch: boolean; readonly json: boolean },
): Promise<void> {
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
  if (view.terminal && view.named.length > 0) throw fault("mass-not-whole", { n: view.named.length, all: view.size });
}

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
