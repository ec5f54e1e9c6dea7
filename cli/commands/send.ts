import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type { CommandView } from "../../api/schemas.ts";
import { type CommandState, OPEN_STATES, TERMINAL_STATES } from "../../commands/command.ts";
import { HOLD_SECONDS_DEFAULT } from "../../commands/lease.ts";
import type { ModelCommand } from "../../device-registry/words.ts";
import { closest } from "../../texts/closest.ts";
import type { BoxClient } from "../box-client.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { didYouMean, parseAsset, parseChoice, parseFieldValue, parseSeconds } from "../inputs.ts";
import { reasonText } from "../reason-texts.ts";
import { shownTime } from "../terminal/values.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";
import { isMany, sendMany, sentOf, targetsOf } from "./send-many.ts";

interface Options extends BoxOptions {
  readonly for?: string;
  readonly within?: string;
  readonly reason?: string;
  readonly watch?: boolean;
  readonly yes?: boolean;
  readonly until?: string;
  readonly json?: boolean;
}

type Fields = Readonly<Record<string, number | string | boolean>>;

export const send = commandFile({
  exits: ["unreachable", "refused", "undone"],
  examples: [
    { line: "send lamp:88383:042 dim 50 --watch", text: "command.send.example.dim" },
    { line: "send lamp:88383:042 dim level=50 --for 30m", text: "command.send.example.named" },
    { line: "send lamp:88383:* dim 50 --for 2h", text: "command.send.example.many" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<asset>", say("command.send.asset"))
        .argument("<command>", say("command.send.command"))
        .argument("[fields...]", say("command.send.fields"))
        .option("--for <duration>", say("command.send.for"))
        .option("--within <duration>", say("command.send.within"))
        .option("--reason <text>", say("command.send.reason"))
        .option("--watch", say("command.send.watch"))
        .option("--yes", say("command.send.yes"))
        .option("--until <end>", say("command.send.until")),
      cli,
    ).action(async (asset: string, name: string, typed: readonly string[], options: Options) => {
      if (isMany(asset)) return many(cli, asset, name, typed, options);
      const target = parseAsset(asset, say);
      checkTimes(options);
      const until = parseChoice(options.until ?? "return", "--until", ENDS);
      const { createBoxClient } = await import("../box-client.ts");
      const box = createBoxClient(cli, await dataFolderOf(cli, options));
      const model = await modelOf(cli, box, target);
      const { promise, fields } = await fieldsFor(cli, model, name, typed);
      const wish = {
        id: randomUUID(),
        target,
        name,
        fields,
        author: `cli:${userInfo().username}`,
        ...timesOf(options, promise, await waitSecondsOf(model)),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      };
      const taken = await box.send(wish);
      const print = (view: CommandView): void => show(cli, view, taken.id, options);
      if (!options.json) cli.out.line(takenText(cli, taken));
      if (!options.watch) {
        if (options.json) print(taken);
        if (taken.state === "refused") throw notDone(cli, taken);
        return;
      }
      await sayWhatHolds(cli, box);
      await follow(cli, box, taken, until, print, options);
    });
  },
});

