import { commandFile } from "../cli.ts";
import { loadDemo } from "../demo-door.ts";
import { parseSeconds } from "../inputs.ts";

export const demoCut = commandFile({
  exits: ["failed", "unreachable"],
  examples: [{ line: "demo cut remiremont --for 60s", text: "command.demo.cut.example.minute" }],
  declare: (command, cli) => {
    command
      .argument("<box>", cli.say("command.demo.cut.box"))
      .option("--for <duration>", cli.say("command.demo.cut.for"))
      .option("--data <folder>", cli.say("command.demo.data"))
      .action(async (box: string) => {
        const options = command.optsWithGlobals<{ for?: string; data?: string; json?: boolean }>();
        const seconds = parseSeconds(options.for ?? "60s", "--for", { min: "1s", max: "1d" });
        const { cutFibre } = await loadDemo();
        process.exitCode = await cutFibre({ ...options, box, seconds, language: cli.language });
      });
  },
});
