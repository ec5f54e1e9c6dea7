/** Assets of a scope, page by page; afterwards only the communes that the live feed named are read again. */
import { AssetsReply, type AssetView } from "../../api/schemas.ts";
import type { Border } from "./border.ts";
import { createResource, type Resource } from "./resource.ts";

/** Beyond this many assets in the region a screen loads one commune, not everything. */
export const ASSETS_MAX = 5_000;
const PAGE = 500;

export interface Assets {
  readonly list: readonly AssetView[];
  /** There are more than `ASSETS_MAX`; the rest is not loaded. */
  readonly capped: boolean;
}

/** `lamp:88383:042` → `88383`. */
export const communeOf = (ref: string): string => ref.split(":")[1] ?? "";

export interface AssetsResource extends Resource<Assets> {
  readonly touch: (refs: readonly string[]) => void;
}

export function createAssets(border: Border, commune: string | undefined): AssetsResource {
  let touched = new Set<string>();
  let everything = true;

  const readPages = async (insee: string | undefined, signal: AbortSignal): Promise<Assets> => {
    const list: AssetView[] = [];
    let after: string | undefined;
    do {
      const query = new URLSearchParams({ limit: String(PAGE) });
      if (insee !== undefined) query.set("commune", insee);
      if (after !== undefined) query.set("after", after);
      const reply = await border.get(`/assets?${query}`, AssetsReply, signal);
      list.push(...reply.assets);
      // A `next` that does not move on would make us read for ever.
      after = reply.next === after ? undefined : reply.next;
    } while (after !== undefined && list.length < ASSETS_MAX);
    return { list, capped: after !== undefined };
  };

  const load = async (signal: AbortSignal, previous: Assets | undefined): Promise<Assets> => {
    const communes = touched;
    touched = new Set();
    if (previous === undefined || everything) {
      const all = await readPages(commune, signal);
      everything = false;
      return keepSame(previous, all);
    }
    try {
      const parts = await Promise.all([...communes].map((insee) => readPages(insee, signal)));
      const rest = previous.list.filter((asset) => !communes.has(asset.commune));
      return keepSame(previous, {
        list: [...rest, ...parts.flatMap((part) => part.list)],
        capped: previous.capped,
      });
    } catch (error) {
      for (const insee of communes) touched.add(insee);
      throw error;
    }
  };

  const resource = createResource({ load, everyMs: commune === undefined ? 4_000 : 2_000 });
  return {
    ...resource,
    invalidate: () => {
      everything = true;
      resource.invalidate();
    },
    touch: (refs) => {
      const concerned = refs.map(communeOf).filter((insee) => commune === undefined || insee === commune);
      if (concerned.length === 0) return;
      for (const insee of concerned) touched.add(insee);
      resource.invalidate();
    },
  };
}

/** Assets that did not change stay the same objects, so that their rows are not drawn again. */
function keepSame(previous: Assets | undefined, next: Assets): Assets {
  if (previous === undefined) return next;
  const known = new Map(previous.list.map((asset) => [asset.ref, asset]));
  const list = next.list.map((asset) => {
    const before = known.get(asset.ref);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(asset) ? before : asset;
  });
  return { list, capped: next.capped };
}
