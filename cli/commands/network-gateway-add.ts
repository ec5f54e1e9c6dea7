import { commandFile } from "../cli.ts";
import { parseDevEui, parsePlace } from "../inputs.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly name: string;
  readonly at?: string;
  readonly json?: boolean;
}

export const networkGatewayAdd = commandFile({
  exits: ["failed", "refused"],
  examples: [
    {
      line: 'network gateway add 0016c001f1500001 --name "Clocher" --at 48.0163,6.5897',
      text: "command.network.gateway.add.example.belfry",
    },
  ],
  declare: (command, cli) => {
    withBoxOptions(
      command
        .argument("<id>", cli.say("command.network.gateway.add.id"))
        .requiredOption("--name <text>", cli.say("command.network.gateway.add.name"))
        .option("--at <lat,lon>", cli.say("command.network.gateway.add.at")),
      cli,
    ).action(async (typed: string, options: Options) => {
      const place = options.at === undefined ? {} : parsePlace(options.at);
      const gateway = { id: parseDevEui(typed), name: options.name, ...place };
      const { declare } = await import("../network-box.ts");
      const running = await declare(cli, options, { gateway });
      if (options.json) return cli.out.line(JSON.stringify({ gateway, running }));
      cli.out.prose(cli.say("network.gateway-added", { id: gateway.id, name: gateway.name }));
      cli.out.prose(cli.say("network.to-apply"));
    });
  },
});
