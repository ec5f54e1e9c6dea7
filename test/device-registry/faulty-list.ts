/** A list of a thousand lines as a commune might keep it, with every kind of mistake in it, and what must be said of each. */
import type { ListFaultCode } from "../../device-registry/lists/index.ts";

const HEADERS = [
  "DevEUI",
  "JoinEUI",
  "Modèle",
  "Classe",
  "Équipement",
  "Code INSEE",
  "Usage",
  "Nom",
  "Adresse",
  "Latitude",
  "Longitude",
  "X L93",
  "Y L93",
  "Profondeur",
  "Puissance",
  "Température de couleur",
  "Litres par impulsion",
  "Wh par impulsion",
  "Alimentation",
  "Version LoRaWAN",
  "AppKey",
  "DevAddr",
  "AppSKey",
  "NwkSKey",
] as const;
type Header = (typeof HEADERS)[number];
type Line = Record<Header, string>;

const KEY = "0102030405060708090a0b0c0d0e0f10";

const goodLine = (n: number): Line => ({
  DevEUI: `70B3D5E75E01${n.toString(16).toUpperCase().padStart(4, "0")}`,
  JoinEUI: "70-B3-D5-E7-5E-00-00-01",
  Modèle: "nas-ul20xx",
  Classe: "",
  Équipement: `lampe:88383:${n}`,
  "Code INSEE": "88383",
  Usage: "",
  Nom: `Rue de l’Église, nº ${n}`,
  Adresse: "12 ; rue de la Xavée",
  Latitude: `48,01${String(n).padStart(4, "0")}`,
  Longitude: "6,588",
  "X L93": "",
  "Y L93": "",
  Profondeur: "",
  Puissance: "45,5 W",
  "Température de couleur": "3000 K",
  "Litres par impulsion": "",
  "Wh par impulsion": "",
  Alimentation: "ARM-03/D2",
  "Version LoRaWAN": "1.0.3",
  AppKey: n % 2 === 0 ? KEY : "",
  DevAddr: "",
  AppSKey: "",
  NwkSKey: "",
});

interface Mistake {
  readonly code: ListFaultCode;
  /** Absent: of the whole line. */
  readonly column?: Header;
  readonly set?: Partial<Line>;
  /** Of the written line. */
  readonly spoil?: (text: string) => string;
}

const none = { Latitude: "", Longitude: "" };

/** `TAKEN` hangs elsewhere in the registry, `RETIRED` is retired there. */
export const TAKEN = { devEui: "70b3d5e75effffff", asset: "lamp:88383:taken" };
export const RETIRED = "70b3d5e75efffff0";

