/** Asks a box for a change of its registry, from the region's side. */
import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import type { RegionChange, RegionChangeRequest } from "../../api/region-changes.ts";
import { CommandView } from "../../api/schemas.ts";
import { AFTER_REPLACEMENT } from "../../device-registry/words.ts";
import { type Cli, commandFile } from "../cli.ts";
import { author, type PlaceOptions, placeFields, withPlaceOptions } from "../device-forms.ts";
import { fault } from "../faults.ts";
import { askHypervisor } from "../hypervisor-client.ts";
import { parseAsset, parseChoice, parseDevEui } from "../inputs.ts";
import { reasonText } from "../reason-texts.ts";
import { shownTime } from "../terminal/values.ts";
import { sayingIfSlow } from "../waiting.ts";

interface Options extends Omit<PlaceOptions, "config"> {
  readonly data?: string;
  readonly box?: string;
  readonly model?: string;
  readonly joinEui?: string;
  readonly firmware?: string;
  readonly to?: string;
  readonly with?: string;
  readonly old?: string;
  readonly reason?: string;
}

const ACTIONS = ["device", "asset", "accept", "in-service", "faulty", "retire", "move", "replace", "undo"] as const;
/** So long is the box waited for; what takes longer goes on without whoever asked. */
const WAIT_MS = 15_000;
const LOOK_MS = 300;

export const hypervisorChange = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    {
      line: 'hypervisor change asset lamp:88383:042 --name "Rue de la Xavée"',
      text: "command.hypervisor.change.example.name",
    },
    {
      line: "hypervisor change replace lamp:88383:042 --with 70b3d5e75e01a2c4",
      text: "command.hypervisor.change.example.replace",
    },
    {
      line: "hypervisor change undo 0197f9aa-1111-4222-8333-123456789abc",
      text: "command.hypervisor.change.example.undo",
    },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    const declared = command
      .argument("<action>", say("command.hypervisor.change.action", { actions: ACTIONS.join(", ") }))
      .argument("<what>", say("command.hypervisor.change.what"))
      .option("--model <model>", say("command.hypervisor.change.model"))
      .option("--join-eui <eui>", say("command.hypervisor.change.joineui"))
      .option("--firmware <text>", say("command.hypervisor.change.firmware"))
      .option("--to <asset>", say("command.device.move.to"))
      .option("--with <deveui>", say("command.device.replace.with"))
      .option("--old <state>", say("command.device.replace.old"))
      .option("--reason <text>", say("command.hypervisor.change.reason"))
      .option("--box <name>", say("command.hypervisor.change.box"));
    withPlaceOptions(declared, cli)
      .option("--data <folder>", say("command.hypervisor.data"))
      .action(async (typed: string, what: string) => {
        const options = command.optsWithGlobals<Options>();
        const action = parseChoice(typed, "<action>", ACTIONS);
        const request: z.input<typeof RegionChangeRequest> = {
          change: await changeOf(cli, action, what, options),
          author: author(cli, options.by),
          ...(options.reason === undefined ? {} : { reason: options.reason }),
          ...(options.box === undefined ? {} : { box: options.box }),
        };
        const path = "/registry/changes";
        const asked = { method: "POST", path, body: request, reply: CommandView } as const;
        const placed = await askHypervisor(cli, options.data, asked);
        const ended = await sayingIfSlow(cli, say("waiting.box-of-region"), endOf(cli, placed, options.data));
        if (options.json) cli.out.line(JSON.stringify(ended));
        else tell(cli, ended);
        if (ended.terminal && ended.state !== "done") throw await notDone(cli, ended);
      });
  },
});

const given = (option: string, value: string | undefined): string => {
  if (value === undefined) throw fault("missing-option", { option, command: "hypervisor change" });
  return value;
};

async function changeOf(
  cli: Cli,
  action: (typeof ACTIONS)[number],
  what: string,
  options: Options,
): Promise<RegionChange> {
  switch (action) {
    case "device": {
      const asset = options.asset === undefined ? {} : { asset: parseAsset(options.asset, cli.say) };
      return { action, devEui: parseDevEui(what), ...asset, ...(await deviceFields(options)), ...fields(options) };
    }
    case "asset":
      return { action, asset: parseAsset(what, cli.say), ...fields(options) };
    case "move": {
      const to = given("--to", options.to);
      return { action, devEui: parseDevEui(what), to: to === "stock" ? to : parseAsset(to, cli.say) };
    }
    case "replace":
      return {
        action,
        asset: parseAsset(what, cli.say),
        with: parseDevEui(given("--with", options.with)),
        old: parseChoice(options.old ?? "retired", "--old", AFTER_REPLACEMENT),
        ...(options.model === undefined ? {} : { model: await modelId(options.model) }),
      };
    case "undo":
      return { action, command: what };
    default:
      return { action, devEui: parseDevEui(what) };
  }
}

/** The fields of an asset; those of a device that share its form are not asked for here. */
const fields = (options: Options) => {
  const { devEui: _, asset: __, model: ___, keys: ____, by: _____, action: ______, ...said } = placeFields(options);
  return said;
};

async function deviceFields({ model, joinEui, firmware }: Options) {
  return {
    ...(model === undefined ? {} : { model: await modelId(model) }),
    ...(joinEui === undefined ? {} : { joinEui: parseDevEui(joinEui) }),
    ...(firmware === undefined ? {} : { firmware }),
  };
}

/** A codec of another maker is known on its box only: there the box decides. */
async function modelId(typed: string): Promise<string> {
  const { modelNamed } = await import("../../device-registry/models.ts");
  return modelNamed(typed)?.id ?? typed;
}

async function endOf(cli: Cli, placed: CommandView, data: string | undefined): Promise<CommandView> {
  let seen = placed;
  const path = `/registry/changes/${placed.id}`;
  for (const until = Date.now() + WAIT_MS; !seen.terminal && Date.now() < until; await pause(LOOK_MS))
    seen = await askHypervisor(cli, data, { method: "GET", path, reply: CommandView });
  return seen;
}

function tell(cli: Cli, { id, state, terminal, steps, expiresAt, target }: CommandView): void {
  const { say, out } = cli;
  if (!terminal) {
    out.line(say("command.hypervisor.change.waits", { target, until: shownTime(new Date(expiresAt), cli.language) }));
    out.line(out.paint("dim", say("command.hypervisor.change.id", { id })));
  } else if (state === "done") {
    const unchanged = steps.at(-1)?.reason === "applied:unchanged";
    out.line(say(unchanged ? "command.hypervisor.change.unchanged" : "command.hypervisor.change.done", { target }));
    if (!unchanged) out.line(out.paint("dim", say("command.hypervisor.change.undo-with", { id })));
  }
}

async function notDone(cli: Cli, { state, steps }: CommandView) {
  const reason = steps.at(-1)?.reason ?? state;
  const cut = reason.indexOf(":");
  const [code, message] = cut < 0 ? [reason, reason] : [reason.slice(0, cut), reason.slice(cut + 1)];
  const { boxProblem } = await import("../problem-texts.ts");
  // On the box the same word means another step in the way of an undo.
  const told = code === "changed-since" ? "changed-on-box" : code;
  return boxProblem(cli.say, { code: told, message, remedy: reasonText(cli, reason) });
}
