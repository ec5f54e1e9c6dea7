/** What to say of the antennas of a box. Pure. */
import type { LoraGatewaysView, LoraGatewayView } from "../../api/schemas.ts";
import type { SayPage, Words } from "./words.ts";

const SUMMARIES = [
  ["offline", "antenna.silent"],
  ["never-seen", "antenna.waited"],
  ["unknown", "antenna.unclear"],
] as const;

/** Why ChirpStack did not answer; a newer box may know more of them. */
const FAULTS = ["key-file", "key-refused", "unreachable", "no-answer", "failed"] as const;

const count = (gateways: readonly LoraGatewayView[], state: LoraGatewayView["state"]): number =>
  gateways.filter((gateway) => gateway.state === state).length;

export const isAnySilent = (told: LoraGatewaysView | undefined): boolean =>
  told !== undefined && count(told.gateways, "offline") > 0;

/** One line: what works, or what does not. */
export function antennaSummary({ checkedAt, gateways }: LoraGatewaysView, say: SayPage): string {
  if (checkedAt === undefined) return say("box.unknown");
  if (gateways.length === 0) return say("antenna.none");
  const said = SUMMARIES.flatMap(([state, key]) => {
    const n = count(gateways, state);
    return n === 0 ? [] : [say(key, { n, all: gateways.length })];
  });
  return said.length === 0 ? say("antenna.working", { n: gateways.length }) : said.join(" · ");
}

export interface AntennaNote {
  readonly key: string;
  readonly bad: boolean;
  readonly what: string;
  readonly means: string;
}

/** People know an antenna by its name; whoever must find it needs its identifier. */
const nameOf = ({ id, name }: LoraGatewayView): string => (name === "" || name === id ? id : `${name} (${id})`);

function noteOf(gateway: LoraGatewayView, now: number, { say, format }: Words): AntennaNote | undefined {
  const { id, state, lastSeenAt } = gateway;
  const name = nameOf(gateway);
  if (state === "never-seen")
    return { key: id, bad: false, what: say("antenna.neverSeen", { name }), means: say("antenna.neverSeenMeans") };
  if (state !== "offline") return undefined;
  const what =
    lastSeenAt === undefined
      ? say("antenna.offlineNever", { name })
      : say("antenna.offline", { name, time: format.time(lastSeenAt, now), age: format.age(lastSeenAt, now) });
  return { key: id, bad: true, what, means: say("antenna.offlineMeans") };
}

/** What somebody should do something about: silent antennas first, then why nothing newer is known. */
export function antennaNotes(
  { checkedAt, fault, gateways }: LoraGatewaysView,
  now: number,
  words: Words,
): AntennaNote[] {
  const notes = gateways.flatMap((gateway) => noteOf(gateway, now, words) ?? []);
  if (fault === undefined) return notes;
  const { say, format } = words;
  const known = FAULTS.find((each) => each === fault);
  const what =
    checkedAt === undefined ? say("antenna.untold") : say("antenna.stale", { time: format.time(checkedAt, now) });
  const means = known === undefined ? fault : say(`antenna.fault.${known}`);
  return [...notes, { key: "fault", bad: false, what, means }];
}
