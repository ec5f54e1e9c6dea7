/**
 * The models the house knows: what a kind of device serves, how often it speaks as installed, what it can be told and what it can
 * prove. Classes are those of the makers' LoRaWAN profiles; intervals are the programme's sizing (lamps hourly, sensors every ten
 * minutes to an hour, containers every two, meters four times a day), not the makers' factory settings. One file a use in models/.
 */
import { findCodec } from "../codecs/index.ts";
import { air } from "./models/air.ts";
import { energy } from "./models/energy.ts";
import { fallback } from "./models/fallback.ts";
import { lighting } from "./models/lighting.ts";
import { mobility } from "./models/mobility.ts";
import { security } from "./models/security.ts";
import { waste } from "./models/waste.ts";
import { water } from "./models/water.ts";
import type { Model } from "./words.ts";

export const models: readonly Model[] = [
  ...lighting,
  ...security,
  ...waste,
  ...mobility,
  ...energy,
  ...air,
  ...water,
  ...fallback,
];

const byId: ReadonlyMap<string, Model> = new Map(models.map((model) => [model.id, model]));

export const findModel = (id: string): Model | undefined => byId.get(id);

/** The model of a device that told its firmware (`1.0.24`): firmwares that differ on the wire are models of their own. */
export const modelFor = (id: string, firmware: string): Model | undefined =>
  byId.get(findCodec(id, firmware)?.id ?? id) ?? byId.get(id);

/** As people write it: `EM400 MUD`, `em400-mud`, `Milesight EM400-MUD`. */
const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

const byName: ReadonlyMap<string, Model> = new Map(
  [...models].reverse().flatMap((model) => {
    const names = [model.id, model.name, ...model.aliases];
    return names.flatMap((name) => [name, `${model.maker} ${name}`]).map((name) => [plain(name), model] as const);
  }),
);

/** By its id, its name or an alias, with or without the maker before it, however it is spaced. */
export const modelNamed = (typed: string): Model | undefined => byId.get(typed) ?? byName.get(plain(typed));
