/** Gives a multicast group's keys to its lamps: made at the network server first, then one frame a lamp, its cost told before. */
import { userInfo } from "node:os";
import type { GroupView } from "../api/groups.ts";
import type { MassReply } from "../api/mass.ts";
import type { BoxClient } from "./box-client.ts";
import type { Cli } from "./cli.ts";
import { sendMany, targetsOf } from "./commands/send-many.ts";
import { fault } from "./faults.ts";
import { parseSeconds } from "./inputs.ts";
import { wrap } from "./terminal/wrap.ts";
import type { BoxOptions } from "./which-box.ts";

export interface GivingOptions extends BoxOptions {
  readonly within: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export interface Given {
  /** Assets whose lamps are being given the keys. */
  readonly asked: readonly string[];
  readonly wish?: MassReply;
}

/** Assets of the box's devices that a pattern or a list names. Throws the fault `asset-unknown`. */
export async function lampsOf(box: BoxClient, typed: string): Promise<readonly string[]> {
  const { devices } = await box.devices();
  const targets = targetsOf(
    typed,
    devices.flatMap(({ asset }) => (asset === undefined ? [] : [asset])),
  );
  if (targets.length === 0) throw fault("asset-unknown", { asset: typed, suggestion: "" });
  return targets;
}

/** Lamps that have not confirmed, and are not being asked. */
async function stillToAsk(box: BoxClient, name: string, targets: readonly string[]): Promise<string[]> {
  const { groups } = await box.groups();
  const members: GroupView["members"] = groups.find((group) => group.name === name)?.members ?? [];
  const open = new Set(
    members.filter(({ state }) => state === "waits" || state === "missing").map(({ asset }) => asset),
  );
  return targets.filter((target) => open.has(target));
}

interface Giving {
  readonly name: string;
  /** That gives a lamp the keys. */
  readonly command: string;
  readonly targets: readonly string[];
}

const wishFor = ({ name, command, targets }: Giving, { within }: GivingOptions) => ({
  targets: [...targets],
  name: command,
  fields: { group: name },
  author: `cli:${userInfo().username}`,
  precedence: "configuration" as const,
  expiresInSeconds: parseSeconds(within, "--within", { min: "1m", max: "7d" }),
});

/** Whether they are so many that a second word is needed and not given; then the cost is told, and nothing is done. */
export async function wantsYes(cli: Cli, box: BoxClient, group: Giving, options: GivingOptions): Promise<boolean> {
  if (options.yes === true || group.targets.length === 0) return false;
  const wish = wishFor(group, options);
  const { plan } = await box.sendMany({ ...wish, dryRun: true });
  if (plan.confirm === undefined) return false;
  await sendMany(cli, box, wish, { yes: false, json: false, quiet: options.json === true });
  if (options.json !== true) sayUnconfirmed(cli, plan.assets);
  return true;
}

export async function giveKeys(cli: Cli, box: BoxClient, group: Giving, options: GivingOptions): Promise<Given> {
  const { applyWhole } = await import("./commands/network-apply.ts");
  await applyWhole(cli, options);
  const asked = await stillToAsk(box, group.name, group.targets);
  if (asked.length === 0) {
    if (!options.json) cli.out.line(cli.say("group.none-left", { name: group.name }));
    return { asked };
  }
  const wish = await sendMany(cli, box, wishFor({ ...group, targets: asked }, options), {
    yes: options.yes === true,
    json: false,
    quiet: options.json === true,
  });
  if (wish.mass === undefined && options.json !== true) sayUnconfirmed(cli, wish.plan.assets);
  return { asked: wish.mass === undefined ? [] : asked, wish };
}

const sayUnconfirmed = (cli: Cli, assets: number): void =>
  cli.out.line(wrap(cli.say("send.many.confirm", { assets }), cli.out.columns, "  ").join("\n"));
