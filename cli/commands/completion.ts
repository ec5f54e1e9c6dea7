import { commandFile } from "../cli.ts";
import { fault } from "../faults.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

export const completion = commandFile({
  exits: [],
  examples: [
    { line: "completion bash", text: "command.completion.example.bash" },
    { line: "completion zsh", text: "command.completion.example.zsh" },
    { line: "completion fish", text: "command.completion.example.fish" },
  ],
  declare: (command, cli) => {
    command
      .argument("<shell>", cli.say("command.completion.shell"))
      .action(async (typed: string, options: { readonly json?: boolean }) => {
        const shell = SHELLS.find((each) => each === typed);
        if (shell === undefined)
          throw fault("wrong-choice", { option: "completion", typed, choices: SHELLS.join(", ") });
        const [{ completionOf }, { buildProgram }] = await Promise.all([
          import("../completion.ts"),
          import("../program.ts"),
        ]);
        const script = completionOf(await buildProgram(cli, () => "", "everything"), shell);
        cli.out.write(options.json ? `${JSON.stringify({ shell, script })}\n` : script);
      });
  },
});
