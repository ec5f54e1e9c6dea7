import type { DeviceDetail, DeviceView } from "../../api/registry.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import { parseAsset, parseDevEui } from "../inputs.ts";
import { withRegistry } from "../registry-of-box.ts";
import { renderTable } from "../terminal/table.ts";
import { shownSpan, shownTime } from "../terminal/values.ts";
import { displayWidth } from "../terminal/width.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

type Row = readonly [name: string, value: string | undefined];

export const deviceShow = commandFile({
  exits: ["failed", "refused"],
  examples: [
    { line: "device show 70b3d5e75e01a2b3", text: "command.device.show.example.device" },
    { line: "device show lamp:88383:042", text: "command.device.show.example.asset" },
  ],
  declare: (command, cli) => {
    const declared = command.argument("<device>", cli.say("command.device.show.what"));
    withBoxOptions(declared, cli).action(async (typed: string, options: BoxOptions & { readonly json?: boolean }) => {
      const id = typed.split(":").length === 3 ? parseAsset(typed, cli.say) : parseDevEui(typed);
      const detail = await withRegistry(cli, options, (registry) => registry.device(id));
      if (options.json) return cli.out.line(JSON.stringify(detail));
      showRows(cli, [...deviceRows(cli, detail.device), ...assetRows(cli, detail)]);
      showInstallations(cli, detail);
      showOperations(cli, detail);
    });
  },
});

function showRows(cli: Cli, rows: readonly Row[]): void {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => displayWidth(name)));
  for (const [name, value] of shown) {
    const [first = "", ...rest] = wrap(value, readingWidth(cli.out) - width - 2);
    cli.out.line(`${name}${" ".repeat(width - displayWidth(name))}  ${first}`);
    for (const line of rest) cli.out.line(`${" ".repeat(width)}  ${line}`);
  }
}

const day = (iso: string, cli: Cli): string =>
  new Date(iso).toLocaleDateString(cli.language === "fr" ? "fr-FR" : "en-GB");

function deviceRows(cli: Cli, device: DeviceView | undefined): Row[] {
  if (device === undefined) return [];
  const { say } = cli;
  const state = say(`device.state.${device.state}`);
  const { since, by = "–", firmware, keys } = device;
  return [
    [say("device.row.device"), cli.out.paint("bold", device.devEui)],
    [say("device.row.model"), firmware === undefined ? device.model : `${device.model} (${firmware})`],
    [
      say("device.row.state"),
      since === undefined
        ? state
        : say("device.row.state-since", { state, at: shownTime(new Date(since), cli.language), by }),
    ],
    [say("device.row.serial"), device.serialNumber],
    [say("device.row.joineui"), device.joinEui],
    [say("device.row.keys"), keys && say("device.row.keys-sealed", { activation: keys.toUpperCase() })],
    ...healthRows(cli, device),
  ];
}

function healthRows(cli: Cli, { health, lastSeenAt }: DeviceView): Row[] {
  const { say } = cli;
  const heard = health?.lastSeenAt ?? lastSeenAt;
  if (health === undefined)
    return heard === undefined ? [] : [[say("device.row.heard"), shownSpan(cli.now() - Date.parse(heard), say)]];
  const { radio, battery, completeness, missed = 0 } = health;
  const silence = say(`device.silence.${health.silence}`);
  const percent = (share: number): number => Math.round(share * 1_000) / 10;
  const verdict = [
    say(`device.verdict.${health.verdict}`),
    ...health.reasons.map((reason) => reasonText(cli, reason)),
  ].join(", ");
  return [
    [
      say("device.row.heard"),
      heard === undefined
        ? say("device.row.never")
        : say("device.row.heard-ago", { span: shownSpan(cli.now() - Date.parse(heard), say), silence }),
    ],
    [
      say("device.row.period"),
      say(health.periodLearnt ? "device.row.period-learnt" : "device.row.period-model", {
        span: shownSpan(health.periodSeconds * 1_000, say),
      }),
    ],
    [
      say("device.row.complete"),
      completeness === undefined
        ? undefined
        : say("device.row.complete-of", { percent: percent(completeness), n: missed }),
    ],
    [
      say("device.row.radio"),
      radio && say("device.row.radio-figures", { verdict, rssi: radio.rssi, snr: radio.snr, dr: radio.dr }),
    ],
    ["", radio && say("device.row.radio-gateways", { n: radio.gateways, best: radio.best.join(", ") })],
    ["", radio?.marginDb === undefined ? undefined : say("device.row.radio-margin", { margin: radio.marginDb })],
    [
      "",
      radio?.trendDbPerWeek === undefined
        ? undefined
        : say("device.row.radio-trend", { trend: signed(radio.trendDbPerWeek, cli) }),
    ],
    [
      say("device.row.battery"),
      battery &&
        (battery.emptyAt === undefined
          ? say("device.row.battery-percent", { percent: battery.percent })
          : say("device.row.battery-at", { percent: battery.percent, at: day(battery.emptyAt, cli) })),
    ],
  ];
}

