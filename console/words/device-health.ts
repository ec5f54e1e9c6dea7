/** What to say of how a device is heard. Pure. */
import type { ToldHealthView } from "../../api/device-health.ts";
import type { AssetView, BoxView } from "../../api/schemas.ts";
import type { Words } from "./words.ts";

export interface HealthFact {
  readonly name: string;
  readonly value: string;
}

type Name = `device.${"pace" | "complete" | "radio" | "signal" | "antennas" | "battery"}`;

const REASONS = ["losses", "weak", "one-gateway", "getting-weaker", "battery-low", "battery-ends"] as const;

/** A newer box may know more of them. */
const reasonIn = (reason: string, { say }: Words): string => {
  const known = REASONS.find((each) => each === reason);
  return known === undefined ? reason : say(`device.reason.${known}`);
};

const completenessIn = ({ completeness, missed = 0 }: ToldHealthView, { say, format }: Words): string | undefined =>
  completeness === undefined
    ? undefined
    : say("device.complete-of", { percent: format.number(completeness * 100, 1), n: missed });

/** Its antennas by the names their people gave them. */
const antennasIn = (
  { gateways, best }: NonNullable<ToldHealthView["radio"]>,
  box: BoxView | undefined,
  { say }: Words,
): string => {
  const names = new Map(box?.loraGateways?.gateways.map(({ id, name }) => [id, name === "" ? id : name]));
  const heard = say("device.antennas-of", { n: gateways });
  return best.length === 0
    ? heard
    : say("device.antennas-best", { heard, best: best.map((id) => names.get(id) ?? id).join(", ") });
};

const signalIn = (radio: NonNullable<ToldHealthView["radio"]>, { say, format }: Words): string => {
  const { rssi, snr, marginDb, trendDbPerWeek } = radio;
  const parts = [say("device.signal-of", { snr: format.number(snr, 1), rssi: format.number(rssi, 0) })];
  if (marginDb !== undefined) parts.push(say("device.margin", { margin: format.number(marginDb, 1) }));
  if (trendDbPerWeek !== undefined && Math.abs(trendDbPerWeek) >= 0.1)
    parts.push(
      say(trendDbPerWeek < 0 ? "device.falls" : "device.rises", { trend: format.number(Math.abs(trendDbPerWeek), 1) }),
    );
  return parts.join(" ; ");
};

const batteryIn = ({ battery }: ToldHealthView, { say, format }: Words): string | undefined => {
  if (battery === undefined) return undefined;
  const percent = format.number(battery.percent, 0);
  return battery.emptyAt === undefined
    ? say("device.battery-of", { percent })
    : say("device.battery-until", { percent, month: format.month(battery.emptyAt) });
};

/** Verdict, losses, signal, antennas, battery, as far as its box has told them. */
export function healthFacts(health: ToldHealthView, box: BoxView | undefined, words: Words): readonly HealthFact[] {
  const { say, format } = words;
  const { radio, verdict, reasons, periodSeconds, periodLearnt } = health;
  const period = format.length(periodSeconds * 1_000);
  const facts: readonly (readonly [Name, string | undefined])[] = [
    ["device.pace", say(periodLearnt ? "device.pace-learnt" : "device.pace-model", { period })],
    ["device.complete", completenessIn(health, words)],
    [
      "device.radio",
      verdict === "unknown" && reasons.length === 0
        ? undefined
        : [say(`device.verdict.${verdict}`), ...reasons.map((each) => reasonIn(each, words))].join(", "),
    ],
    ["device.signal", radio && signalIn(radio, words)],
    ["device.antennas", radio && antennasIn(radio, box, words)],
    ["device.battery", batteryIn(health, words)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [{ name: say(name), value }]));
}

/** Whether it speaks, in a sentence; what the box said before the last frame is over. */
export function silenceInWords(
  { lastSeenAt, device }: Pick<AssetView, "lastSeenAt" | "device">,
  stale: boolean,
  now: number,
  { say, format }: Words,
): string {
  if (lastSeenAt === undefined) return say("device.never");
  const told = device?.health;
  const silence = told?.lastSeenAt !== undefined && told.lastSeenAt >= lastSeenAt ? told.silence : undefined;
  const since = { time: format.time(lastSeenAt, now), age: format.age(lastSeenAt, now) };
  if (silence === "late" || silence === "silent" || silence === "lost") return say(`device.${silence}-since`, since);
  return stale ? say("device.silent-since", since) : say("device.on-time");
}
