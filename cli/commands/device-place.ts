import { commandFile } from "../cli.ts";
import { author, type PlaceOptions, placeFields, tellAfter, withPlaceOptions } from "../device-forms.ts";
import { parseAsset, parseDevEui } from "../inputs.ts";
import { withRegistry } from "../registry-of-box.ts";
import { withBoxOptions } from "../which-box.ts";

export const devicePlace = commandFile({
  exits: ["failed", "refused"],
  examples: [
    {
      line: "device place 70b3d5e75e01a2b3 --asset lamp:88383:042 --rated 45W --feeder ARM-03/D2",
      text: "command.device.place.example.lamp",
    },
    {
      line: 'device place 70b3d5e75e01a2b3 --at 48.0166,6.5889 --address "12 rue de la Xavée"',
      text: "command.device.place.example.where",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    const declared = command.argument("<deveui>", say("command.device.place.deveui"));
    withBoxOptions(withPlaceOptions(declared, cli), cli).action(async (typed: string, options: PlaceOptions) => {
      const devEui = parseDevEui(typed);
      const asset = options.asset === undefined ? {} : { asset: parseAsset(options.asset, say) };
      const form = { devEui, action: "place" as const, ...asset, ...placeFields(options), by: author(cli, options.by) };
      await withRegistry(cli, options, async (registry) => {
        const reply = await registry.addDevice(form);
        if (options.json) return cli.out.line(JSON.stringify({ ...reply, running: registry.running }));
        const { device } = reply;
        cli.out.line(
          reply.change === "unchanged"
            ? say("command.device.place.unchanged", { device: devEui })
            : say("command.device.place.done", {
                device: devEui,
                asset: device.asset ?? "–",
                state: say(`device.state.${device.state}`),
              }),
        );
        tellAfter(cli, reply, registry.running);
      });
    });
  },
});