export const MISTAKES: readonly Mistake[] = [
  { code: "deveui-length", column: "DevEUI", set: { DevEUI: "70B3D5E75E0100" } },
  { code: "deveui-signs", column: "DevEUI", set: { DevEUI: "7OB3D5E75E01000A" } },
  { code: "deveui-spreadsheet", column: "DevEUI", set: { DevEUI: "7,0123E+15" } },
  { code: "deveui-zero", column: "DevEUI", set: { DevEUI: "0000000000000000" } },
  { code: "deveui-twice", column: "DevEUI", set: { DevEUI: goodLine(1).DevEUI } },
  { code: "joineui-wrong", column: "JoinEUI", set: { JoinEUI: "70B3D5E7" } },
  { code: "model-missing", column: "Modèle", set: { Modèle: "" } },
  { code: "model-unknown", column: "Modèle", set: { Modèle: "nas-ul20x" } },
  { code: "class-wrong", column: "Classe", set: { Classe: "D" } },
  { code: "asset-form", column: "Équipement", set: { Équipement: "lampe 42" } },
  { code: "asset-kind", column: "Équipement", set: { Équipement: "arbre:88383:7" } },
  { code: "asset-number", column: "Équipement", set: { Équipement: "lampe:88383:rue du Pont" } },
  { code: "insee-wrong", column: "Code INSEE", set: { "Code INSEE": "Remiremont" } },
  { code: "asset-commune", column: "Code INSEE", set: { "Code INSEE": "88160" } },
  { code: "asset-twice", column: "Équipement", set: { Équipement: "lampe:88383:1" } },
  { code: "asset-taken", column: "Équipement", set: { Équipement: "lampe:88383:taken" } },
  { code: "asset-not-served", column: "Équipement", set: { Équipement: "bac:88383:9000" } },
  { code: "use-wrong", column: "Usage", set: { Usage: "éclairage" } },
  {
    code: "use-missing",
    column: "Usage",
    set: { DevEUI: "", Modèle: "", AppKey: "", Équipement: "compteur:88383:9001" },
  },
  { code: "nothing-named", set: { DevEUI: "", Équipement: "" } },
  { code: "number-wrong", column: "Latitude", set: { Latitude: "48°01" } },
  { code: "latitude-range", column: "Latitude", set: { Latitude: "480,1" } },
  { code: "longitude-range", column: "Longitude", set: { Longitude: "658,8" } },
  { code: "place-half", column: "Latitude", set: { Longitude: "" } },
  { code: "place-swapped", column: "Latitude", set: { Latitude: "6,588", Longitude: "48,01" } },
  { code: "lambert-range", column: "X L93", set: { ...none, "X L93": "48,01", "Y L93": "6,58" } },
  { code: "place-twice", column: "X L93", set: { "X L93": "957000", "Y L93": "6770000" } },
  { code: "depth-range", column: "Profondeur", set: { Profondeur: "1,2" } },
  { code: "number-wrong", column: "Profondeur", set: { Profondeur: "1,2 toises" } },
  { code: "power-range", column: "Puissance", set: { Puissance: "45 kW" } },
  { code: "colour-range", column: "Température de couleur", set: { "Température de couleur": "30" } },
  { code: "pulse-range", column: "Litres par impulsion", set: { "Litres par impulsion": "0" } },
  { code: "pulse-range", column: "Wh par impulsion", set: { "Wh par impulsion": "1001 kWh" } },
  { code: "number-wrong", column: "Wh par impulsion", set: { "Wh par impulsion": "1 L" } },
  { code: "pulse-twice", column: "Wh par impulsion", set: { "Litres par impulsion": "10", "Wh par impulsion": "1" } },
  { code: "text-long", column: "Nom", set: { Nom: "long ".repeat(60) } },
  { code: "text-garbled", column: "Adresse", set: { Adresse: "12 rue de la XavÃ©e" } },
  { code: "key-form", column: "AppKey", set: { AppKey: "DEADBEEF" } },
  { code: "key-zero", column: "AppKey", set: { AppKey: "0".repeat(32) } },
  { code: "keys-incomplete", set: { AppKey: "", DevAddr: "01020304", AppSKey: KEY } },
  { code: "lorawan-wrong", column: "Version LoRaWAN", set: { "Version LoRaWAN": "2.0" } },
  { code: "devaddr-wrong", column: "DevAddr", set: { AppKey: "", DevAddr: "0102", AppSKey: KEY, NwkSKey: KEY } },
  { code: "device-retired", column: "DevEUI", set: { DevEUI: RETIRED.toUpperCase() } },
  { code: "cells-missing", spoil: (text) => text.split(";").slice(0, 6).join(";") },
  { code: "cells-too-many", spoil: (text) => `${text};;surplus` },
  { code: "quote-open", spoil: (text) => text.replace(";nas", ';"nas') },
];

export const LINES = 1_000;

const quoted = (cell: string): string => (/[;"]/.test(cell) ? `"${cell}"` : cell);
const written = (line: Line): string => HEADERS.map((header) => quoted(line[header])).join(";");

export interface FaultyList {
  readonly text: string;
  readonly expected: readonly { readonly line: number; readonly code: ListFaultCode; readonly column?: string }[];
  /** Numbers `n` of the good lines. */
  readonly good: readonly number[];
}

/** Each kind of mistake once, spread over the list; DevEUI and asset of a good line name its `n`. */
export const faultyList = (): FaultyList => {
  const expected: { line: number; code: ListFaultCode; column?: string }[] = [];
  const good: number[] = [];
  const lines: string[] = [HEADERS.join(";")];
  for (let n = 1; n <= LINES; n++) {
    // Prime to the length, so that the mistakes lie everywhere but on the first line.
    const place = (n * 7 + 500) % LINES;
    const mistake = place < MISTAKES.length ? MISTAKES[place] : undefined;
    const text = written({ ...goodLine(n), ...mistake?.set });
    lines.push(mistake?.spoil?.(text) ?? text);
    if (mistake === undefined) good.push(n);
    else
      expected.push({
        line: n + 1,
        code: mistake.code,
        ...(mistake.column === undefined ? {} : { column: mistake.column }),
      });
  }
  return { text: `${lines.join("\r\n")}\r\n`, expected, good };
};
