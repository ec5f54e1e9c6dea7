import { createContext, useContext, useSyncExternalStore } from "react";
import type { LinkState } from "./connection.ts";
import type { Data } from "./data.ts";
import type { Resource, Snapshot } from "./resource.ts";

export const DataContext = createContext<Data | undefined>(undefined);

export function useData(): Data {
  const data = useContext(DataContext);
  if (data === undefined) throw new Error("no DataContext above");
  return data;
}

export const useResource = <T>(resource: Resource<T>): Snapshot<T> =>
  useSyncExternalStore(resource.subscribe, resource.snapshot);

/** Time of the last tick, ms since 1970: what depends on it is drawn again every few seconds. */
export function useNow(): number {
  const { clock } = useData();
  return useSyncExternalStore(clock.subscribe, clock.tick);
}

export function useLink(): LinkState {
  const { connection } = useData();
  return useSyncExternalStore(connection.subscribe, connection.state);
}
