/** What tells two boxes of one name apart: where they parted, what each has alone, who each is. No more certain than what is known. */
import type { IncidentView, SideView } from "../api/incidents.ts";
import type { Cli } from "./cli.ts";
import { shownTime } from "./terminal/values.ts";

type Say80 = (text: string) => void;

function describeParting({ say, out, language }: Cli, { parting, refused }: IncidentView): void {
  if (parting === undefined) return;
  const { commonSeq, commonAt, partedSeq } = parting;
  const common = `${commonSeq}`;
  if (commonSeq === 0) out.line(say("incident.common.none"));
  else if (commonAt === undefined) out.line(say("incident.common", { common }));
  else out.line(say("incident.common.at", { common, at: shownTime(new Date(commonAt), language) }));
  const between = { from: `${commonSeq + 1}`, parted: `${partedSeq}` };
  if (partedSeq === commonSeq + 1) out.line(say("incident.parted.exact", { parted: `${partedSeq}` }));
  else if (partedSeq !== undefined) out.line(say("incident.parted.between", between));
  else out.line(say(refused?.entries?.most === 0 ? "incident.parted.none" : "incident.parted.unknown"));
}

const entriesIn = ({ say }: Cli, { least, most }: NonNullable<SideView["entries"]>): string => {
  if (most === 0) return say("incident.alone.none");
  return least === most
    ? say("incident.alone", { n: most })
    : say("incident.alone.between", { least: `${least}`, most: `${most}` });
};

/** Of bounds the times are of what one surely has alone. */
const spanOf = ({ entries }: SideView) =>
  entries === undefined || entries.least === entries.most ? "incident.alone.span" : "incident.alone.sure";

function describeSide(cli: Cli, which: "accepted" | "refused", side: SideView): void {
  const { say, out, language } = cli;
  const time = (text: string) => shownTime(new Date(text), language);
  const { entries, firstAt, lastAt, heardSince, heardAt, address, serial, version } = side;
  const lines = [
    ...(entries === undefined ? [] : [entriesIn(cli, entries)]),
    ...(firstAt === undefined || lastAt === undefined
      ? []
      : [say(spanOf(side), { from: time(firstAt), to: time(lastAt) })]),
    // When the refused one came stands above.
    ...(which === "refused" || heardSince === undefined || heardAt === undefined
      ? []
      : [say("incident.alone.arrived", { from: time(heardSince), to: time(heardAt) })]),
    ...(address === undefined ? [] : [say("incident.side.address", { address })]),
    ...(serial === undefined ? [] : [say("incident.side.serial", { serial })]),
    ...(version === undefined ? [] : [say("incident.side.version", { version })]),
  ];
  const name = say(`incident.side.${which}`);
  for (const [nth, line] of lines.entries()) out.line(`  ${(nth === 0 ? name : "").padEnd(12)}${line}`);
}

export function describeSides(cli: Cli, incident: IncidentView, say80: Say80): void {
  const { accepted, refused } = incident;
  describeParting(cli, incident);
  if (accepted !== undefined) describeSide(cli, "accepted", accepted);
  if (refused !== undefined) describeSide(cli, "refused", refused);
  if (accepted?.serial === undefined || refused?.serial === undefined) return;
  cli.out.line();
  say80(cli.say(accepted.serial === refused.serial ? "incident.serial.same" : "incident.serial.other"));
}
