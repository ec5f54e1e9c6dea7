/**
 * Addresses of the page, so that every screen can be bookmarked and sent:
 * `/` · `/queue` · `/boxes` · `/exchanges` · `/assets/REF` · `/communes/INSEE` · `/communes/INSEE/boxes` · `/communes/INSEE/assets/REF`,
 * each with `?use=` and `?q=` for the filter, and `?view=map` where assets stand on the map instead of in the list.
 */
import { useMemo, useSyncExternalStore } from "react";

/** The views of a scope: list and map show the same assets. */
export const VIEWS = ["assets", "map", "queue", "boxes", "exchanges"] as const;
export type View = (typeof VIEWS)[number];

/** Those with a word of their own in the address. */
const NAMED = ["queue", "boxes", "exchanges"] as const satisfies readonly View[];
const namedView = (word: string | undefined): View | undefined => NAMED.find((view) => view === word);

export interface Route {
  /** INSEE code; absent for the whole region. */
  readonly commune?: string;
  readonly view: View;
  /** Reference of the open asset. */
  readonly asset?: string;
  readonly use?: string;
  readonly search?: string;
}

/** The route of an address, or undefined when it names no screen. */
export function parseRoute(pathname: string, search: string): Route | undefined {
  const parts = pathname.split("/").filter((part) => part !== "");
  const query = new URLSearchParams(search);
  const filter = {
    ...(query.get("use") ? { use: query.get("use")! } : {}),
    ...(query.get("q") ? { search: query.get("q")! } : {}),
  };
  const commune = parts[0] === "communes" ? parts[1] : undefined;
  if (parts[0] === "communes" && commune === undefined) return undefined;
  const scope = commune === undefined ? {} : { commune: decode(commune) };
  const rest = commune === undefined ? parts : parts.slice(2);
  const view = query.get("view") === "map" ? "map" : "assets";
  if (rest.length === 0) return { ...scope, ...filter, view };
  const named = namedView(rest[0]);
  if (rest.length === 1 && named !== undefined) return { ...scope, ...filter, view: named };
  if (rest.length === 2 && rest[0] === "assets") return { ...scope, ...filter, view, asset: decode(rest[1]!) };
  return undefined;
}

/** A mistyped `%` must not break the page. */
const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

export function addressOf(route: Route): string {
  const scope = route.commune === undefined ? "" : `/communes/${encodeURIComponent(route.commune)}`;
  // Colons may stand in a path; escaped they would only make the address hard to read aloud.
  const asset = route.asset === undefined ? "" : `/assets/${encodeURIComponent(route.asset).replaceAll("%3A", ":")}`;
  const view = namedView(route.view) === undefined ? asset : `/${route.view}`;
  const query = new URLSearchParams();
  if (route.view === "map") query.set("view", "map");
  if (route.use !== undefined) query.set("use", route.use);
  if (route.search !== undefined && route.search !== "") query.set("q", route.search);
  const filter = query.size === 0 ? "" : `?${query}`;
  // Never a query alone: from another screen it would be taken for that screen's.
  return `${`${scope}${view}` || "/"}${filter}`;
}

const listeners = new Set<() => void>();
const tell = (): void => {
  for (const listener of listeners) listener();
};

/** `replace` leaves no trace in the history: for typing in a search field. */
export function go(route: Route, how: "push" | "replace" = "push"): void {
  const address = addressOf(route);
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  tell();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
};

export function useRoute(): Route | undefined {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => {
    const url = new URL(address, location.origin);
    return parseRoute(url.pathname, url.search);
  }, [address]);
}
