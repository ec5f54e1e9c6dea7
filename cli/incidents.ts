/** What two histories of one box are, in words. */
import { IncidentsReply, type IncidentView } from "../api/incidents.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { askHypervisor } from "./hypervisor-client.ts";
import { describeSides } from "./incident-sides.ts";
import { shownTime } from "./terminal/values.ts";
import { wrap } from "./terminal/wrap.ts";

const DAY_MS = 86_400_000;

export const incidentsOf = async (cli: Cli, data: string | undefined, query = ""): Promise<readonly IncidentView[]> =>
  (await askHypervisor(cli, data, { method: "GET", path: `/incidents${query}`, reply: IncidentsReply })).incidents;

export function parseIncident(typed: string): number {
  const id = Number(typed);
  if (!/^[0-9]{1,9}$/.test(typed) || id < 1) throw fault("wrong-incident", { typed });
  return id;
}

const decisionOf = ({ say }: Cli, { decision }: IncidentView): string =>
  say(decision === undefined ? "incident.open" : `incident.decided.${decision}`);

/** And what prompts a person to look again. */
export function stateOf(cli: Cli, incident: IncidentView): string {
  const { sign, decision, openedAt } = incident;
  if (sign === "undecided")
    return cli.say("incident.sign.undecided", { n: Math.floor((cli.now() - Date.parse(openedAt)) / DAY_MS) });
  const isKnocking = sign === "knocking" && (decision === "keep" || decision === "new-epoch");
  return isKnocking ? cli.say(`incident.sign.${decision}`) : decisionOf(cli, incident);
}

/** When the one that is not accepted came last. */
export const heardAt = ({ decision, lastAt, replacedAt }: IncidentView): string =>
  decision === "new-epoch" ? (replacedAt ?? lastAt) : lastAt;

/** How far each was ever confirmed: what tells a person whether the region has forgotten something of one of them. */
function describeConfirmed({ say, out }: Cli, incident: IncidentView, say80: (text: string) => void): void {
  const { acceptedConfirmedSeq: accepted, refusedConfirmedSeq: refused, refusedOldestSeq: oldest } = incident;
  if (refused === undefined) return;
  out.line(say("incident.confirmed", { accepted: `${accepted ?? "?"}`, refused: `${refused}` }));
  if (oldest !== undefined && oldest > 1) out.line(say("incident.keepsFrom", { oldest: `${oldest}` }));
  if (accepted === undefined) return;
  out.line();
  say80(say("incident.bothConfirmed", { both: `${Math.min(accepted, refused)}` }));
}

const isCounted = (incident: IncidentView): incident is IncidentView & { readonly lost: number } =>
  incident.lost !== undefined && incident.lost > 0;

const meaningOf = (incident: IncidentView) => {
  const { reason } = incident;
  if (reason === "not-recoverable") return isCounted(incident) ? reason : "uncounted";
  return reason === "still-different" || reason === "disputed" || reason === "later-epoch" ? reason : "fork";
};

export function describeIncident(cli: Cli, incident: IncidentView): void {
  const { say, out, language } = cli;
  const { id, box, kept, durableSeq, firstSeq, attempts, decidedAt, decidedBy = "" } = incident;
  const time = (text: string) => shownTime(new Date(text), language);
  const say80 = (text: string) => {
    for (const line of wrap(text, Math.min(out.columns, 80))) out.line(line);
  };
  const state = stateOf(cli, incident);
  out.line(out.paint("bold", say("incident.title", { id: `${id}`, box, state })));
  const { reason } = incident;
  const isLoss = reason === "not-recoverable" || reason === "still-different";
  say80(say(`incident.means.${meaningOf(incident)}`, { box }));
  out.line();
  out.line(say("incident.opened", { at: time(incident.openedAt) }));
  out.line(say("incident.last", { at: time(incident.lastAt), n: attempts }));
  if (isLoss) {
    const between = { first: `${firstSeq}`, last: `${durableSeq}` };
    out.line(
      isCounted(incident) ? say("incident.lost", { n: incident.lost, ...between }) : say("incident.between", between),
    );
  } else out.line(say("incident.accepted", { seq: `${durableSeq}` }));
  if (!isLoss && firstSeq > 0) {
    const isWhole = (incident.refusedOldestSeq ?? 0) <= firstSeq;
    const refused = { first: `${firstSeq}`, last: `${kept.lastSeq}` };
    out.line(say(isWhole ? "incident.refused" : "incident.refusedInPart", refused));
    out.line(say("incident.kept", { n: kept.batches }));
  }
  if (incident.heardFrom !== undefined && incident.refused?.address === undefined)
    out.line(say("incident.heardFrom", { address: incident.heardFrom }));
  if (!isLoss) out.line();
  describeSides(cli, incident, say80);
  describeConfirmed(cli, incident, say80);
  if (incident.repeats > 0) out.line(say("incident.repeats", { n: incident.repeats }));
  if (decidedAt !== undefined) {
    out.line(say("incident.decision", { state: decisionOf(cli, incident), at: time(decidedAt), by: decidedBy }));
    if (incident.sign === "knocking") {
      const { replacedAt, replacedFrom: address = "?" } = incident;
      out.line();
      if (replacedAt === undefined) say80(say("incident.knocks.keep"));
      else say80(say("incident.knocks.new-epoch", { at: time(replacedAt), address }));
    }
    if (incident.decision === "keep") say80(say("incident.choose.later", { id: `${id}` }));
    return;
  }
  out.line();
  if (isLoss) {
    say80(say("incident.choose.noted", { id: `${id}` }));
    return;
  }
  say80(say("incident.choose.each", { box }));
  if (incident.isNamed === false) say80(say("incident.unnamed"));
  say80(say("incident.choose"));
  say80(say("incident.choose.keep", { id: `${id}` }));
  say80(say("incident.choose.new-epoch", { id: `${id}` }));
}
