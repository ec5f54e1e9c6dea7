import type { BoxStatus } from "../../api/control.ts";
import { type Cli, commandFile } from "../cli.ts";
import { shownBytes, shownSpan } from "../terminal/values.ts";
import { displayWidth, pad } from "../terminal/width.ts";
import { wrap } from "../terminal/wrap.ts";
import { type BoxOptions, dataFolderOf, withBoxOptions } from "../which-box.ts";

export const status = commandFile({
  exits: ["unreachable"],
  examples: [
    { line: "status", text: "command.status.example.here" },
    { line: "status --data /var/lib/beffroi --json", text: "command.status.example.json" },
  ],
  declare: (command, cli) => {
    withBoxOptions(command, cli).action(async (options: BoxOptions & { readonly json?: boolean }) => {
      const { createBoxClient } = await import("../box-client.ts");
      const box = await createBoxClient(cli, await dataFolderOf(cli, options)).status();
      if (options.json) return cli.out.line(JSON.stringify(box));
      const rows = statusRows(cli, box);
      const width = Math.max(...rows.map(([name]) => displayWidth(name)));
      cli.out.line(cli.out.paint("bold", cli.say("command.status.title", { box: box.box, version: box.version })));
      for (const [name, ...texts] of rows) {
        const indent = " ".repeat(width + 2);
        const [first, ...rest] = texts.flatMap((text) => wrap(text, cli.out.columns - width - 2));
        cli.out.line(`${pad(name, width, "left")}  ${first}`);
        for (const line of rest) cli.out.line(indent + line);
      }
    });
  },
});

/** A name and one or more lines beside it. */
type Row = readonly [name: string, ...texts: string[]];

function statusRows(cli: Cli, box: BoxStatus): Row[] {
  const { say } = cli;
  const ago = (iso: string): string => shownSpan(cli.now() - Date.parse(iso), say);
  return [
    [say("status.running"), say("status.since", { span: ago(box.startedAt) })],
    [say("status.communes"), box.communes.length === 0 ? say("status.no-communes") : box.communes.join(", ")],
    [
      say("status.broker"),
      mark(cli, box.broker.connected, say(box.broker.connected ? "status.connected" : "status.disconnected")),
      box.broker.url,
    ],
    firstHopRow(cli, box),
    ...antennasRow(cli, box, ago),
    ...networkRow(cli, box),
    hypervisorRow(cli, box, ago),
    journalRow(cli, box),
    [
      say("status.devices"),
      say("status.devices-known", { n: box.counts.devices }),
      ...silenceLines(cli, box),
      ...(box.counts.unregistered === 0 ? [] : [say("status.unregistered", { n: box.counts.unregistered })]),
    ],
    [
      say("status.readings"),
      say("status.readings-kept", { n: box.counts.readings }),
      ...(box.counts.undecoded === 0 ? [] : [say("status.undecoded", { n: box.counts.undecoded })]),
      ...(box.counts.unknownEvents === 0 ? [] : [say("status.unknown-events", { n: box.counts.unknownEvents })]),
      ...(box.counts.duplicates === 0 ? [] : [say("status.duplicates", { n: box.counts.duplicates })]),
    ],
    [say("status.commands"), say("status.commands-open", { n: box.openCommands })],
    [say("status.clock"), mark(cli, box.clock === "confirmed", say(`status.clock.${box.clock}`))],
  ];
}

function silenceLines(cli: Cli, { silence }: BoxStatus): string[] {
  if (silence === undefined) return [];
  const { late, silent, lost } = silence;
  if (late + silent + lost === 0) return [];
  return [mark(cli, silent + lost === 0, cli.say("status.silence", { late, silent, lost }))];
}

/** Good or not, by a word and not by colour alone. */
const mark = (cli: Cli, good: boolean, text: string): string => cli.out.paint(good ? "green" : "yellow", text);

function firstHopRow(cli: Cli, { broker, firstHop }: BoxStatus): Row {
  const { say } = cli;
  if (firstHop.lossless && !broker.connected) return [say("status.first-hop"), say("status.hop-unknown")];
  if (firstHop.lossless) return [say("status.first-hop"), mark(cli, true, say("status.lossless"))];
  const reasons = firstHop.reasons.map((reason) => `- ${reason}`);
  const remedy =
    firstHop.remedy.length === 0 ? [] : [say("status.remedy"), ...firstHop.remedy.map((line) => `  ${line}`)];
  return [say("status.first-hop"), mark(cli, false, say("status.not-lossless")), ...reasons, ...remedy];
}

/** Why ChirpStack's API gave no answer; a newer box may know more of them. */
const ANTENNA_FAULTS = ["key-file", "key-refused", "unreachable", "no-answer", "failed"] as const;

