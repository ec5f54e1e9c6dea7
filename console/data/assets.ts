/** Assets of a scope, page by page; afterwards only what the live feed named is read again: a few assets each, many by commune. */
import { AssetsReply, AssetView } from "../../api/schemas.ts";
import { type Border, BorderError } from "./border.ts";
import { createResource, type Resource } from "./resource.ts";

/** Beyond this many assets in the region a screen loads one commune, not everything. */
export const ASSETS_MAX = 5_000;
const PAGE = 500;
/** Up to so many changed assets are read one by one; a browser opens six connections, one of which is the live feed's. */
const SINGLES_MAX = 10;

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
    const refs = touched;
    touched = new Set();
    if (previous === undefined || everything) {
      const all = await readPages(commune, signal);
      everything = false;
      return keepSame(previous, all);
    }
    try {
      return keepSame(previous, await readAgain(previous, refs, signal));
    } catch (error) {
      for (const ref of refs) touched.add(ref);
      throw error;
    }
  };

  const readAgain = async (previous: Assets, refs: ReadonlySet<string>, signal: AbortSignal): Promise<Assets> => {
    if (refs.size <= SINGLES_MAX) {
      const read = (ref: string) => border.get(`/assets/${encodeURIComponent(ref)}`, AssetView, signal).catch(ifGone);
      const changed = (await Promise.all([...refs].map(read))).filter((asset) => asset !== undefined);
      return { ...previous, list: [...previous.list.filter(({ ref }) => !refs.has(ref)), ...changed] };
    }
    const communes = new Set([...refs].map(communeOf));
    const parts = await Promise.all([...communes].map((insee) => readPages(insee, signal)));
    const rest = previous.list.filter((asset) => !communes.has(asset.commune));
    return { ...previous, list: [...rest, ...parts.flatMap((part) => part.list)] };
  };

  const resource = createResource({ load, everyMs: commune === undefined ? 4_000 : 2_000 });
  return {
    ...resource,
    invalidate: () => {
      everything = true;
      resource.invalidate();
    },
    touch: (refs) => {
      const concerned = refs.filter((ref) => commune === undefined || communeOf(ref) === commune);
      if (concerned.length === 0) return;
      for (const ref of concerned) touched.add(ref);
      resource.invalidate();
    },
  };
}

/** An asset removed since it was named is simply no longer there. */
function ifGone(error: unknown): undefined {
  if (error instanceof BorderError && error.failure.kind === "refused" && error.failure.status === 404) return;
  throw error;
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
