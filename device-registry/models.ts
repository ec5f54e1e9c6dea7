/**
 * The models the house knows: what a kind of device serves, how often it speaks as installed, what it can be told and what it can
 * prove. Classes are those of the makers' LoRaWAN profiles; intervals are the programme's sizing (lamps hourly, sensors every ten
 * minutes to an hour, meters four times a day), not the makers' factory settings.
 */
import type { Model, ModelCommand } from "./words.ts";

const HOUR = 3_600;

/** A dimmed lamp shows its level in a status frame, or its power, near the rated share, in a usage frame. */
const dims = (encodes: string, defaults: Readonly<Record<string, unknown>>): ModelCommand => ({
  encodes,
  defaults,
  effects: [
    { measurement: "lamp.level", field: "level", within: 2 },
    // Drivers are not linear in power: a fifth, or three watts near zero, tells one level from the next usual one.
    { measurement: "lamp.power", field: "level", percentOf: "ratedWatts", within: 3, withinShare: 0.2 },
  ],
  effectWithinSeconds: HOUR + 300,
});

/** A command whose effect no uplink tells. */
const untold = (encodes: string, defaults: Readonly<Record<string, unknown>>): ModelCommand => ({
  encodes,
  defaults,
  effects: [],
  effectWithinSeconds: 0,
  lastProvable: "on-air",
});

export const models: readonly Model[] = [
  {
    id: "nas-ul20xx",
    maker: "NAS",
    name: "UL20xx luminaire controller",
    use: "lighting",
    assetKinds: ["lamp"],
    deviceClass: "C",
    expectedIntervalSeconds: HOUR,
    commands: { dim: dims("dim", { address: "broadcast" }), release: untold("release", { address: "broadcast" }) },
    lastProvable: "effect-observed",
  },
  {
    id: "nas-ul20xx-1.0",
    maker: "NAS",
    name: "UL20xx luminaire controller, firmware 1.0",
    use: "lighting",
    assetKinds: ["lamp"],
    deviceClass: "C",
    expectedIntervalSeconds: HOUR,
    // Its status and usage frames are not decoded: nothing proves more than that the command went on air.
    commands: {
      dim: { ...dims("dim", { address: "broadcast" }), lastProvable: "on-air" },
      release: untold("release", { address: "broadcast" }),
    },
    lastProvable: "on-air",
  },
  {
    id: "dingtek-df702",
    maker: "Dingtek",
    name: "DF702 fill-level sensor",
    use: "waste",
    assetKinds: ["container"],
    deviceClass: "A",
    expectedIntervalSeconds: HOUR,
    commands: {},
    lastProvable: "on-air",
  },
  {
    id: "milesight-em400",
    maker: "Milesight",
    name: "EM400-MUD / EM400-TLD distance sensor",
    use: "waste",
    assetKinds: ["container", "spot"],
    deviceClass: "A",
    expectedIntervalSeconds: HOUR,
    commands: {},
    lastProvable: "on-air",
  },
  {
    id: "elsys",
    maker: "Elsys",
    name: "ERS / EMS / ELT family",
    use: "air",
    assetKinds: ["room", "station", "counter", "container", "meter"],
    deviceClass: "A",
    expectedIntervalSeconds: HOUR / 2,
    commands: {},
    lastProvable: "on-air",
  },
  {
    id: "bosch-tps110",
    maker: "Bosch",
    name: "TPS110 parking sensor",
    use: "mobility",
    assetKinds: ["spot"],
    deviceClass: "A",
    expectedIntervalSeconds: 24 * HOUR,
    commands: {},
    lastProvable: "on-air",
  },
  {
    id: "axioma-w1",
    maker: "Axioma",
    name: "Qalcosonic W1 water meter",
    use: "water",
    assetKinds: ["meter"],
    deviceClass: "A",
    expectedIntervalSeconds: 6 * HOUR,
    commands: {},
    lastProvable: "on-air",
  },
];

const byId: ReadonlyMap<string, Model> = new Map(models.map((model) => [model.id, model]));

export const findModel = (id: string): Model | undefined => byId.get(id);
