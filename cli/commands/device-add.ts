import type { AddDevice } from "../../api/registry.ts";
import { type Cli, commandFile } from "../cli.ts";
import { author, type PlaceOptions, placeFields, tellAfter, withPlaceOptions } from "../device-forms.ts";
import { fault } from "../faults.ts";
import { parseAsset, parseDevEui } from "../inputs.ts";
import { knownModel } from "../models.ts";
import { withRegistry } from "../registry-of-box.ts";
import { withBoxOptions } from "../which-box.ts";

interface Options extends PlaceOptions {
  readonly model: string;
  readonly joineui?: string;
  readonly firmware?: string;
  readonly serial?: string;
}

export const deviceAdd = commandFile({
  exits: ["failed", "refused"],
  examples: [
    {
      line: "device add 70b3d5e75e01a2b3 --model nas-ul20xx --asset lamp:88383:042 --rated 45W",
      text: "command.device.add.example.lamp",
    },
    {
      line: "device add 24e124713c123456 --model milesight-em400 --asset container:88383:7 --depth 1200mm",
      text: "command.device.add.example.bin",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    const declared = command
      .argument("<deveui>", say("command.device.add.deveui"))
      .requiredOption("--model <model>", say("command.device.add.model"))
      .option("--joineui <eui>", say("option.joineui"))
      .option("--firmware <version>", say("option.firmware"))
      .option("--serial <number>", say("option.serial"));
    withBoxOptions(withPlaceOptions(declared, cli), cli).action(async (devEui: string, options: Options) => {
      const device = await asked(cli, devEui, options);
      await withRegistry(
        cli,
        options,
        async (registry) => {
          const reply = await registry.addDevice(device);
          const { running } = registry;
          if (options.json) return cli.out.line(JSON.stringify({ ...reply, running }));
          const { change } = reply;
          const { asset } = reply.device;
          const what = { device: reply.device.devEui, model: reply.device.model };
          cli.out.line(
            asset === undefined
              ? say(`command.device.add.${change}`, what)
              : say(`command.device.add.${change}-asset`, { ...what, asset }),
          );
          tellAfter(cli, reply, running);
        },
        "made",
      );
    });
  },
});

async function asked(cli: Cli, devEui: string, options: Options): Promise<AddDevice> {
  const model = await knownModel(cli, options.model, options);
  const asset = options.asset === undefined ? undefined : parseAsset(options.asset, cli.say);
  if (asset !== undefined && !model.assetKinds.some((kind) => asset.startsWith(`${kind}:`)))
    throw fault("wrong-kind-for-model", { asset, model: model.id, kinds: model.assetKinds.join(", ") });
  return {
    devEui: parseDevEui(devEui),
    model: model.id,
    ...(options.joineui === undefined ? {} : { joinEui: parseDevEui(options.joineui) }),
    ...(options.firmware === undefined ? {} : { firmware: options.firmware }),
    ...(options.serial === undefined ? {} : { serialNumber: options.serial }),
    ...(asset === undefined ? {} : { asset }),
    ...placeFields(options),
    by: author(cli, options.by),
  };
}
