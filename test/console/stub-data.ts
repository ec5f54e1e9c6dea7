/** A small region with everything a screen must be able to say, made afresh around the present moment. */
import type { AssetView, BoxView, TerritoriesReply } from "../../api/schemas.ts";
import { findCommune } from "../../fixtures/territory.ts";

const PLACES = [
  { insee: "88383", name: "Remiremont" },
  { insee: "88429", name: "Saint-Nabord" },
  { insee: "88487", name: "Le Val-d’Ajol" },
  { insee: "88415", name: "Saint-Étienne-lès-Remiremont" },
  { insee: "88158", name: "Éloyes" },
  { insee: "88409", name: "Saint-Amé" },
  { insee: "88148", name: "Dommartin-lès-Remiremont" },
  { insee: "88351", name: "Plombières-les-Bains" },
  { insee: "88498", name: "Vecoux" },
  { insee: "88205", name: "Girmont-Val-d’Ajol" },
  { insee: "55043", name: "Belleville-sur-Meuse" },
  { insee: "51237", name: "Esternay" },
] as const;

export const INSEE = PLACES.map(({ insee }) => insee);
const boxName = (insee: string): string => `box-${insee}`;
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();
const number = (n: number): string => String(n).padStart(3, "0");

const townHall = (insee: string): { latitude: number; longitude: number } => {
  const { latitude, longitude } = findCommune(insee)!;
  return { latitude, longitude };
};

/** Along six streets that lead out of the middle, one every forty metres or so. */
function placed(insee: string, n: number): { latitude: number; longitude: number } {
  const { latitude, longitude } = townHall(insee);
  const angle = ((n % 6) * Math.PI) / 3 + 0.3;
  const out = 0.0003 + Math.floor(n / 6) * 0.00036;
  return { latitude: latitude + out * Math.sin(angle), longitude: longitude + 1.5 * out * Math.cos(angle) };
}

const STREETS = [
  "Rue Charles-de-Gaulle",
  "Rue des Prêtres",
  "Place de l’Abbaye",
  "Quai de la Moselle",
  "Rue de la Xavée",
];

const DIM: AssetView["commands"] = [
  { name: "dim", fields: [{ name: "level", type: "number", unit: "%", min: 0, max: 100 }], holds: true },
  { name: "release", fields: [], releases: true },
];

/** A lamp behind the hill, which stopped speaking. */
const silentLamp = (insee: string, age: number): Pick<NonNullable<AssetView["device"]>, "state" | "health"> => ({
  state: "in-service",
  health: {
    at: ago(age - 4_200),
    lastSeenAt: ago(age),
    silence: "silent",
    periodSeconds: 1_020,
    periodLearnt: true,
    completeness: 0.873,
    missed: 75,
    radio: {
      rssi: -118,
      snr: -7.5,
      dr: 2,
      marginDb: 1.5,
      gateways: 1,
      best: [`0016c001000${insee}`],
      trendDbPerWeek: -1.2,
    },
    battery: { percent: 38, emptyAt: "2031-03-14T00:00:00.000Z" },
    verdict: "fair",
    reasons: ["losses", "weak", "one-gateway", "getting-weaker"],
  },
});

function lamp(insee: string, n: number): AssetView {
  const level = n % 4 === 0 ? 0 : n % 3 === 0 ? 50 : 100;
  const age = n === 7 ? 5 * 3_600 : 20 + ((n * 37) % 55);
  const at = ago(age);
  return {
    ref: `lamp:${insee}:${number(n)}`,
    kind: "lamp",
    use: "lighting",
    commune: insee,
    name: `${STREETS[n % STREETS.length]}, ${1 + n * 2}`,
    ...placed(insee, n),
    attributes: { ratedWatts: 84 },
    device: { devEui: `70b3d5${insee}${number(n)}00`, model: "nas-ul20xx", ...(n === 7 ? silentLamp(insee, age) : {}) },
    box: boxName(insee),
    latest: {
      "lamp.level": { value: level, unit: "%", at },
      "lamp.on": { value: level > 0, unit: "bool", at },
      "lamp.power": { value: (84 * level) / 100, unit: "W", at },
      "lamp.energy": { value: 234_567 + n * 1_000, unit: "Wh", at },
      "lamp.failure": { value: n === 11, unit: "bool", at },
      "lamp.reason": { value: "dusk step 0", unit: "1", at },
      "device.temperature": {
        value: 12.5,
        unit: "Cel",
        at,
        ...(n === 9 ? { correctedAt: "2026-11-20T08:30:00Z" } : {}),
      },
    },
    lastSeenAt: at,
    expectedIntervalSeconds: 3_600,
    commands: DIM,
  };
}

type Extra = Pick<AssetView, "kind" | "use"> & { name: string; latest: Record<string, [number | boolean, string]> };

