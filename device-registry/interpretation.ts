/** What a measurement means where the device hangs: placement turns distance into fill, and pulses into water or energy. Pure. */
import type { Measurement } from "../codecs/words.ts";
import type { Asset, AssetAttributes } from "./words.ts";

export interface Interpreted {
  readonly measurements: readonly Measurement[];
  readonly notes: readonly string[];
}

/** A sensor sits a little above the rim and its echo spreads: so much beyond the depth still means empty. */
const BEYOND_DEPTH_SHARE = 0.1;

const containerLevel = (distanceMm: number, depthMm: number): number | undefined => {
  if (distanceMm > depthMm * (1 + BEYOND_DEPTH_SHARE)) return undefined;
  return Math.round(100 * Math.max(0, 1 - distanceMm / depthMm));
};

const NOTHING: Interpreted = { measurements: [], notes: [] };

/** `container.level` in percent from `container.distance` (mm of free air) and the container's depth. */
function filled(measurements: readonly Measurement[], { depthMm }: AssetAttributes): Interpreted {
  if (depthMm === undefined) return NOTHING;
  const distance = measurements.find(({ name }) => name === "container.distance")?.value;
  if (typeof distance !== "number") return NOTHING;
  const level = containerLevel(distance, depthMm);
  if (level === undefined) return { measurements: [], notes: ["distance-beyond-depth"] };
  return { measurements: [{ name: "container.level", value: level, unit: "%" }], notes: [] };
}

/** Names of what pulses count, and how a pulse becomes the unit. */
interface Counted {
  readonly total: string;
  readonly delta: string;
  readonly unit: string;
  /** The attribute's unit in the measurement's: litres a cubic metre. */
  readonly per: number;
}
const WATER: Counted = { total: "meter.water.total", delta: "meter.water.delta", unit: "m3", per: 1_000 };
const ENERGY: Counted = { total: "meter.energy.total", delta: "meter.energy.delta", unit: "Wh", per: 1 };

/** Twelve digits tell any two pulses of any counter apart; what binary fractions add beyond is noise. */
const DIGITS = 12;

function worthOf({ litresPerPulse, wattHoursPerPulse }: AssetAttributes): readonly [Counted, number] | undefined {
  if (litresPerPulse !== undefined) return [WATER, litresPerPulse];
  return wattHoursPerPulse === undefined ? undefined : [ENERGY, wattHoursPerPulse];
}

/** Water or energy from `pulse.total` and `pulse.delta`, input by input, where the asset says what a pulse is worth. */
function counted(measurements: readonly Measurement[], attributes: AssetAttributes): readonly Measurement[] {
  const worth = worthOf(attributes);
  if (worth === undefined) return [];
  const [{ total, delta, unit, per }, each] = worth;
  return measurements.flatMap(({ name, value }) => {
    const [kind, instance] = name.split("@", 2);
    if (typeof value !== "number" || (kind !== "pulse.total" && kind !== "pulse.delta")) return [];
    const meant = (kind === "pulse.total" ? total : delta) + (instance === undefined ? "" : `@${instance}`);
    return [{ name: meant, value: Number(((value * each) / per).toPrecision(DIGITS)), unit }];
  });
}

/**
 * Adds what follows from the placement. A distance that cannot be inside the container gives no level but the note
 * `distance-beyond-depth`. What the device itself reports is left as it is.
 */
export const interpret = (measurements: readonly Measurement[], asset: Asset | undefined): Interpreted => {
  if (asset === undefined) return { measurements, notes: [] };
  const { attributes } = asset;
  const level = measurements.some(({ name }) => name === "container.level")
    ? NOTHING
    : filled(measurements, attributes);
  const own = (name: string): boolean => measurements.some((one) => one.name === name);
  const added = [...level.measurements, ...counted(measurements, attributes).filter(({ name }) => !own(name))];
  return { measurements: added.length === 0 ? measurements : [...measurements, ...added], notes: level.notes };
};
