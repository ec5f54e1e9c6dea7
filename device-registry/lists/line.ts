/** From a row to what it says of a device and an asset, with every fault it has, not only the first. */
import { parseAssetRef } from "../asset-ref.ts";
import type { AssetFields } from "../enter.ts";
import * as read from "./cells.ts";
import { type Column, KEY_COLUMNS } from "./columns.ts";
import { keysOf } from "./keys.ts";
import { fromLambert93 } from "./projection.ts";
import type { ListFault, ListFaultCode, ListForm } from "./words.ts";

const FOUND_MAX = 40;
/** Longest names of the control API. */
const TEXT_MAX = 200;
const SHORT_MAX = 64;

export interface LineRead {
  readonly form?: ListForm;
  readonly faults: readonly ListFault[];
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;

/** Metropolitan France and its neighbours, roughly: enough to see that two numbers changed places. */
const looksSwapped = (latitude: number, longitude: number): boolean =>
  latitude > -6 && latitude < 10 && longitude > 41 && longitude < 52;

/** @param headers how the file calls the columns. */
export const readLine = (
  line: number,
  cells: ReadonlyMap<Column, string>,
  headers: ReadonlyMap<Column, string>,
): LineRead => {
  const faults: ListFault[] = [];
  const isKey = (column: Column): boolean => (KEY_COLUMNS as readonly Column[]).includes(column);
  const fail = (code: ListFaultCode, column?: Column, detail = ""): undefined => {
    const found = column === undefined || isKey(column) ? "" : (cells.get(column) ?? "").slice(0, FOUND_MAX);
    const head = column === undefined ? undefined : headers.get(column);
    faults.push({ line, code, found, detail, ...(head === undefined ? {} : { column: head }) });
    return undefined;
  };
  const cell = <T>(column: Column, reader: (text: string) => read.Cell<T>): T | undefined => {
    const typed = cells.get(column) ?? "";
    if (typed === "") return undefined;
    const result = reader(typed);
    return result.ok ? result.value : fail(result.code, column, result.detail);
  };

  const place = (): { latitude?: number; longitude?: number } => {
    const [latitude, longitude] = [cell("latitude", read.number), cell("longitude", read.number)];
    const [x, y] = [cell("x", read.number), cell("y", read.number)];
    const has = (column: Column): boolean => (cells.get(column) ?? "") !== "";
    const isGeographic = has("latitude") || has("longitude");
    const isLambert = has("x") || has("y");
    if (isGeographic && isLambert) return fail("place-twice", "x") ?? {};
    if (has("latitude") !== has("longitude"))
      return fail("place-half", has("latitude") ? "latitude" : "longitude") ?? {};
    if (has("x") !== has("y")) return fail("place-half", has("x") ? "x" : "y") ?? {};
    if (latitude !== undefined && longitude !== undefined) {
      if (looksSwapped(latitude, longitude)) return fail("place-swapped", "latitude") ?? {};
      if (Math.abs(latitude) > 90) return fail("latitude-range", "latitude") ?? {};
      if (Math.abs(longitude) > 180) return fail("longitude-range", "longitude") ?? {};
      return { latitude, longitude };
    }
    if (x === undefined || y === undefined) return {};
    // The extent of the projection: metropolitan France with Corsica.
    const isIn = x >= 0 && x <= 1_300_000 && y >= 6_000_000 && y <= 7_200_000;
    return isIn ? fromLambert93(x, y) : (fail("lambert-range", "x") ?? {});
  };

  const pulse = (): AssetFields => {
    const [litresPerPulse, wattHoursPerPulse] = [cell("litres", read.litres), cell("wattHours", read.wattHours)];
    if (litresPerPulse !== undefined && wattHoursPerPulse !== undefined)
      return fail("pulse-twice", "wattHours", headers.get("litres")) ?? {};
    return { litresPerPulse, wattHoursPerPulse };
  };

  const reference = (): string | undefined => {
    const typed = cells.get("asset") ?? "";
    const kind = cell("kind", read.kind);
    const commune = cell("commune", read.insee);
    const local = cell("number", read.localNumber);
    if (typed === "") {
      if (kind === undefined || commune === undefined || local === undefined) return undefined;
      return `${kind}:${commune}:${local}`;
    }
    const [kindTyped = "", inseeTyped = "", numberTyped = "", ...rest] = typed.split(":");
    if (inseeTyped === "" || numberTyped === "" || rest.length > 0) return fail("asset-form", "asset");
    const parts = [read.kind(kindTyped), read.insee(inseeTyped), read.localNumber(numberTyped)] as const;
    const wrong = parts.find((part) => !part.ok);
    if (wrong !== undefined && !wrong.ok) return fail(wrong.code, "asset", wrong.detail);
    const ref = parts.map((part) => (part.ok ? part.value : "")).join(":");
    if (commune !== undefined && parseAssetRef(ref)?.commune !== commune) return fail("asset-commune", "commune", ref);
    return ref;
  };

  const devEui = cell("devEui", read.devEui);
  const asset = reference();
  const fields: AssetFields = given({
    name: cell("name", read.text(TEXT_MAX)),
    address: cell("address", read.text(TEXT_MAX)),
    ...place(),
    depthMm: cell("depth", read.depth),
    ratedWatts: cell("rated", read.power),
    colourTemperatureKelvin: cell("colour", read.colour),
    ...pulse(),
    feeder: cell("feeder", read.text(SHORT_MAX)),
  });
  const device = given({
    joinEui: cell("joinEui", read.joinEui),
    model: cell("model", read.text(TEXT_MAX)),
    firmware: cell("firmware", read.text(SHORT_MAX)),
    serialNumber: cell("serialNumber", read.text(SHORT_MAX)),
    deviceClass: cell("deviceClass", read.deviceClass),
  });
  const use = cell("use", read.use);
  const keys = keysOf({
    lorawan: cell("lorawan", read.lorawan),
    appKey: cell("appKey", read.key),
    nwkKey: cell("nwkKey", read.key),
    genAppKey: cell("genAppKey", read.key),
    devAddr: cell("devAddr", read.devAddr),
    appSKey: cell("appSKey", read.key),
    nwkSKey: cell("nwkSKey", read.key),
    sNwkSIntKey: cell("sNwkSIntKey", read.key),
    fNwkSIntKey: cell("fNwkSIntKey", read.key),
  });
  // A key that is wrong was said already; it is not also missing.
  const hasKeyFault = faults.some(({ code }) => code === "key-form" || code === "key-zero" || code === "devaddr-wrong");
  if (keys !== undefined && "missing" in keys && !hasKeyFault)
    fail("keys-incomplete", undefined, keys.missing.map((column) => headers.get(column) ?? column).join(", "));
  if (faults.length > 0) return { faults };
  if (devEui !== undefined) {
    const sealed = keys === undefined || "missing" in keys ? {} : { keys };
    return { faults, form: { devEui, ...device, ...(asset === undefined ? {} : { asset }), ...fields, ...sealed } };
  }
  if (asset !== undefined && keys === undefined && device.model === undefined)
    return { faults, form: { asset, ...(use === undefined ? {} : { use }), ...fields } };
  fail("nothing-named", undefined);
  return { faults };
};