async function many(cli: Cli, asset: string, name: string, typed: readonly string[], options: Options): Promise<void> {
  checkTimes(options);
  const { createBoxClient } = await import("../box-client.ts");
  const box = createBoxClient(cli, await dataFolderOf(cli, options));
  const { devices } = await box.devices();
  const serving = devices.flatMap((device) => (device.asset === undefined ? [] : [{ ...device, asset: device.asset }]));
  const targets = targetsOf(
    asset,
    serving.map((device) => device.asset),
  );
  const first = serving.find((device) => targets.includes(device.asset));
  if (first === undefined) throw fault("asset-unknown", { asset, suggestion: "" });
  const { promise, fields } = await fieldsFor(cli, first.model, name, typed);
  const times = timesOf(options, promise, await waitSecondsOf(first.model));
  const wish = {
    targets: [...targets],
    name,
    fields,
    author: `cli:${userInfo().username}`,
    ...times,
    // Those that did not hear it with their group are told alone, as long as it lasts.
    ...(options.within === undefined && times.holdSeconds !== undefined ? { expiresInSeconds: times.holdSeconds } : {}),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  const json = options.json === true;
  const { id } = sentOf(await sendMany(cli, box, wish, { yes: options.yes === true, json }));
  if (!options.watch) return;
  const { showMass } = await import("../mass-progress.ts");
  await showMass(cli, () => box.mass(id), { watch: true, json });
}

const ENDS = ["outcome", "return"] as const;
type End = (typeof ENDS)[number];
/** A lamp that cannot be reached within this should not change its light any more. */
const WITHIN_SECONDS = 600;
const BOUNDS = { min: "5s", max: "7d" };
const HOLD_BOUNDS = { min: "30s", max: "7d" };

/** Before the box is asked: what is no duration is none for any command. */
export function checkTimes({ for: hold, within }: Pick<Options, "for" | "within">): void {
  if (hold !== undefined) parseSeconds(hold, "--for", BOUNDS);
  if (within !== undefined) parseSeconds(within, "--within", BOUNDS);
}

/** What is to last needs an end of its own; what does not may only go on air so long. */
export function timesOf(
  options: Pick<Options, "for" | "within">,
  promise: ModelCommand,
  waitSeconds: number,
): { readonly expiresInSeconds: number; readonly holdSeconds?: number } {
  const within = options.within === undefined ? undefined : parseSeconds(options.within, "--within", BOUNDS);
  if (promise.returns === undefined) {
    const asked = options.for === undefined ? undefined : parseSeconds(options.for, "--for", BOUNDS);
    return { expiresInSeconds: within ?? asked ?? waitSeconds };
  }
  const holdSeconds =
    options.for === undefined ? HOLD_SECONDS_DEFAULT : parseSeconds(options.for, "--for", HOLD_BOUNDS);
  return { expiresInSeconds: Math.min(within ?? WITHIN_SECONDS, holdSeconds), holdSeconds };
}

/** A class A device hears only after it spoke: two of its intervals. */
async function waitSecondsOf(model: string): Promise<number> {
  const { findModel } = await import("../../device-registry/models.ts");
  const known = findModel(model);
  if (known === undefined || known.deviceClass === "C") return WITHIN_SECONDS;
  return Math.min(7 * 86_400, Math.max(WITHIN_SECONDS, 2 * known.expectedIntervalSeconds));
}

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
export async function fieldsFor(
  cli: Cli,
  model: string,
  name: string,
  typed: readonly string[],
): Promise<{ readonly promise: ModelCommand; readonly fields: Fields }> {
  const [{ findModel }, { findCodec }, { commandUsage, unknownCodecCommand }, { fieldLines }] = await Promise.all([
    import("../../device-registry/models.ts"),
    import("../../codecs/index.ts"),
    import("../codecs.ts"),
    import("../wire-texts.ts"),
  ]);
  // Keys are given by the box, which alone knows them.
  const all = Object.entries(findModel(model)?.commands ?? {});
  const promised = Object.fromEntries(all.filter(([, { joinsGroup }]) => joinsGroup !== true));
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
  if (encoded === undefined || encoded.ok) return { promise: command, fields };
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
  const held =
    view.holdUntil === undefined
      ? []
      : wrap(
          cli.say("command.send.holds", { end: shownTime(new Date(view.holdUntil), cli.language) }),
          cli.out.columns,
          "  ",
        );
  return [
    ...wrap(cli.say("command.send.taken", { id, name, fields, target, until }), cli.out.columns, "  "),
    ...held,
  ].join("\n");
}

const known = (state: string): state is CommandState =>
  [...OPEN_STATES, ...TERMINAL_STATES].some((each) => each === state);

/** A state of a later version is shown by its name. */
export const stateText = (cli: Cli, state: string): string => (known(state) ? cli.say(`state.${state}`) : state);

function show(cli: Cli, view: CommandView, asked: string, options: Options): void {
  if (options.json) {
    cli.out.line(JSON.stringify(view));
    return;
  }
  const step = view.steps.at(-1);
  const time = shownTime(new Date(step?.at ?? view.requestedAt), cli.language);
  const why = step?.reason === undefined ? "" : ` (${reasonText(cli, step.reason)})`;
  const words = { time, state: stateText(cli, view.state) + why };
  cli.out.line(cli.say(view.id === asked ? "command.send.step" : "command.send.return-step", words));
}

/** Why a command may wait for long, said before the person wonders. */
async function sayWhatHolds(cli: Cli, box: BoxClient): Promise<void> {
  const { broker, clock } = await box.status();
  if (!broker.connected) cli.err.line(cli.say("command.send.no-broker"));
  if (clock === "unknown") cli.err.line(cli.say("command.send.no-clock"));
}

const isDone = ({ state }: CommandView): boolean => state === "done" || state === "effect-observed";

/** The command to its outcome, then what takes back what it set. The exit tells the command's own outcome. */
async function follow(
  cli: Cli,
  box: BoxClient,
  taken: CommandView,
  until: End,
  print: (view: CommandView) => void,
  options: Options,
): Promise<void> {
  let last = taken;
  for await (const view of box.followCommand(taken.id, until)) {
    print(view);
    if (view.id !== taken.id) continue;
    last = view;
    if (view.terminal && isDone(view) && view.holdUntil !== undefined && !options.json) {
      const end = shownTime(new Date(view.holdUntil), cli.language);
      const key = until === "return" ? "command.send.waits-for-return" : "command.send.will-return";
      cli.out.line(wrap(cli.say(key, { end }), cli.out.columns, "  ").join("\n"));
    }
  }
  if (!isDone(last)) throw notDone(cli, last);
}

function notDone(cli: Cli, view: CommandView): Error {
  const why = view.steps.at(-1)?.reason;
  return fault("command-not-done", {
    id: view.id,
    target: view.target,
    state: stateText(cli, view.state),
    reason: why === undefined ? "" : ` (${reasonText(cli, why)})`,
  });
}
