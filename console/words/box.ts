/** Which boxes matter where, and what they are called. Pure. */
import type { BoxView, TerritoriesReply } from "../../api/schemas.ts";

export const boxesOf = (boxes: readonly BoxView[], commune: string | undefined): readonly BoxView[] =>
  commune === undefined ? boxes : boxes.filter(({ communes }) => communes.includes(commune));

export const namesOfCommunes = (tree: TerritoriesReply): ReadonlyMap<string, string> =>
  new Map(tree.territories.flatMap(({ communes }) => communes.map(({ insee, name }) => [insee, name])));

/** “Remiremont, Vecoux”; the box's own name while it serves nothing known. */
export const servedBy = (box: BoxView, names: ReadonlyMap<string, string>): string =>
  box.communes.length === 0 ? box.box : box.communes.map((insee) => names.get(insee) ?? insee).join(", ");

/** A clock this near to the hypervisor's is right: the difference is the network's. */
export const CLOCK_RIGHT_MS = 2_000;
