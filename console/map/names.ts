/** Names on the map, from the region's own tree: at the mark that holds most of a commune, else where the commune lies. Pure. */
import type { TerritoriesReply } from "../../api/schemas.ts";
import { type Bunch, type Place, placeOf } from "./cluster.ts";
import type { Spot } from "./spots.ts";

export interface PlaceName extends Place {
  readonly text: string;
  /** Of the mark at the same place; `on`: there is none. */
  readonly side: "beneath" | "above" | "left" | "right" | "on";
}

/** About what a letter takes at the size of a name, and a name's height, in pixels. */
const LETTER_PX = 7.4;
const LINE_PX = 16.5;
const NAME_PX_MAX = 190;
const MARK_PX = 44;
/** By how much the count of what needs somebody stands out of its mark. */
const SIGN_PX = { aside: 22, up: 12 };
/** From the middle of a mark to the nearer edge of its name. */
const ASIDE_PX = 25;
const BESIDE_PX = 32;

const SIDES = ["beneath", "above", "left", "right"] as const;
/** Where a commune's middle is full of marks, its name stands as near as it can. */
const UP_AND_DOWN_PX = [0, 30, -30, 60, -60, 90, -90, 120, -120];

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const meet = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

function boxOf({ text, x, y, side }: PlaceName, worldPx: number): Box {
  const width = Math.min(NAME_PX_MAX, text.length * LETTER_PX);
  const height = Math.ceil((text.length * LETTER_PX) / NAME_PX_MAX) * LINE_PX;
  const left = side === "left" ? -BESIDE_PX - width : side === "right" ? BESIDE_PX : -width / 2;
  const top = side === "beneath" ? ASIDE_PX : side === "above" ? -ASIDE_PX - height : -height / 2;
  return {
    left: x * worldPx + left,
    right: x * worldPx + left + width,
    top: y * worldPx + top,
    bottom: y * worldPx + top + height,
  };
}

function boxOfMark({ x, y, members }: Bunch<Spot>, worldPx: number): Box {
  const [middle, centre] = [x * worldPx, y * worldPx];
  const sign = members.length > 1 && members.some(({ attention }) => attention > 0) ? SIGN_PX : { aside: 0, up: 0 };
  return {
    left: middle - MARK_PX / 2,
    right: middle + MARK_PX / 2 + sign.aside,
    top: centre - MARK_PX / 2 - sign.up,
    bottom: centre + MARK_PX / 2,
  };
}

/**
 * The names that fit, none on another or on a mark; what holds more comes first.
 * @param worldPx how many pixels the whole square has at this zoom
 * @param free whether communes whose mark is elsewhere are named too: a plan beneath has its own names
 */
export function placeNames(
  bunches: readonly Bunch<Spot>[],
  tree: TerritoriesReply,
  worldPx: number,
  free: boolean,
): readonly PlaceName[] {
  const totals = new Map<string, number>();
  for (const { members } of bunches)
    for (const { commune, count } of members) totals.set(commune, (totals.get(commune) ?? 0) + count);
  const named = new Set<string>();
  const taken = bunches.map((bunch) => boxOfMark(bunch, worldPx));
  const placed: PlaceName[] = [];
  const placeFirstThatFits = (candidates: readonly PlaceName[]): void => {
    for (const name of candidates) {
      const box = boxOf(name, worldPx);
      if (taken.some((other) => meet(box, other))) continue;
      taken.push(box);
      placed.push(name);
      return;
    }
  };
  for (const bunch of bunches.toSorted((a, b) => heldBy(b) - heldBy(a))) {
    const mostly = communesOf(bunch).filter((insee) => held(bunch, insee) * 2 > totals.get(insee)!);
    if (mostly.length === 0) continue;
    for (const insee of mostly) named.add(insee);
    const name = { x: bunch.x, y: bunch.y, text: nameTogether(mostly, totals, tree) };
    placeFirstThatFits(SIDES.map((side) => ({ ...name, side })));
  }
  if (free)
    for (const { insee, name, latitude, longitude } of tree.territories.flatMap(({ communes }) => communes)) {
      if (named.has(insee) || !totals.has(insee) || latitude === undefined || longitude === undefined) continue;
      const { x, y } = placeOf({ latitude, longitude });
      placeFirstThatFits(UP_AND_DOWN_PX.map((up) => ({ x, y: y - up / worldPx, text: name, side: "on" })));
    }
  return placed;
}

/** A whole territory by its name; of a part of one, the first commune and how many more. */
function nameTogether(
  communes: readonly string[],
  totals: ReadonlyMap<string, number>,
  tree: TerritoriesReply,
): string {
  const whole = tree.territories.find(({ communes: inside }) => {
    const present = inside.filter(({ insee }) => totals.has(insee));
    return present.length === communes.length && present.every(({ insee }) => communes.includes(insee));
  });
  if (whole !== undefined && communes.length > 1) return whole.name;
  const first = nameOf(communes.slice(0, 1), tree) ?? communes[0]!;
  return communes.length === 1 ? first : `${first} + ${communes.length - 1}`;
}

/** Its communes, the one it holds most of first. */
const communesOf = (bunch: Bunch<Spot>): string[] =>
  [...new Set(bunch.members.map(({ commune }) => commune))].toSorted((a, b) => held(bunch, b) - held(bunch, a));

const heldBy = ({ members }: Bunch<Spot>): number => members.reduce((sum, { count }) => sum + count, 0);
const held = ({ members }: Bunch<Spot>, insee: string): number =>
  members.reduce((sum, { commune, count }) => (commune === insee ? sum + count : sum), 0);

/** Of one commune, or of the territory that all belong to. */
export function nameOf(communes: readonly string[], tree: TerritoriesReply): string | undefined {
  for (const { name, communes: inside } of tree.territories) {
    const here = inside.filter(({ insee }) => communes.includes(insee));
    if (here.length === communes.length) return here.length === 1 ? here[0]!.name : name;
  }
  return undefined;
}
