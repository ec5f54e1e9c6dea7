import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type { CommandView } from "../../api/schemas.ts";
import { type CommandState, OPEN_STATES, TERMINAL_STATES } from "../../commands/command.ts";
import { closest } from "../../texts/closest.ts";
import type { BoxClient } from "../box-client.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { didYouMean, parseAsset, parseFieldValue, parseSeconds } from "../inputs.ts";
import { shownTime } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly for?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

type Fields = Readonly<Record<string, number | string | boolean>>;

export const send = commandFile({
  exits: ["unreachable", "refused", "undone"],
  examples: [
    { line: "send lamp:88383:042 dim 50 --watch", text: "command.send.example.dim" },
    { line: "send lamp:88383:042 dim level=50 --for 30m", text: "command.send.example.named" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<asset>", say("command.send.asset"))
        .argument("<command>", say("command.send.command"))
        .argument("[fields...]", say("command.send.fields"))
        .option("--for <duration>", say("command.send.for"))
        .option("--watch", say("command.send.watch")),
      cli,
    ).action(async (asset: string, name: string, typed: readonly string[], options: Options) => {
      const target = parseAsset(asset, say);
      const expiresInSeconds = parseSeconds(options.for ?? "10m", "--for", { min: "5s", max: "7d" });
      const { createBoxClient } = await import("../box-client.ts");
      const box = createBoxClient(cli, await dataFolderOf(cli, options));
      const fields = await fieldsFor(cli, await modelOf(cli, box, target), name, typed);
      const wish = { id: randomUUID(), target, name, fields, author: `cli:${userInfo().username}`, expiresInSeconds };
      const taken = await box.send(wish);
      const print = (view: CommandView): void => show(cli, view, options);
      if (!options.json) cli.out.line(takenText(cli, taken));
      if (!options.watch) {
        if (options.json) print(taken);
        return;
      }
      await sayWhatHolds(cli, box);
      await follow(cli, box, taken, print);
    });
  },
});

async function modelOf(cli: Cli, box: BoxClient, asset: string): Promise<string> {
  const { devices } = await box.devices();
  const serving = devices.find((device) => device.asset === asset);
  if (serving !== undefined) return serving.model;
  const near = closest(
    asset,
    devices.flatMap((device) => (device.asset === undefined ? [] : [device.asset])),
  );
  throw fault("asset-unknown", { asset, suggestion: didYouMean(cli.say, near) });
}

/** `50` fills the next field of the model's command, `level=50` the one named. Ranges are checked here, before the box is asked. */
async function fieldsFor(cli: Cli, model: string, name: string, typed: readonly string[]): Promise<Fields> {
  const [{ findModel }, { findCodec }, { commandUsage, unknownCodecCommand }, { fieldLines }] = await Promise.all([
    import("../../device-registry/models.ts"),
    import("../../codecs/index.ts"),
    import("../codecs.ts"),
    import("../wire-texts.ts"),
  ]);
  const promised = findModel(model)?.commands ?? {};
  const command = promised[name];
  if (command === undefined) throw unknownCodecCommand(cli.say, model, name, Object.keys(promised));
  const codec = findCodec(model);
  const shape = codec?.shape.commands.find((each) => each.name === command.encodes);
  const open = (shape?.fields ?? []).map((field) => field.name).filter((field) => !(field in command.defaults));
  const usage = shape === undefined ? name : commandUsage(shape, command.defaults);
  const fields: Record<string, number | string | boolean> = {};
  for (const each of typed) {
    const named = /^([A-Za-z]\w*)=(.*)$/.exec(each);
    const field = named?.[1] ?? open.find((candidate) => !(candidate in fields));
    if (field === undefined) throw fault("wrong-field", { typed: each, command: name, usage, model });
    fields[field] = parseFieldValue(named?.[2] ?? each);
  }
  const encoded = codec?.encode(command.encodes, { ...command.defaults, ...fields });
  if (encoded === undefined || encoded.ok) return fields;
  const lines = fieldLines(cli, encoded.fault.field, shape?.fields ?? []);
  const values = { typed: typed.join(" ") || "–", command: name, usage, model };
  throw fault("wrong-field", values, { lines, detail: { fault: encoded.fault } });
}

function takenText(cli: Cli, view: CommandView): string {
  const fields = Object.entries(view.fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
  const until = shownTime(new Date(view.expiresAt), cli.language);
  const { id, name, target } = view;
  return wrap(cli.say("command.send.taken", { id, name, fields, target, until }), cli.out.columns, "  ").join("\n");
}

const known = (state: string): state is CommandState =>
  [...OPEN_STATES, ...TERMINAL_STATES].some((each) => each === state);

/** A state of a later version is shown by its name. */
const stateText = (cli: Cli, state: string): string => (known(state) ? cli.say(`state.${state}`) : state);

function show(cli: Cli, view: CommandView, options: Options): void {
  if (options.json) {
    cli.out.line(JSON.stringify(view));
    return;
  }
  const step = view.steps.at(-1);
  const time = shownTime(new Date(step?.at ?? view.requestedAt), cli.language);
  const state = stateText(cli, view.state) + (step?.reason === undefined ? "" : ` (${step.reason})`);
  cli.out.line(cli.say("command.send.step", { time, state }));
}

/** Why a command may wait for long, said before the person wonders. */
async function sayWhatHolds(cli: Cli, box: BoxClient): Promise<void> {
  const { broker, clock } = await box.status();
  if (!broker.connected) cli.err.line(cli.say("command.send.no-broker"));
  if (clock === "unknown") cli.err.line(cli.say("command.send.no-clock"));
}

async function follow(cli: Cli, box: BoxClient, taken: CommandView, print: (view: CommandView) => void): Promise<void> {
  let last = taken;
  for await (const view of box.followCommand(taken.id)) {
    print(view);
    last = view;
  }
  if (last.state === "done" || last.state === "effect-observed") return;
  const why = last.steps.at(-1)?.reason;
  throw fault("command-not-done", {
    id: last.id,
    target: last.target,
    state: stateText(cli, last.state),
    reason: why === undefined ? "" : ` (${why})`,
  });
}
