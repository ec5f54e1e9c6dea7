import type { UndoRequest } from "../../api/registry.ts";
import { type Cli, commandFile } from "../cli.ts";
import { author } from "../device-forms.ts";
import { parseAsset, parseDevEui } from "../inputs.ts";
import { withRegistry } from "../registry-of-box.ts";
import { shownTime } from "../terminal/values.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly by?: string;
  readonly json?: boolean;
}

export const deviceUndo = commandFile({
  exits: ["failed", "refused"],
  examples: [
    { line: "device undo", text: "command.device.undo.example.last" },
    { line: "device undo 70b3d5e75e01a2b3", text: "command.device.undo.example.device" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    const declared = command
      .argument("[step]", say("command.device.undo.what"))
      .option("--by <name>", say("option.by"));
    withBoxOptions(declared, cli).action(async (typed: string | undefined, options: Options) => {
      const request = { ...which(cli, typed), by: author(cli, options.by) };
      await withRegistry(cli, options, async (registry) => {
        const reply = await registry.undo(request);
        if (options.json) return cli.out.line(JSON.stringify({ ...reply, running: registry.running }));
        const { id, action, by, at, changes } = reply.undone;
        const when = shownTime(new Date(at), cli.language);
        const what = { id: String(id), action: say(`device.action.${action}`), by, at: when, n: changes };
        cli.out.prose(say("command.device.undo.done", what));
        if (!registry.running) cli.out.prose(say("device.box-off"));
      });
    });
  },
});

function which(cli: Cli, typed: string | undefined): Omit<UndoRequest, "by"> {
  if (typed === undefined) return {};
  if (/^\d{1,9}$/.test(typed)) return { operation: Number(typed) };
  if (typed.includes(":") && typed.split(":").length === 3) return { asset: parseAsset(typed, cli.say) };
  return { device: parseDevEui(typed) };
}
