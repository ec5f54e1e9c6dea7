/** Options that several device commands share: what is said of an asset, and by whom. */
import { userInfo } from "node:os";
import type { Command } from "commander";
import type { AddDevice, AddDeviceReply } from "../api/registry.ts";
import type { Cli } from "./cli.ts";
import { parseColour, parseDepth, parsePlace, parsePower, parsePulse } from "./inputs.ts";
import type { BoxOptions } from "./which-box.ts";

export interface PlaceOptions extends BoxOptions {
  readonly asset?: string;
  readonly name?: string;
  readonly at?: string;
  readonly address?: string;
  readonly depth?: string;
  readonly rated?: string;
  readonly colour?: string;
  readonly pulse?: string;
  readonly feeder?: string;
  readonly by?: string;
  readonly json?: boolean;
}

export function withPlaceOptions(command: Command, { say }: Cli): Command {
  return command
    .option("--asset <asset>", say("command.device.add.asset"))
    .option("--name <text>", say("command.device.add.name"))
    .option("--at <lat,lon>", say("command.device.add.at"))
    .option("--address <text>", say("option.address"))
    .option("--depth <length>", say("command.device.add.depth"))
    .option("--rated <power>", say("command.device.add.rated"))
    .option("--colour <kelvin>", say("option.colour"))
    .option("--pulse <worth>", say("option.pulse"))
    .option("--feeder <text>", say("option.feeder"))
    .option("--by <name>", say("option.by"));
}

/** Who sits here, for the journal: who called sudo, else the user. */
export function author(cli: Cli, by: string | undefined): string {
  const known = by ?? (cli.env.SUDO_USER || cli.env.USER || cli.env.LOGNAME);
  if (known) return known;
  try {
    return userInfo().username;
  } catch {
    return "cli";
  }
}

export const placeFields = (options: PlaceOptions): Partial<AddDevice> => ({
  ...(options.name === undefined ? {} : { name: options.name }),
  ...(options.at === undefined ? {} : parsePlace(options.at)),
  ...(options.address === undefined ? {} : { address: options.address }),
  ...(options.depth === undefined ? {} : { depthMm: parseDepth(options.depth) }),
  ...(options.rated === undefined ? {} : { ratedWatts: parsePower(options.rated) }),
  ...(options.colour === undefined ? {} : { colourTemperatureKelvin: parseColour(options.colour) }),
  ...(options.pulse === undefined ? {} : parsePulse(options.pulse)),
  ...(options.feeder === undefined ? {} : { feeder: options.feeder }),
});

/** What people are told after a change: how it is undone, and that the box learns of it later. */
export function tellAfter(
  cli: Cli,
  { change, operation }: Pick<AddDeviceReply, "change" | "operation">,
  running: boolean,
): void {
  if (change === "unchanged") return;
  if (operation !== undefined)
    cli.out.prose(cli.out.paint("dim", cli.say("device.undo-with", { operation: String(operation) })));
  if (!running) cli.out.prose(cli.say("device.box-off"));
}
