import type { DeviceView } from "../../api/registry.ts";
import { DEVICE_STATES } from "../../device-registry/words.ts";
import { type Cli, commandFile } from "../cli.ts";
import { fault } from "../faults.ts";
import { withRegistry } from "../registry-of-box.ts";
import { renderTable } from "../terminal/table.ts";
import { shownSpan } from "../terminal/values.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly state?: string;
  readonly silence?: string;
  readonly json?: boolean;
}

const SILENCES = ["late", "silent", "lost"] as const;

export const deviceList = commandFile({
  exits: ["failed"],
  examples: [
    { line: "device list", text: "command.device.list.example.here" },
    { line: "device list --silence lost", text: "command.device.list.example.silent" },
    { line: "device list --json", text: "command.device.list.example.json" },
  ],
  declare: (command, cli) => {
    const declared = command
      .option("--state <state>", cli.say("command.device.list.state"))
      .option("--silence <degree>", cli.say("command.device.list.silence"));
    withBoxOptions(declared, cli).action(async (options: Options) => {
      const state = oneOf(options.state, "--state", DEVICE_STATES);
      const silence = oneOf(options.silence, "--silence", SILENCES);
      const all = await withRegistry(cli, options, (registry) => registry.devices());
      const devices = all.devices.filter(
        (device) =>
          (state === undefined || device.state === state) &&
          (silence === undefined || device.health?.silence === silence),
      );
      if (options.json) return cli.out.line(JSON.stringify({ devices }));
      if (all.devices.length === 0) return cli.out.prose(cli.say("command.device.list.none"));
      show(cli, devices);
    });
  },
});

function oneOf<T extends string>(typed: string | undefined, option: string, choices: readonly T[]): T | undefined {
  if (typed === undefined) return undefined;
  const found = choices.find((choice) => choice === typed);
  if (found === undefined) throw fault("wrong-choice", { option, typed, choices: choices.join(", ") });
  return found;
}

function show(cli: Cli, devices: readonly DeviceView[]): void {
  const { say } = cli;
  const head = [
    { title: say("column.deveui") },
    { title: say("column.model") },
    { title: say("column.state") },
    { title: say("column.asset"), flexible: true },
    { title: say("column.last-seen"), align: "right" as const },
  ];
  const rows = devices.map((device) => [
    device.devEui,
    device.model,
    stateText(cli, device),
    device.asset ?? "–",
    device.lastSeenAt === undefined ? say("value.never") : shownSpan(cli.now() - Date.parse(device.lastSeenAt), say),
  ]);
  for (const line of renderTable(head, rows, cli.out.columns)) cli.out.line(line);
  cli.out.prose(say("command.device.list.count", { n: devices.length }));
}

/** Its state, or what is worse: that it does not speak. */
function stateText(cli: Cli, { state, health }: DeviceView): string {
  const silence = SILENCES.find((each) => each === health?.silence);
  const ended = state === "retired" || state === "in-stock";
  return silence === undefined || ended ? cli.say(`device.state.${state}`) : cli.say(`device.silence.${silence}`);
}
