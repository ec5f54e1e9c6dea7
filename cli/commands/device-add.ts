import type { AddDevice, AddDeviceReply } from "../../api/control.ts";
import { type Cli, commandFile } from "../cli.ts";
import { CliFault, fault } from "../faults.ts";
import { parseAsset, parseDepth, parseDevEui, parsePlace, parsePower } from "../inputs.ts";
import { knownModel } from "../models.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly model: string;
  readonly asset?: string;
  readonly name?: string;
  readonly at?: string;
  readonly depth?: string;
  readonly rated?: string;
  readonly json?: boolean;
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
    withBoxOptions(
      command
        .argument("<deveui>", say("command.device.add.deveui"))
        .requiredOption("--model <model>", say("command.device.add.model"))
        .option("--asset <asset>", say("command.device.add.asset"))
        .option("--name <text>", say("command.device.add.name"))
        .option("--at <lat,lon>", say("command.device.add.at"))
        .option("--depth <length>", say("command.device.add.depth"))
        .option("--rated <power>", say("command.device.add.rated")),
      cli,
    ).action(async (devEui: string, options: Options) => {
      const device = await asked(cli, devEui, options);
      const folder = await dataFolderOf(cli, options);
      const { reply, running } = await enter(cli, folder, device);
      if (options.json) return cli.out.line(JSON.stringify({ ...reply, running }));
      const { change } = reply;
      const { asset } = reply.device;
      const what = { device: reply.device.devEui, model: reply.device.model };
      cli.out.line(
        asset === undefined
          ? say(`command.device.add.${change}`, what)
          : say(`command.device.add.${change}-asset`, { ...what, asset }),
      );
      if (!running && change !== "unchanged") cli.out.line(say("command.device.add.box-off"));
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
    ...(asset === undefined ? {} : { asset }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.at === undefined ? {} : parsePlace(options.at)),
    ...(options.depth === undefined ? {} : { depthMm: parseDepth(options.depth) }),
    ...(options.rated === undefined ? {} : { ratedWatts: parsePower(options.rated) }),
  };
}

/** Through the box when it runs; else straight into its store, which only one process may hold. */
async function enter(
  cli: Cli,
  folder: string,
  device: AddDevice,
): Promise<{ readonly reply: AddDeviceReply; readonly running: boolean }> {
  const { createBoxClient } = await import("../box-client.ts");
  try {
    return { reply: await createBoxClient(cli, folder).addDevice(device), running: true };
  } catch (error) {
    if (!(error instanceof CliFault && error.code === "box-not-running")) throw error;
    const { addDeviceOffline } = await import("../box-at-rest.ts");
    return { reply: await addDeviceOffline(cli, folder, device), running: false };
  }
}
