/** Steps in the life of a device: accept, in-service, faulty, retire, move, replace. */
import type { Deed, DeedReply } from "../../api/registry.ts";
import { AFTER_REPLACEMENT } from "../../device-registry/words.ts";
import { type Cli, type CommandFile, commandFile } from "../cli.ts";
import { author, tellAfter } from "../device-forms.ts";
import { fault } from "../faults.ts";
import { parseAsset, parseDevEui } from "../inputs.ts";
import { type BoxRegistry, withRegistry } from "../registry-of-box.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly by?: string;
  readonly json?: boolean;
}

function tell(cli: Cli, reply: DeedReply, options: Options, running: boolean, done: string): void {
  if (options.json) {
    cli.out.line(JSON.stringify({ ...reply, running }));
    return;
  }
  const { device, change } = reply;
  const what = { device: device.devEui, state: cli.say(`device.state.${device.state}`) };
  cli.out.prose(change === "unchanged" ? cli.say("device.deed.unchanged", what) : done);
  tellAfter(cli, reply, running);
}

const doneText = (cli: Cli, { device }: DeedReply): string =>
  cli.say("device.deed.done", {
    device: device.devEui,
    state: [cli.say(`device.state.${device.state}`), ...(device.asset === undefined ? [] : [device.asset])].join(", "),
  });

type SimpleAction = Extract<Deed, { action: "accept" | "in-service" | "faulty" | "retire" }>["action"];

const simple = (action: SimpleAction): CommandFile =>
  commandFile({
    exits: ["failed", "refused"],
    examples: [{ line: `device ${action} 70b3d5e75e01a2b3`, text: `command.device.${action}.example` }],
    declare: (command, cli) => {
      const declared = command
        .argument("<deveui>", cli.say("command.device.place.deveui"))
        .option("--by <name>", cli.say("option.by"));
      withBoxOptions(declared, cli).action(async (typed: string, options: Options) => {
        const devEui = parseDevEui(typed);
        await withRegistry(cli, options, async (registry) => {
          const reply = await registry.act({ action, devEui, by: author(cli, options.by) });
          tell(cli, reply, options, registry.running, doneText(cli, reply));
        });
      });
    },
  });

export const deviceAccept = simple("accept");
export const deviceInService = simple("in-service");
export const deviceFaulty = simple("faulty");
export const deviceRetire = simple("retire");

export const deviceMove = commandFile({
  exits: ["failed", "refused"],
  examples: [
    { line: "device move 70b3d5e75e01a2b3 --to lamp:88383:043", text: "command.device.move.example.other" },
    { line: "device move 70b3d5e75e01a2b3 --to stock", text: "command.device.move.example.stock" },
  ],
  declare: (command, cli) => {
    const declared = command
      .argument("<deveui>", cli.say("command.device.place.deveui"))
      .requiredOption("--to <asset>", cli.say("command.device.move.to"))
      .option("--by <name>", cli.say("option.by"));
    withBoxOptions(declared, cli).action(async (typed: string, options: Options & { readonly to: string }) => {
      const devEui = parseDevEui(typed);
      const to = options.to === "stock" ? options.to : parseAsset(options.to, cli.say);
      await withRegistry(cli, options, async (registry) => {
        const reply = await registry.act({ action: "move", devEui, to, by: author(cli, options.by) });
        tell(cli, reply, options, registry.running, doneText(cli, reply));
      });
    });
  },
});

interface ReplaceOptions extends Options {
  readonly with: string;
  readonly model?: string;
  readonly old: string;
}

export const deviceReplace = commandFile({
  exits: ["failed", "refused"],
  examples: [
    {
      line: "device replace lamp:88383:042 --with 70b3d5e75e01a2c4",
      text: "command.device.replace.example.lamp",
    },
    {
      line: "device replace lamp:88383:042 --with 70b3d5e75e01a2c4 --old faulty",
      text: "command.device.replace.example.repair",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    const declared = command
      .argument("<asset>", say("command.device.replace.what"))
      .requiredOption("--with <deveui>", say("command.device.replace.with"))
      .option("--model <model>", say("command.device.replace.model"))
      .option("--old <state>", say("command.device.replace.old"), "retired")
      .option("--by <name>", say("option.by"));
    withBoxOptions(declared, cli).action(async (typed: string, options: ReplaceOptions) => {
      const old = AFTER_REPLACEMENT.find((state) => state === options.old);
      if (old === undefined)
        throw fault("wrong-choice", { option: "--old", typed: options.old, choices: AFTER_REPLACEMENT.join(", ") });
      const by = parseDevEui(options.with);
      const model = options.model === undefined ? {} : { model: await modelId(cli, options.model, options) };
      await withRegistry(cli, options, async (registry) => {
        const asset = await assetOf(cli, typed, registry);
        const deed: Deed = { action: "replace", asset, with: by, old, ...model, by: author(cli, options.by) };
        const reply = await registry.act(deed);
        const done = say("command.device.replace.done", {
          asset,
          device: reply.device.devEui,
          old: reply.old?.devEui ?? "–",
          state: reply.old === undefined ? "–" : say(`device.state.${reply.old.state}`),
        });
        tell(cli, reply, options, registry.running, done);
      });
    });
  },
});

async function modelId(cli: Cli, typed: string, options: BoxOptions): Promise<string> {
  const { knownModel } = await import("../models.ts");
  return (await knownModel(cli, typed, options)).id;
}

/** An asset as it is written, or the one a device serves. */
async function assetOf(cli: Cli, typed: string, registry: BoxRegistry): Promise<string> {
  if (typed.split(":").length === 3) return parseAsset(typed, cli.say);
  const devEui = parseDevEui(typed);
  const { device } = await registry.device(devEui);
  if (device?.asset !== undefined) return device.asset;
  const { boxProblem } = await import("../problem-texts.ts");
  throw boxProblem(cli.say, { code: "not-installed", message: devEui });
}
