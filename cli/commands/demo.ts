import { commandFile } from "../cli.ts";
import { loadDemo } from "../demo-door.ts";

export interface DemoOptions {
  readonly once?: boolean;
  readonly boxes?: string;
  readonly port?: string;
  readonly data?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

export const demo = commandFile({
  exits: ["failed"],
  examples: [
    { line: "demo", text: "command.demo.example.all" },
    { line: "demo --once", text: "command.demo.example.once" },
    { line: "demo --boxes 3 --fresh", text: "command.demo.example.small" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    command
      .option("--once", say("command.demo.once"))
      .option("--boxes <n>", say("command.demo.boxes"))
      .option("--port <n>", say("command.demo.port"))
      .option("--data <folder>", say("command.demo.data"))
      .option("--fresh", say("command.demo.fresh"))
      .action(async (options: DemoOptions) => {
        const { runDemo } = await loadDemo();
        process.exitCode = await runDemo({ ...options, language: cli.language });
      });
  },
});