const signed = (value: number, cli: Cli): string =>
  new Intl.NumberFormat(cli.language, { signDisplay: "exceptZero", maximumFractionDigits: 1 }).format(value);

const REASONS = ["losses", "weak", "one-gateway", "getting-weaker", "battery-low", "battery-ends"] as const;

/** A newer box may know more of them. */
export function reasonText(cli: Cli, reason: string): string {
  const known = REASONS.find((each) => each === reason);
  return known === undefined ? reason : cli.say(`device.reason.${known}`);
}

function assetRows(cli: Cli, { asset }: DeviceDetail): Row[] {
  if (asset === undefined) return [];
  const { say } = cli;
  const { depthMm, ratedWatts, colourTemperatureKelvin, feeder, litresPerPulse, wattHoursPerPulse } = asset.attributes;
  const number = new Intl.NumberFormat(cli.language, { maximumFractionDigits: 6 });
  const { latitude, longitude } = asset;
  return [
    [say("device.row.asset"), `${asset.ref} (${say(`use.${asset.use}`)})`],
    [say("device.row.name"), asset.name],
    [say("device.row.address"), asset.address],
    [
      say("device.row.place"),
      latitude === undefined || longitude === undefined
        ? undefined
        : `${number.format(latitude)} ; ${number.format(longitude)}`,
    ],
    [say("device.row.depth"), depthMm === undefined ? undefined : `${number.format(depthMm)} mm`],
    [say("device.row.rated"), ratedWatts === undefined ? undefined : `${number.format(ratedWatts)} W`],
    [say("device.row.colour"), colourTemperatureKelvin === undefined ? undefined : `${colourTemperatureKelvin} K`],
    [
      say("device.row.pulse"),
      litresPerPulse !== undefined
        ? `${number.format(litresPerPulse)} L`
        : wattHoursPerPulse !== undefined
          ? `${number.format(wattHoursPerPulse)} Wh`
          : undefined,
    ],
    [say("device.row.feeder"), feeder],
  ];
}

function showInstallations(cli: Cli, { installations }: DeviceDetail): void {
  if (installations.length === 0) return;
  const { say } = cli;
  const when = (iso: string) => shownTime(new Date(iso), cli.language);
  cli.out.line();
  cli.out.prose(cli.out.paint("bold", say("device.installations")));
  const head = [
    { title: say("column.asset"), flexible: true },
    { title: say("column.deveui") },
    { title: say("column.since") },
    { title: say("column.until") },
  ];
  const rows = installations.map(({ asset, device, since, until }) => [
    asset,
    device,
    since === undefined ? say("device.since-always") : when(since),
    until === undefined ? "–" : when(until),
  ]);
  for (const line of renderTable(head, rows, cli.out.columns)) cli.out.line(line);
}

function showOperations(cli: Cli, { operations }: DeviceDetail): void {
  if (operations.length === 0) return;
  const { say } = cli;
  cli.out.line();
  cli.out.prose(cli.out.paint("bold", say("device.operations")));
  const head = [
    { title: say("column.step"), align: "right" as const },
    { title: say("column.when") },
    { title: say("column.what") },
    { title: say("column.who"), flexible: true },
  ];
  const rows = operations.map(({ id, at, action, by, undoneBy, undoes, command }) => [
    String(id),
    shownTime(new Date(at), cli.language),
    `${say(`device.action.${action}`)}${undoes === undefined ? "" : ` (${undoes})`}${undoneBy === undefined ? "" : ` – ${say("device.undone")}`}`,
    command === undefined ? by : say("device.by-region", { by }),
  ]);
  for (const line of renderTable(head, rows, cli.out.columns)) cli.out.line(line);
}
