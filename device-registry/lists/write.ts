/** The registry as a list that reads back to the same: CSV or GeoJSON. Keys are never in it. */
import { parseAssetRef } from "../asset-ref.ts";
import type { Asset, Device } from "../words.ts";
import { type Column, headerOf } from "./columns.ts";
import { toLambert93 } from "./projection.ts";

export interface ExportOptions {
  readonly language: "fr" | "en";
  /** Sign between cells; with a `;` numbers have a decimal comma, as spreadsheets of that country read them. */
  readonly separator: ";" | ",";
  readonly projection: "wgs84" | "lambert93";
}

interface Pair {
  readonly device: Device | undefined;
  readonly asset: Asset | undefined;
}

/** Every device with its asset, then the assets without one. Retired devices are history, not stock. */
const pairsOf = (devices: readonly Device[], assets: readonly Asset[]): Pair[] => {
  const byRef = new Map(assets.map((asset) => [asset.ref, asset]));
  const standing = devices.filter(({ state }) => state !== "retired");
  const served = new Set(standing.map(({ asset }) => asset));
  return [
    ...standing.map((device) => ({ device, asset: device.asset === undefined ? undefined : byRef.get(device.asset) })),
    ...assets.filter(({ ref }) => !served.has(ref)).map((asset) => ({ device: undefined, asset })),
  ];
};

type Cells = Partial<Record<Column, string | number>>;

const cellsOf = ({ device, asset }: Pair): Cells => {
  const { depthMm, ratedWatts, colourTemperatureKelvin, litresPerPulse, wattHoursPerPulse, feeder } =
    asset?.attributes ?? {};
  const kind = asset === undefined ? undefined : parseAssetRef(asset.ref)?.kind;
  const cells = {
    devEui: device?.devEui,
    joinEui: device?.joinEui,
    model: device?.model,
    firmware: device?.firmware,
    serialNumber: device?.serialNumber,
    deviceClass: device?.deviceClass,
    asset: asset?.ref,
    // Only where the kind does not say it; a device's model does.
    use: device === undefined && kind === "meter" ? asset?.use : undefined,
    name: asset?.name,
    address: asset?.address,
    depth: depthMm,
    rated: ratedWatts,
    colour: colourTemperatureKelvin,
    litres: litresPerPulse,
    wattHours: wattHoursPerPulse,
    feeder,
  };
  return Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== undefined)) as Cells;
};

const placeOf = ({ asset }: Pair, projection: ExportOptions["projection"]): Cells => {
  const { latitude, longitude } = asset ?? {};
  if (latitude === undefined || longitude === undefined) return {};
  return projection === "wgs84" ? { latitude, longitude } : toLambert93(latitude, longitude);
};

const ORDER: readonly Column[] = [
  "devEui",
  "joinEui",
  "model",
  "firmware",
  "serialNumber",
  "deviceClass",
  "asset",
  "use",
  "name",
  "address",
  "latitude",
  "longitude",
  "x",
  "y",
  "depth",
  "rated",
  "colour",
  "litres",
  "wattHours",
  "feeder",
];

/** Never with an exponent: a spreadsheet would not take it for a position. */
const decimal = (value: number): string => {
  const text = String(value);
  return text.includes("e") ? value.toFixed(10) : text;
};

const quoted = (cell: string, separator: string): string =>
  cell.includes(separator) || /["\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

/** With a byte-order mark, so that spreadsheets see that it is UTF-8. */
export const writeCsv = (devices: readonly Device[], assets: readonly Asset[], options: ExportOptions): string => {
  const rows = pairsOf(devices, assets).map((pair) => ({ ...cellsOf(pair), ...placeOf(pair, options.projection) }));
  const used = ORDER.filter((column) => column === "devEui" || rows.some((row) => row[column] !== undefined));
  const shown = (value: string | number | undefined): string => {
    if (typeof value !== "number") return value ?? "";
    return options.separator === ";" ? decimal(value).replace(".", ",") : decimal(value);
  };
  const lines = [
    used.map((column) => headerOf(column, options.language)),
    ...rows.map((row) => used.map((column) => shown(row[column]))),
  ];
  return `\ufeff${lines.map((line) => `${line.map((cell) => quoted(cell, options.separator)).join(options.separator)}\r\n`).join("")}`;
};

/** RFC 7946; an asset that is not placed has no geometry. */
export const writeGeoJson = (
  devices: readonly Device[],
  assets: readonly Asset[],
  { language }: Pick<ExportOptions, "language">,
): string => {
  const features = pairsOf(devices, assets).map((pair) => {
    const { latitude, longitude } = pair.asset ?? {};
    const properties = Object.entries(cellsOf(pair)).map(([column, value]) => [
      headerOf(column as Column, language),
      value,
    ]);
    return {
      type: "Feature",
      geometry:
        latitude === undefined || longitude === undefined
          ? null
          : { type: "Point", coordinates: [longitude, latitude] },
      properties: Object.fromEntries(properties) as Record<string, unknown>,
    };
  });
  return `${JSON.stringify({ type: "FeatureCollection", features }, null, 1)}\n`;
};
