import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { USES } from "../../device-registry/words.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { parseChoice, parseDevEui } from "../inputs.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly address: string;
  readonly keys: string;
  readonly use: string;
  readonly device: readonly string[];
  readonly json?: boolean;
}

export const networkGroupAdd = commandFile({
  exits: ["failed", "refused"],
  examples: [
    {
      line: "network group add rue-de-la-gare --address 01a3b2c4 --keys ./group.keys --device 70b3d5e75e000042 70b3d5e75e000043",
      text: "command.network.group.add.example.street",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<name>", say("command.network.group.add.name"))
        .requiredOption("--address <hex>", say("command.network.group.add.address"))
        .requiredOption("--keys <file>", say("command.network.group.add.keys"))
        .requiredOption("--device <deveui...>", say("command.network.group.add.device"))
        .option("--use <use>", say("command.network.group.add.use"), "lighting"),
      cli,
    ).action(async (name: string, options: Options) => {
      const mcAddr = options.address.replace(/[\s:-]/g, "").toLowerCase();
      if (!/^[0-9a-f]{8}$/.test(mcAddr)) throw fault("wrong-address", { typed: options.address });
      const members = options.device.map(parseDevEui);
      const group = {
        name,
        application: parseChoice(options.use, "--use", USES),
        mcAddr,
        frequencyHz: 869_525_000,
        dataRate: 0,
        members,
        ...groupKeys(cli, options.keys),
      };
      const { declare } = await import("../network-box.ts");
      const running = await declare(cli, options, { group });
      const shown = { name, application: options.use, mcAddr, members };
      if (options.json) return cli.out.line(JSON.stringify({ group: shown, running }));
      cli.out.prose(say("network.group-added", { name, n: members.length }));
      cli.out.prose(say("network.to-apply"));
    });
  },
});

/** Two lines: McNwkSKey, McAppSKey. What is wrong with them is said, they are not. */
function groupKeys(cli: Cli, typed: string): { readonly mcNwkSKey: string; readonly mcAppSKey: string } {
  const file = resolve(cli.cwd, typed);
  let lines: string[];
  try {
    lines = readFileSync(file, "utf8").split(/\r?\n/);
  } catch (error) {
    throw fault("key-unreadable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  const [mcNwkSKey = "", mcAppSKey = ""] = lines.map((line) => line.replace(/[\s:-]/g, ""));
  if (![mcNwkSKey, mcAppSKey].every((key) => /^[0-9a-f]{32}$/i.test(key)))
    throw fault("key-unreadable", { file, detail: cli.say("network.two-keys") });
  return { mcNwkSKey, mcAppSKey };
}
