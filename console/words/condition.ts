/** What a person should know of an asset at first sight: its state in a few words, and whether it needs somebody. Pure. */
import type { AssetView, Latest } from "../../api/schemas.ts";
import { splitInstance } from "./measurement.ts";
import type { TextKey, Words } from "./words.ts";

/** The newest value of a quantity, whichever instance told it. */
export function newest(asset: AssetView, name: string): Latest | undefined {
  let best: Latest | undefined;
  for (const [key, latest] of Object.entries(asset.latest))
    if (splitInstance(key).base === name && (best === undefined || latest.at > best.at)) best = latest;
  return best;
}

const numberOf = (latest: Latest | undefined): number | undefined =>
  typeof latest?.value === "number" ? latest.value : undefined;

export interface LampState {
  readonly on?: boolean;
  readonly level?: number;
  /** The level is concluded from the power drawn, not told by the lamp. */
  readonly concluded: boolean;
  readonly power?: Latest;
}

/** As large as the tolerance with which a power proves a dimming level: drivers are not linear. */
const POWER_TOLERANCE_WATTS = 3;
const POWER_TOLERANCE_SHARE = 0.2;
/** Below this share of the rated power a driver only stands by. */
const STANDBY_SHARE = 0.05;

/**
 * Level and power come in different frames: the level told by the lamp counts unless a newer power contradicts it, then the power
 * does, compared with the rated one.
 */
export function lampState(asset: AssetView): LampState {
  const told = newest(asset, "lamp.level");
  const on = newest(asset, "lamp.on");
  const power = newest(asset, "lamp.power");
  const level = numberOf(told);
  const watts = numberOf(power);
  const rated = asset.attributes.ratedWatts;
  const seen = power === undefined || watts === undefined ? {} : { power };
  const agrees = level === undefined || watts === undefined || typeof rated !== "number" || near(watts, level, rated);
  if (level !== undefined && (agrees || told!.at >= power!.at))
    return {
      on: on && on.at >= told!.at ? on.value === true : level > 0,
      level,
      concluded: false,
      ...(agrees ? seen : {}),
    };
  if (watts !== undefined && typeof rated === "number") {
    const share = watts / rated;
    if (share < STANDBY_SHARE) return { on: false, concluded: true, ...seen };
    return { on: true, level: Math.min(100, Math.round(share * 20) * 5), concluded: true, ...seen };
  }
  return { ...(on === undefined ? {} : { on: on.value === true }), concluded: false, ...seen };
}

const near = (watts: number, level: number, rated: number): boolean => {
  const wanted = (rated * level) / 100;
  return Math.abs(watts - wanted) <= Math.max(POWER_TOLERANCE_WATTS, POWER_TOLERANCE_SHARE * wanted);
};

/** What to show first of each kind, in this order, as far as it was measured. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  container: ["container.level", "container.distance"],
  meter: ["meter.water.total", "meter.energy.total", "meter.gas.total", "pulse.total", "power.active"],
  room: ["smoke.alarm", "air.temperature", "air.co2", "air.humidity"],
  station: ["air.temperature", "air.pm2_5", "air.pm10", "air.co2", "sound.leq", "sound.max"],
  counter: ["count.in", "count.out"],
  door: ["contact.open"],
  cabinet: ["power.active", "meter.energy.total", "power.current"],
  spot: ["parking.occupied", "container.distance"],
  lamp: ["lamp.power", "lamp.level"],
};
const SHOWN_MAX = 3;
/** Health of the device itself, and what was added in the last step: never what one wants to know first. */
const SECONDARY = /^(battery|device)\.|\.delta(@|$)/;

