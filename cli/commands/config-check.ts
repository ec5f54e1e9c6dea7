import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { wrap } from "../terminal/wrap.ts";
import { CONFIG_FILE, configFileOf, readConfig } from "../which-box.ts";

export const configCheck = commandFile({
  exits: [],
  examples: [
    { line: "config check", text: "command.config.check.example.here" },
    { line: "config check /etc/beffroi/beffroi.toml --json", text: "command.config.check.example.json" },
  ],
  declare: (command, cli) => {
    command
      .argument("[file]", cli.say("command.config.check.file"))
      .action(async (named: string | undefined, options: { readonly json?: boolean }) => {
        const file = configFileOf(cli, named === undefined ? {} : { config: named });
        if (file === undefined) throw fault("no-box-named", { file: CONFIG_FILE });
        const config = await readConfig(cli, file);
        const { redactedConfig } = await import("../../gateway/config.ts");
        if (options.json) return cli.out.line(JSON.stringify({ file, valid: true, config: redactedConfig(config) }));
        cli.out.line(cli.out.paint("green", cli.say("command.config.check.valid", { file })));
        const alone = config.hypervisor === undefined ? [cli.say("command.config.check.alone")] : [];
        const lines = [
          cli.say("command.config.check.box", { box: config.box, folder: config.dataFolder }),
          cli.say("command.config.check.broker", { url: config.broker.url }),
          ...(config.hypervisor ? [cli.say("command.config.check.hypervisor", { url: config.hypervisor.url })] : alone),
        ];
        for (const line of lines.flatMap((each) => wrap(each, cli.out.columns, "  "))) cli.out.line(line);
      });
  },
});
