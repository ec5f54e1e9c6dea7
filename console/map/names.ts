/** Names on the map, from the region's own tree: under the mark that holds most of a commune, else where the commune lies. Pure. */
import type { TerritoriesReply } from "../../api/schemas.ts";
import { type Bunch, type Place, placeOf } from "./cluster.ts";
import type { Spot } from "./spots.ts";

export interface PlaceName extends Place {
  readonly text: string;
  /** Beneath a mark; otherwise in the middle of nothing. */
  readonly beneath: boolean;
}

/** About what a letter takes at the size of a name, and a name's height, in pixels. */
const LETTER_PX = 7.2;
const LINE_PX = 18;
const NAME_PX_MAX = 190;
/** From the middle of a mark to the middle of its name. */
const BENEATH_PX = 34;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const meet = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

function boxOf({ text, x, y, beneath }: PlaceName, worldPx: number): Box {
  const half = Math.min(NAME_PX_MAX, text.length * LETTER_PX) / 2;
  const lines = Math.ceil((text.length * LETTER_PX) / NAME_PX_MAX);
  const top = y * worldPx + (beneath ? BENEATH_PX - LINE_PX / 2 : -LINE_PX / 2);
  return { left: x * worldPx - half, right: x * worldPx + half, top, bottom: top + lines * LINE_PX };
}

/**
 * The names that fit, none on another; what holds more comes first.
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
  const wanted: PlaceName[] = [];
  for (const bunch of bunches.toSorted((a, b) => heldBy(b) - heldBy(a))) {
    const communes = [...new Set(bunch.members.map(({ commune }) => commune))];
    const mostly = communes.filter((insee) => held(bunch, insee) * 2 > totals.get(insee)!);
    if (mostly.length === 0) continue;
    for (const insee of mostly) named.add(insee);
    const text = nameOf(communes, tree);
    if (text !== undefined) wanted.push({ x: bunch.x, y: bunch.y, text, beneath: true });
  }
  if (free)
    for (const { insee, name, latitude, longitude } of tree.territories.flatMap(({ communes }) => communes))
      if (!named.has(insee) && totals.has(insee) && latitude !== undefined && longitude !== undefined)
        wanted.push({ ...placeOf({ latitude, longitude }), text: name, beneath: false });
  const boxes: Box[] = [];
  return wanted.filter((name) => {
    const box = boxOf(name, worldPx);
    if (boxes.some((other) => meet(box, other))) return false;
    boxes.push(box);
    return true;
  });
}

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