const EXTRAS: readonly Extra[] = [
  {
    kind: "container",
    use: "waste",
    name: "Verre, place Mesdames",
    latest: { "container.level": [74, "%"], "container.distance": [310, "mm"], "battery.level": [92, "%"] },
  },
  {
    kind: "container",
    use: "waste",
    name: "Papier, gare",
    latest: { "container.level": [91, "%"], "container.distance": [108, "mm"], "battery.level": [12, "%"] },
  },
  { kind: "spot", use: "mobility", name: "Place PMR, mairie", latest: { "parking.occupied": [true, "bool"] } },
  { kind: "spot", use: "mobility", name: "Place 2, mairie", latest: { "parking.occupied": [false, "bool"] } },
  {
    kind: "meter",
    use: "water",
    name: "Eau, gymnase",
    latest: { "meter.water.total": [1_873.214, "m3"], leak: [true, "bool"] },
  },
  { kind: "meter", use: "energy", name: "Électricité, école", latest: { "meter.energy.total": [12_345_678, "Wh"] } },
  {
    kind: "room",
    use: "air",
    name: "École des Filles, salle 3",
    latest: { "air.temperature": [20.6, "Cel"], "air.co2": [812, "[ppm]"], "air.humidity": [44, "%"] },
  },
];

/** Two at one gate, one that nobody has placed yet, the rest in the streets. */
function extra(insee: string, { latest, ...asset }: Extra, n: number): AssetView {
  const at = ago(40 + n * 31);
  const positions = [21, 22, 24, 24, 25, undefined, 26].map((place) => place && placed(insee, place));
  return {
    ...asset,
    ref: `${asset.kind}:${insee}:${number(n)}`,
    commune: insee,
    ...positions[n - 1],
    attributes: asset.kind === "container" ? { depthMm: 1_200 } : {},
    device: { devEui: `24e124${insee}${number(n)}00`, model: "milesight-em400" },
    box: boxName(insee),
    latest: Object.fromEntries(Object.entries(latest).map(([name, [value, unit]]) => [name, { value, unit, at }])),
    lastSeenAt: at,
    commands: [],
  };
}

const LAMPS_REMIREMONT = 14;

/** @param lampsElsewhere how many lamps each of the other eleven communes has. */
export const makeAssets = (lampsElsewhere: number): AssetView[] =>
  INSEE.flatMap((insee) =>
    insee === "88383"
      ? [
          ...Array.from({ length: LAMPS_REMIREMONT }, (_, index) => lamp(insee, index + 1)),
          ...EXTRAS.map((one, index) => extra(insee, one, index + 1)),
        ]
      : Array.from({ length: lampsElsewhere }, (_, index) => lamp(insee, index * 4 + 1)),
  );

export function makeTree(assets: readonly AssetView[]): TerritoriesReply {
  const communes = PLACES.map(({ insee, name }) => ({
    insee,
    name,
    ...townHall(insee),
    boxes: [boxName(insee)],
    assets: assets.filter(({ commune }) => commune === insee).length,
  }));
  return {
    region: "Région Grand Est",
    territories: [
      { id: "200068377", name: "CC de la Porte des Vosges Méridionales", communes: communes.slice(0, 10) },
      { id: "55043", name: "Belleville-sur-Meuse", communes: communes.slice(10, 11) },
      { id: "51237", name: "Esternay", communes: communes.slice(11) },
    ],
  };
}

export const makeBoxes = (): BoxView[] =>
  INSEE.map((insee, index) => ({
    box: boxName(insee),
    communes: [insee],
    epoch: 1,
    durableSeq: 184_220 + index * 31,
    waiting: 0,
    daysLeft: 214.4 - index,
    lastProofAt: ago(6),
    alive: true,
    clockOffsetMs: index === 3 ? -192_000 : 140,
    brokerConnected: true,
    firstHop: { lossless: true, reasons: [] },
    devices: 47,
    unregistered: 2,
    duplicates: 318,
    loraGateways: {
      checkedAt: ago(20),
      gateways: [{ id: `0016c001000${insee}`, name: "Beffroi", state: "online", lastSeenAt: ago(25) }],
    },
    version: "0.1.0",
    certificateEndsAt: ago(-60 * 86_400),
    quarantined: 0,
    repeats: 0,
  }));

/** A day or a week of one measurement, every ten minutes, with a hole where a fibre was cut. */
export function makeSeries(asset: AssetView, measurement: string, from: number, to: number) {
  const unit = asset.latest[measurement]?.unit ?? "1";
  const last = Number(asset.latest[measurement]?.value ?? 0);
  const points = [];
  for (let at = from; at <= to; at += 600_000) {
    const hour = new Date(at).getUTCHours() + new Date(at).getUTCMinutes() / 60;
    const night = hour < 6 || hour > 16;
    const wave =
      unit === "W" || unit === "%" ? (night ? (hour > 22 ? last / 2 : last) : 0) : last + Math.sin(at / 8e6) * 2;
    if (at > to - 9 * 3_600_000 && at < to - 7.5 * 3_600_000) continue;
    points.push({ at: new Date(at).toISOString(), value: unit === "bool" ? night : wave });
  }
  return { asset: asset.ref, measurement, unit, points };
}