/** Names of the measurements of an asset, most telling first. */
export function measurementsInOrder(asset: AssetView): string[] {
  const first = FIRST[asset.kind] ?? [];
  const rank = (name: string): number => {
    const at = first.indexOf(splitInstance(name).base);
    return at >= 0 ? at : first.length + (SECONDARY.test(name) ? 1 : 0);
  };
  return Object.keys(asset.latest).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** “Allumée, 50 %, 42 W”. */
export function stateInWords(asset: AssetView, words: Words): string {
  const parts = asset.kind === "lamp" ? lampInWords(asset, words) : othersInWords(asset, words);
  return parts.length === 0 ? words.say("state.none") : parts.join(", ");
}

function lampInWords(asset: AssetView, { say, measurement }: Words): string[] {
  const { on, level, concluded, power } = lampState(asset);
  const watts = power === undefined ? undefined : measurement.value("lamp.power", power);
  if (on === undefined) return watts === undefined ? [] : [say("state.draws", { power: watts })];
  if (!on) return [say("state.off")];
  const percent = level === undefined ? undefined : measurement.number(level, "%");
  const told = percent !== undefined && concluded ? say("state.about", { level: percent }) : percent;
  return [say("state.on"), told, watts].filter((part) => part !== undefined);
}

function othersInWords(asset: AssetView, { say, measurement }: Words): string[] {
  const level = numberOf(newest(asset, "container.level"));
  if (asset.kind === "container" && level !== undefined)
    return [say("state.full", { level: measurement.number(level, "%") })];
  const occupied = newest(asset, "parking.occupied");
  if (occupied !== undefined) return [say(occupied.value === true ? "state.occupied" : "state.free")];
  const first = FIRST[asset.kind] ?? [];
  const shown = measurementsInOrder(asset)
    // Of states only those that are what the asset is there for.
    .filter((name) => typeof asset.latest[name]!.value === "number" || first.includes(splitInstance(name).base))
    .filter((name) => !SECONDARY.test(name))
    .slice(0, SHOWN_MAX);
  const units = shown.map((name) => asset.latest[name]!.unit);
  return shown.map((name, at) => {
    const value = measurement.value(name, asset.latest[name]!);
    // Two of one unit are told apart by their names only.
    const alone = units.indexOf(units[at]!) === units.lastIndexOf(units[at]!);
    return alone && asset.kind !== "counter" ? value : `${measurement.name(name)} ${value}`;
  });
}

/** At least this full, a container waits for the lorry. */
const TO_EMPTY_PERCENT = 80;
const BATTERY_LOW_PERCENT = 15;

export type Why = Extract<TextKey, `why.${string}`>;

const ALARMS: readonly { readonly names: readonly string[]; readonly why: Why }[] = [
  { names: ["container.fire"], why: "why.fire" },
  { names: ["smoke.alarm"], why: "why.smoke" },
  { names: ["leak"], why: "why.leak" },
  { names: ["lamp.failure", "gear.failure", "relay.failure"], why: "why.failure" },
  { names: ["device.tamper"], why: "why.tamper" },
  { names: ["container.tilted"], why: "why.tilted" },
];

/** When the API does not tell how often a device speaks: hours, by what it serves. */
const EXPECTED_HOURS: Readonly<Record<string, number>> = { meter: 6, spot: 24 };
const MISSED_BEFORE_STALE = 3;
/** A box that is there and calls it on time knows its habits better; but not for ever. */
const MISSED_AT_MOST = 20;

/** Seconds between two of its frames: as its box has learnt it, else as its model says. */
const expectedSeconds = ({ device, expectedIntervalSeconds, kind }: AssetView): number =>
  (device?.health?.periodLearnt ? device.health.periodSeconds : expectedIntervalSeconds) ??
  (EXPECTED_HOURS[kind] ?? 1) * 3_600;

/** What the box says of its silence, unless it was heard since. */
const toldSilence = ({ device, lastSeenAt }: AssetView) => {
  const health = device?.health;
  if (health === undefined || lastSeenAt === undefined) return undefined;
  const isOver = health.silence !== "on-time" && (health.lastSeenAt === undefined || health.lastSeenAt < lastSeenAt);
  return isOver ? undefined : health.silence;
};

/** Its box says that it is silent; without its word, no news for three times the usual interval. */
export function isStale(asset: AssetView, now: number, boxAlive = true): boolean {
  if (asset.lastSeenAt === undefined) return true;
  const silence = toldSilence(asset);
  if (silence === "silent" || silence === "lost") return true;
  const missed = (now - Date.parse(asset.lastSeenAt)) / 1_000 / expectedSeconds(asset);
  return missed > (silence !== undefined && boxAlive ? MISSED_AT_MOST : MISSED_BEFORE_STALE);
}

export interface Condition {
  /** Why somebody should look, worst first. */
  readonly whys: readonly Why[];
  readonly stale: boolean;
  /** Needs somebody. Silence behind a silent box does not: the box's own banner explains it. */
  readonly attention: boolean;
}

export function conditionOf(asset: AssetView, now: number, boxAlive: boolean): Condition {
  const whys = ALARMS.filter(({ names }) => names.some((name) => newest(asset, name)?.value === true)).map(
    ({ why }) => why,
  );
  if ((numberOf(newest(asset, "container.level")) ?? 0) >= TO_EMPTY_PERCENT) whys.push("why.full");
  const battery = numberOf(newest(asset, "battery.level"));
  if (battery !== undefined && battery <= BATTERY_LOW_PERCENT) whys.push("why.battery");
  const stale = isStale(asset, now, boxAlive);
  if (stale && boxAlive && asset.lastSeenAt !== undefined) whys.push("why.silent");
  return { whys, stale, attention: whys.length > 0 };
}

/** “Lampe 042”, from the reference, in the language of the page. */
export function assetTitle(asset: Pick<AssetView, "ref" | "kind">, { say }: Words): string {
  const number = asset.ref.split(":").slice(2).join(":");
  const key = `kind.${asset.kind}`;
  return say("asset.title", { kind: isKind(key) ? say(key) : asset.kind, number });
}

type KindKey = Extract<TextKey, `kind.${string}`>;
const KINDS: readonly string[] = [
  "lamp",
  "container",
  "spot",
  "meter",
  "room",
  "counter",
  "station",
  "cabinet",
  "door",
];
const isKind = (key: string): key is KindKey => KINDS.includes(key.slice("kind.".length));