/** What is well is one line; every antenna that is not has its own. */
function antennasRow(cli: Cli, { loraGateways: told }: BoxStatus, ago: (iso: string) => string): Row[] {
  const { say } = cli;
  if (told === undefined) return [];
  const { checkedAt, fault, gateways } = told;
  const all = gateways.length;
  const online = gateways.filter(({ state }) => state === "online").length;
  const summary =
    checkedAt === undefined
      ? say("status.antennas-untold")
      : all === 0
        ? say("status.antennas-none")
        : mark(cli, online === all, say("status.antennas-online", { n: online, all }));
  const silent = gateways.flatMap(({ id, name, state, lastSeenAt }) => {
    const who = name === "" || name === id ? id : `${name} (${id})`;
    if (state === "never-seen") return [say("status.antenna-never", { who })];
    if (state === "unknown") return [say("status.antenna-unknown", { who })];
    if (state !== "offline") return [];
    const since = lastSeenAt === undefined ? "–" : ago(lastSeenAt);
    return [mark(cli, false, say("status.antenna-offline", { who, span: since }))];
  });
  const means = gateways.some(({ state }) => state === "offline") ? [say("status.antenna-means")] : [];
  const known = ANTENNA_FAULTS.find((each) => each === fault);
  const stale =
    fault === undefined || checkedAt === undefined ? [] : [say("status.antennas-stale", { span: ago(checkedAt) })];
  const why = fault === undefined ? [] : [mark(cli, false, known ? say(`status.antennas-fault.${known}`) : fault)];
  return [[say("status.antennas"), summary, ...silent, ...means, ...stale, ...why]];
}

/** Only where devices are missing: what is well needs no line. */
function networkRow(cli: Cli, { network }: BoxStatus): Row[] {
  const { say } = cli;
  if (network === undefined) return [];
  const { lost, withoutKeys = 0 } = network;
  const gone = [mark(cli, false, say("status.network-lost", { n: lost })), say("status.network-lost.means")];
  const deaf = [mark(cli, false, say("status.without-keys", { n: withoutKeys })), say("status.without-keys.means")];
  return [
    ...(lost === 0 ? [] : [[say("status.network"), ...gone, say("status.network-lost.todo")] as const]),
    ...(withoutKeys === 0 ? [] : [[say("status.groups"), ...deaf, say("status.without-keys.todo")] as const]),
  ];
}

function hypervisorRow(cli: Cli, { hypervisor }: BoxStatus, ago: (iso: string) => string): Row {
  const { say } = cli;
  if (hypervisor === undefined) return [say("status.hypervisor"), say("status.alone")];
  const state = mark(cli, hypervisor.connected, say(hypervisor.connected ? "status.connected" : "status.disconnected"));
  const heard =
    hypervisor.lastReplyAt === undefined ? [] : [say("status.last-reply", { span: ago(hypervisor.lastReplyAt) })];
  const error = hypervisor.lastError === undefined || hypervisor.connected ? [] : [hypervisor.lastError];
  const refusal =
    hypervisor.refusal === undefined ? [] : [mark(cli, false, say(`status.refusal.${hypervisor.refusal}`))];
  const incident =
    hypervisor.incident === undefined ? [] : [say("status.refusal.incident", { incident: hypervisor.incident })];
  const certificate = certificateLines(cli, hypervisor);
  return [say("status.hypervisor"), state, hypervisor.url, ...heard, ...error, ...refusal, ...incident, ...certificate];
}

const DAY_MS = 86_400_000;
/** A box renews with thirty days left: with fewer than these something keeps it from doing so. */
const NEAR_DAYS = 21;

function certificateLines(cli: Cli, { certificate }: NonNullable<BoxStatus["hypervisor"]>): string[] {
  if (certificate === undefined) return [];
  const { say } = cli;
  const left = Date.parse(certificate.endsAt) - cli.now();
  const date = new Date(certificate.endsAt).toLocaleDateString(cli.language === "fr" ? "fr-FR" : "en-GB");
  if (left > NEAR_DAYS * DAY_MS) return [say("status.certificate", { date })];
  const why = certificate.renewalError ?? say("status.certificate-why-unknown");
  return [mark(cli, false, say(left > 0 ? "status.certificate-near" : "status.certificate-ended", { date, why }))];
}

/** What the disk keeps the box from doing, and what it cost so far. */
export function storageRows(cli: Cli, { storage, held }: BoxStatus["journal"]): string[] {
  const { say } = cli;
  const { thinned, dropped, damaged } = storage.lost;
  return [
    ...(storage.state === "ok" ? [] : [mark(cli, false, say(`status.disk.${storage.state}`))]),
    ...(held === 0 ? [] : [say("status.held", { n: held })]),
    ...(thinned + dropped + damaged === 0 ? [] : [say("status.lost", { thinned, dropped, damaged })]),
  ];
}

function journalRow(cli: Cli, { hypervisor, journal }: BoxStatus): Row {
  const { say } = cli;
  const { waiting } = journal;
  const sent = mark(
    cli,
    waiting === 0,
    waiting === 0 ? say("status.nothing-waits") : say("status.waiting", { n: waiting }),
  );
  return [
    say("status.journal"),
    say("status.entries", { n: journal.lastSeq }),
    ...(hypervisor === undefined ? [] : [sent]),
    say("status.space", {
      used: shownBytes(journal.bytes, cli.language, say),
      free: shownBytes(journal.freeBytes, cli.language, say),
    }),
    ...storageRows(cli, journal),
    ...(journal.daysLeft === undefined ? [] : [say("status.days-left", { n: Math.floor(journal.daysLeft) })]),
  ];
}
