import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly json?: boolean;
}

export const auditVerify = commandFile({
  exits: ["failed", "unreachable"],
  examples: [{ line: "audit verify", text: "command.audit.verify.example" }],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: Options) => {
      const { createBoxClient } = await import("../box-client.ts");
      const reply = await createBoxClient(cli, await dataFolderOf(cli, options)).audit();
      if (options.json) cli.out.line(JSON.stringify(reply));
      if (!reply.ok) throw fault("audit-broken", { seq: reply.brokenAt ?? 0 });
      if (options.json) return;
      const words = { lines: reply.lines, head: reply.head ?? "" };
      cli.out.line(wrap(cli.say("audit.whole", words), cli.out.columns, "  ").join("\n"));
    });
  },
});
