/** What lists call their columns, in French and English, however they are spaced and accented. */

import type { AssetKind } from "../words.ts";

export const COLUMNS = {
  devEui: ["DevEUI", "EUI", "identifiant LoRaWAN", "LoRaWAN id"],
  joinEui: ["JoinEUI", "AppEUI"],
  model: ["modèle", "model"],
  firmware: ["micrologiciel", "firmware", "version logicielle"],
  serialNumber: ["numéro de série", "serial number", "n° de série", "serial", "S/N"],
  deviceClass: ["classe", "class"],
  asset: ["équipement", "asset", "référence", "reference"],
  kind: ["nature", "kind", "type"],
  commune: ["INSEE", "commune", "code INSEE", "code commune"],
  number: ["numéro", "number", "n°"],
  use: ["usage", "use"],
  name: ["nom", "name", "libellé", "label"],
  address: ["adresse", "address"],
  latitude: ["latitude", "lat"],
  longitude: ["longitude", "lon", "lng", "long"],
  x: ["X L93", "X", "X Lambert 93", "Lambert X"],
  y: ["Y L93", "Y", "Y Lambert 93", "Lambert Y"],
  depth: ["profondeur", "depth", "profondeur mm", "depth mm"],
  rated: ["puissance", "power", "puissance W", "rated watts", "watts"],
  colour: ["température de couleur", "colour temperature", "color temperature", "CCT", "kelvin"],
  litres: ["litres par impulsion", "litres per pulse", "L/impulsion", "L/pulse"],
  wattHours: [
    "Wh par impulsion",
    "Wh per pulse",
    "wattheures par impulsion",
    "watt-hours per pulse",
    "Wh/impulsion",
    "Wh/pulse",
  ],
  feeder: ["alimentation", "feeder", "départ"],
  lorawan: ["version LoRaWAN", "LoRaWAN version", "LoRaWAN"],
  appKey: ["AppKey", "clé AppKey"],
  nwkKey: ["NwkKey"],
  genAppKey: ["GenAppKey"],
  devAddr: ["DevAddr"],
  appSKey: ["AppSKey"],
  nwkSKey: ["NwkSKey", "NwkSEncKey"],
  sNwkSIntKey: ["SNwkSIntKey"],
  fNwkSIntKey: ["FNwkSIntKey"],
} as const satisfies Record<string, readonly string[]>;

export type Column = keyof typeof COLUMNS;

/** Their cells are repeated nowhere. */
export const KEY_COLUMNS = [
  "appKey",
  "nwkKey",
  "genAppKey",
  "appSKey",
  "nwkSKey",
  "sNwkSIntKey",
  "fNwkSIntKey",
] as const satisfies readonly Column[];

/** Without accents, spaces and signs: `N° de série` is `ndeserie`. */
export const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/[^0-9a-z]/gi, "")
    .toLowerCase();

const BY_NAME: ReadonlyMap<string, Column> = new Map(
  (Object.entries(COLUMNS) as [Column, readonly string[]][]).flatMap(([column, names]) =>
    [column, ...names].map((name) => [plain(name), column] as const),
  ),
);

export const columnOf = (header: string): Column | undefined => BY_NAME.get(plain(header));

/** What an exported list calls it: the French or the English word. */
export const headerOf = (column: Column, language: "fr" | "en"): string => {
  const names: readonly string[] = COLUMNS[column];
  return names[language === "fr" ? 0 : Math.min(1, names.length - 1)]!;
};

/** Kinds of assets as lists name them. */
export const KIND_NAMES = {
  lamp: ["lamp", "lampe", "lampadaire", "luminaire", "point lumineux", "streetlight"],
  cabinet: ["cabinet", "armoire"],
  container: ["container", "conteneur", "bac", "bin", "poubelle"],
  spot: ["spot", "place", "place de parking", "parking spot"],
  meter: ["meter", "compteur"],
  room: ["room", "salle", "local"],
  counter: ["counter", "comptage"],
  station: ["station"],
  door: ["door", "porte"],
} as const satisfies Record<AssetKind, readonly string[]>;
