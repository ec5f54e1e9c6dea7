/** What stands on the map: assets at their positions with the state their sign tells, or whole communes where a region is too large. */
import type { AssetView, TerritoriesReply } from "../../api/schemas.ts";
import { type Condition, lampState, newest, type Why } from "../words/condition.ts";
import { type Place, placeOf } from "./cluster.ts";

/** `alarm`: something was told that needs somebody; `silent`: no news; then what a use wants to see first. */
export const MARK_STATES = ["alarm", "silent", "lit", "dark", "taken", "free", "fine"] as const;
export type MarkState = (typeof MARK_STATES)[number];

export function markState(asset: AssetView, { whys, stale }: Condition): MarkState {
  if (whys.some((why) => why !== "why.silent")) return "alarm";
  if (stale) return "silent";
  if (asset.kind === "lamp") {
    const { on } = lampState(asset);
    return on === undefined ? "fine" : on ? "lit" : "dark";
  }
  const occupied = newest(asset, "parking.occupied");
  if (occupied !== undefined) return occupied.value === true ? "taken" : "free";
  return "fine";
}

export interface Spot extends Place {
  /** Reference of an asset, or INSEE code of a commune. */
  readonly key: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly commune: string;
  /** How many assets it stands for. */
  readonly count: number;
  /** How many of them need somebody. */
  readonly attention: number;
  readonly asset?: AssetView;
  readonly state?: MarkState;
  readonly whys?: readonly Why[];
}

interface Positioned {
  readonly latitude: number;
  readonly longitude: number;
}

/** Zero degrees twice is what an unset field says: a point in the sea off Ghana. */
const hasPosition = <Thing extends { latitude?: number | undefined; longitude?: number | undefined }>(
  thing: Thing,
): thing is Thing & Positioned =>
  thing.latitude !== undefined && thing.longitude !== undefined && (thing.latitude !== 0 || thing.longitude !== 0);

/** Assets without a position are left to the list. */
export function spotsOfAssets(
  assets: readonly AssetView[],
  conditions: ReadonlyMap<string, Condition>,
): readonly Spot[] {
  return assets.filter(hasPosition).map((asset) => {
    const condition = conditions.get(asset.ref) ?? { whys: [], stale: false, attention: false };
    const { ref, latitude, longitude, commune } = asset;
    return {
      key: ref,
      ...{ latitude, longitude, commune, asset },
      ...placeOf(asset),
      count: 1,
      attention: condition.attention ? 1 : 0,
      state: markState(asset, condition),
      whys: condition.whys,
    };
  });
}

/** For a region whose assets are not all loaded: what it holds, without their states. */
export const spotsOfCommunes = (tree: TerritoriesReply): readonly Spot[] =>
  tree.territories
    .flatMap(({ communes }) => communes)
    .filter(hasPosition)
    .filter(({ assets }) => assets > 0)
    .map(({ insee, latitude, longitude, assets, ...commune }) => ({
      key: insee,
      ...{ latitude, longitude, commune: insee },
      ...placeOf({ ...commune, latitude, longitude }),
      count: assets,
      attention: 0,
    }));

/** West, south, east, north in degrees; undefined around nothing. */
export type Bounds = readonly [number, number, number, number];

export function boundsOf(positions: readonly Positioned[]): Bounds | undefined {
  if (positions.length === 0) return undefined;
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const { latitude, longitude } of positions) {
    west = Math.min(west, longitude);
    east = Math.max(east, longitude);
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
  }
  return [west, south, east, north];
}
