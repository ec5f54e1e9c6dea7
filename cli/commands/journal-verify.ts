import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { withJournal } from "../journal-file.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

export const journalVerify = commandFile({
  exits: ["failed"],
  examples: [
    { line: "journal verify", text: "command.journal.verify.example.here" },
    { line: "journal verify --data /var/lib/beffroi --json", text: "command.journal.verify.example.json" },
  ],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: BoxOptions & { readonly json?: boolean }) => {
      const { say, out } = cli;
      const { createProgress } = await import("../terminal/progress.ts");
      const bar = createProgress(cli.err);
      const label = say("journal.verify.reading");
      const report = await withJournal(cli, options, ({ journal }) =>
        journal.verify((seq, lastSeq) => bar.update(label, seq, lastSeq)),
      );
      bar.end();
      const { entries, firstSeq, lastSeq, declared, findings } = report;
      const lines = findings.map(({ what, from, to }) => say(`journal.verify.${what}`, { from, to }));
      if (options.json) out.line(JSON.stringify(report));
      else if (firstSeq > lastSeq) out.line(say("journal.export.empty"));
      else {
        out.line(
          `${say("journal.verify.whole", { n: entries })}, ${say("journal.verify.range", { first: firstSeq, last: lastSeq })}`,
        );
        if (declared > 0) out.line(say("journal.verify.declared", { n: declared }));
        if (findings.length === 0) out.line(say("journal.verify.sound"));
      }
      if (findings.length > 0)
        throw fault("journal-unsound", {}, { lines: [...lines, say("journal.verify.means")], detail: { findings } });
    });
  },
});
