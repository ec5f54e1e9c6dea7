import type { Cli } from "../cli.ts";
import { commandFile, readingWidth } from "../cli.ts";
import { fault } from "../faults.ts";
import { fileSystemOf, WEAR, WEAR_FILE_SYSTEMS, yearsOf } from "../journal-wear.ts";
import { renderTable } from "../terminal/table.ts";
import { shownBytes } from "../terminal/values.ts";
import { displayWidth, pad } from "../terminal/width.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";
import { storageRows } from "./status.ts";

interface Options extends BoxOptions {
  readonly tbw?: string;
  readonly json?: boolean;
}

/** TB; a round figure to compare with what a maker states. */
const TBW_DEFAULT = 10;

function parseTerabytes(typed: string | undefined): number {
  if (typed === undefined) return TBW_DEFAULT;
  const value = Number(typed);
  if (/^\d{1,5}$/.test(typed) && value >= 1) return value;
  throw fault("wrong-number", { typed, option: "--tbw", min: "1", max: "99999" });
}

export const journalStatus = commandFile({
  exits: ["unreachable"],
  examples: [
    { line: "journal status", text: "command.journal.status.example.here" },
    { line: "journal status --tbw 40", text: "command.journal.status.example.card" },
  ],
  declare: (command, cli) => {
    withBoxOptions(command.option("--tbw <terabytes>", cli.say("command.journal.status.tbw")), cli).action(
      async (options: Options) => {
        const terabytes = parseTerabytes(options.tbw);
        const { createBoxClient } = await import("../box-client.ts");
        const folder = await dataFolderOf(cli, options);
        const { journal } = await createBoxClient(cli, folder).status();
        const fileSystem = fileSystemOf(folder);
        const wear = WEAR.flatMap(({ delaySeconds, mbPerDay }) =>
          WEAR_FILE_SYSTEMS.map((on) => ({
            fileSystem: on,
            delaySeconds,
            mbPerDay: mbPerDay[on],
            years: yearsOf(mbPerDay[on], terabytes),
          })),
        );
        if (options.json) return cli.out.line(JSON.stringify({ ...journal, fileSystem, wear }));
        const { say, language } = cli;
        const bytes = (n: number): string => shownBytes(n, language, say);
        const { storage, daysLeft, waiting } = journal;
        const { thinned, dropped, damaged } = storage.lost;
        const troubles = storageRows(cli, journal);
        rows(cli, [
          [
            say("journal.status.space"),
            say("journal.status.space-of", {
              used: bytes(storage.usedBytes),
              limit: bytes(storage.limitBytes),
              free: bytes(journal.freeBytes),
            }),
          ],
          [
            say("journal.status.autonomy"),
            daysLeft === undefined
              ? say("journal.status.autonomy-unknown")
              : say("journal.status.autonomy-days", { n: Math.floor(daysLeft) }),
          ],
          [say("journal.status.waiting"), say("status.entries", { n: waiting })],
          ...(thinned + dropped + damaged > 0 ? [] : [[say("journal.status.lost"), say("journal.status.nothing")]]),
          ...(fileSystem === undefined
            ? []
            : [[say("journal.status.file-system"), say(`journal.status.file-system.${fileSystem}`)]]),
          [say("journal.status.disk"), ...(troubles.length === 0 ? [say("journal.status.disk-ok")] : troubles)],
        ]);
        cli.out.line("");
        for (const line of wrap(say("journal.status.wear", { tbw: terabytes }), readingWidth(cli.out)))
          cli.out.line(line);
        const head = [
          { title: say("journal.status.delay"), align: "right" as const },
          ...WEAR_FILE_SYSTEMS.flatMap((on) => [
            { title: say("journal.status.daily", { on: say(`journal.status.on.${on}`) }), align: "right" as const },
            { title: say("journal.status.years"), align: "right" as const },
          ]),
        ];
        const table = WEAR.map(({ delaySeconds, mbPerDay }) => [
          `${delaySeconds} s`,
          ...WEAR_FILE_SYSTEMS.flatMap((on) => [
            bytes(mbPerDay[on] * 1e6),
            say("journal.status.years-of", { n: Math.floor(yearsOf(mbPerDay[on], terabytes)) }),
          ]),
        ]);
        for (const line of renderTable(head, table, cli.out.columns)) cli.out.line(line);
      },
    );
  },
});

function rows(cli: Cli, lines: readonly (readonly string[])[]): void {
  const width = Math.max(...lines.map(([name]) => displayWidth(name!)));
  for (const [name, ...texts] of lines) {
    const [first, ...rest] = texts.flatMap((text) => wrap(text, readingWidth(cli.out) - width - 2));
    cli.out.line(`${pad(name!, width, "left")}  ${first}`);
    for (const line of rest) cli.out.line(" ".repeat(width + 2) + line);
  }
}
