/** What a measurement means where the device hangs: placement turns distance into fill. Pure. */
import type { Measurement } from "../codecs/words.ts";
import type { Asset } from "./words.ts";

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

/**
 * Adds what follows from the placement: `container.level` in percent from `container.distance` (mm of free air) and the
 * container's depth. A distance that cannot be inside the container gives no level but the note `distance-beyond-depth`.
 * A level the device itself reports is left as it is.
 */
export const interpret = (measurements: readonly Measurement[], asset: Asset | undefined): Interpreted => {
  const depthMm = asset?.attributes.depthMm;
  const distance = measurements.find(({ name }) => name === "container.distance")?.value;
  if (depthMm === undefined || typeof distance !== "number" || measurements.some((m) => m.name === "container.level"))
    return { measurements, notes: [] };
  const level = containerLevel(distance, depthMm);
  if (level === undefined) return { measurements, notes: ["distance-beyond-depth"] };
  return { measurements: [...measurements, { name: "container.level", value: level, unit: "%" }], notes: [] };
};
