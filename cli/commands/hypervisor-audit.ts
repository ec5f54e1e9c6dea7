import { AuditReply } from "../../api/mass.ts";
import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { renderTable } from "../terminal/table.ts";
import { shownTime } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

export const hypervisorAudit = commandFile({
  exits: ["failed", "unreachable"],
  examples: [{ line: "hypervisor audit", text: "command.hypervisor.audit.example" }],
  declare: (command, cli) => {
    const { say, out } = cli;
    command.option("--data <folder>", say("command.hypervisor.data")).action(async () => {
      const { data, json } = command.optsWithGlobals<Options>();
      const reply = await askHypervisor(cli, data, { method: "GET", path: "/audit", reply: AuditReply });
      if (json) out.line(JSON.stringify(reply));
      if (!reply.ok) throw fault("audit-broken", { seq: reply.brokenAt ?? 0 });
      if (json) return;
      const columns = [
        { title: say("audit.column.at") },
        { title: say("audit.column.who") },
        { title: say("audit.column.what") },
        { title: say("audit.column.about"), flexible: true },
      ];
      const rows = reply.last.map(({ at, who, what, about }) => [
        shownTime(new Date(at), cli.language),
        who,
        what,
        about,
      ]);
      if (rows.length > 0) for (const line of renderTable(columns, rows, out.columns)) out.line(line);
      out.line(wrap(say("audit.whole", { lines: reply.lines, head: reply.head ?? "" }), out.columns, "  ").join("\n"));
    });
  },
});
