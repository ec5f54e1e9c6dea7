import { commandFile } from "../cli.ts";
import { renderTable } from "../terminal/table.ts";
import { shownSpan } from "../terminal/values.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

export const deviceList = commandFile({
  exits: ["unreachable"],
  examples: [
    { line: "device list", text: "command.device.list.example.here" },
    { line: "device list --json", text: "command.device.list.example.json" },
  ],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: BoxOptions & { readonly json?: boolean }) => {
      const { createBoxClient } = await import("../box-client.ts");
      const { devices } = await createBoxClient(cli, await dataFolderOf(cli, options)).devices();
      if (options.json) return cli.out.line(JSON.stringify({ devices }));
      if (devices.length === 0) return cli.out.line(cli.say("command.device.list.none"));
      const { say } = cli;
      const head = [
        { title: say("column.deveui") },
        { title: say("column.model") },
        { title: say("column.asset"), flexible: true },
        { title: say("column.last-seen"), align: "right" as const },
      ];
      const rows = devices.map((device) => [
        device.devEui,
        device.model,
        device.asset ?? "–",
        device.lastSeenAt === undefined
          ? say("value.never")
          : shownSpan(cli.now() - Date.parse(device.lastSeenAt), say),
      ]);
      for (const line of renderTable(head, rows, cli.out.columns)) cli.out.line(line);
      cli.out.line(say("command.device.list.count", { n: devices.length }));
    });
  },
});
