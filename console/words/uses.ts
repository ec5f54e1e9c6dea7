/** One telling sentence per use, for the tiles above the list. Pure. */
import type { AssetView } from "../../api/schemas.ts";
import { type Condition, lampState, newest } from "./condition.ts";
import type { SayPage } from "./words.ts";

export const USES = ["lighting", "waste", "mobility", "water", "energy", "air", "security"] as const;
export type UseName = (typeof USES)[number];

export const isUse = (use: string): use is UseName => (USES as readonly string[]).includes(use);

const count = (assets: readonly AssetView[], which: (asset: AssetView) => boolean): number =>
  assets.reduce((total, asset) => (which(asset) ? total + 1 : total), 0);

export function useInWords(
  use: UseName,
  assets: readonly AssetView[],
  conditions: ReadonlyMap<string, Condition>,
  say: SayPage,
): string {
  const has = (asset: AssetView, why: Condition["whys"][number]): boolean =>
    conditions.get(asset.ref)?.whys.includes(why) ?? false;
  const of = (kind: string): readonly AssetView[] => assets.filter((asset) => asset.kind === kind);
  if (use === "lighting") {
    const lamps = of("lamp");
    return say("use.lit", { n: count(lamps, (lamp) => lampState(lamp).on === true), total: lamps.length });
  }
  if (use === "waste") {
    const containers = of("container");
    return say("use.toEmpty", { n: count(containers, (one) => has(one, "why.full")), total: containers.length });
  }
  const spots = of("spot").filter((spot) => newest(spot, "parking.occupied") !== undefined);
  if (use === "mobility" && spots.length > 0)
    return say("use.free", {
      n: count(spots, (spot) => newest(spot, "parking.occupied")?.value === false),
      total: spots.length,
    });
  if (use === "water") {
    const leaks = count(assets, (asset) => has(asset, "why.leak"));
    return leaks === 0 ? say("use.noLeak") : say("use.leaks", { n: leaks });
  }
  return say("list.count", { n: assets.length });
}
