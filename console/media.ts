import { useCallback, useSyncExternalStore } from "react";

/** Below this width list, tree and panel no longer fit side by side. The same figure stands in styles/shell.css. */
export const NARROW = "(max-width: 859px)";

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}
