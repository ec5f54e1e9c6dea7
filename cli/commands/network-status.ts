import { commandFile, readingWidth } from "../cli.ts";
import type { NetworkOptions } from "../network-box.ts";
import { wrap } from "../terminal/wrap.ts";
import { withBoxOptions } from "../which-box.ts";

export const networkStatus = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    { line: "network status", text: "command.network.status.example.here" },
    { line: "network status --json", text: "command.network.status.example.json" },
  ],
  declare: (command, cli) => {
    withBoxOptions(command.option("--all", cli.say("command.network.all")), cli).action(
      async (options: NetworkOptions & { readonly all?: boolean }) => {
        const { provision } = await import("../network-box.ts");
        const planned = await provision(cli, "plan", options);
        if (options.json) return cli.out.line(JSON.stringify(planned));
        const { say } = cli;
        const { devices, plan, tenant } = planned;
        cli.out.prose(cli.out.paint("bold", say("network.title", { tenant })));
        const waiting = plan.steps.length;
        const lines = [
          say("network.status.devices", { n: devices.declared, standing: devices.standing, heard: devices.heard }),
          cli.out.paint(
            waiting === 0 ? "green" : "yellow",
            waiting === 0 ? say("network.nothing-to-do") : say("network.status.waiting", { n: waiting }),
          ),
        ];
        for (const line of lines.flatMap((each) => wrap(each, readingWidth(cli.out)))) cli.out.line(line);
        const { remarkLines } = await import("../network-lines.ts");
        for (const line of remarkLines(cli, plan, options.all ?? false)) cli.out.line(line);
      },
    );
  },
});
