/** The keys of a line: for joining, or for a session fixed at the factory. */
import { type DeviceKeys, LORAWAN_DEFAULT, type LorawanVersion, type SecretKey } from "../keys/index.ts";
import type { Column } from "./columns.ts";

export interface KeyCells {
  readonly lorawan?: LorawanVersion | undefined;
  readonly appKey?: SecretKey | undefined;
  readonly nwkKey?: SecretKey | undefined;
  readonly genAppKey?: SecretKey | undefined;
  readonly devAddr?: string | undefined;
  readonly appSKey?: SecretKey | undefined;
  readonly nwkSKey?: SecretKey | undefined;
  readonly sNwkSIntKey?: SecretKey | undefined;
  readonly fNwkSIntKey?: SecretKey | undefined;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;

/** Undefined without any; else the keys, or the columns that are missing. */
export const keysOf = (cells: KeyCells): DeviceKeys | { readonly missing: readonly Column[] } | undefined => {
  const { appKey, nwkKey, genAppKey, devAddr, appSKey, nwkSKey, sNwkSIntKey, fNwkSIntKey } = cells;
  const lorawan = cells.lorawan ?? LORAWAN_DEFAULT;
  const isAbp = devAddr !== undefined || appSKey !== undefined || nwkSKey !== undefined;
  if (isAbp) {
    const need: readonly (readonly [Column, unknown])[] = [
      ["devAddr", devAddr],
      ["appSKey", appSKey],
      ["nwkSKey", nwkSKey],
    ];
    const missing = need.filter(([, value]) => value === undefined).map(([column]) => column);
    if (missing.length > 0 || devAddr === undefined || appSKey === undefined || nwkSKey === undefined)
      return { missing };
    return { activation: "abp", lorawan, devAddr, appSKey, nwkSKey, ...given({ sNwkSIntKey, fNwkSIntKey }) };
  }
  if (appKey === undefined)
    return nwkKey === undefined && genAppKey === undefined ? undefined : { missing: ["appKey"] };
  if (lorawan.startsWith("1.1") && nwkKey === undefined) return { missing: ["nwkKey"] };
  return { activation: "otaa", lorawan, appKey, ...given({ nwkKey, genAppKey }) };
};
