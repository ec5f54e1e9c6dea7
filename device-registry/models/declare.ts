/** How a model is declared: its codec says what it is called, this says what the house makes of it. */
import type { FirstPartyCodec } from "../../codecs/index.ts";
import type { Model, ModelCommand } from "../words.ts";

type Declared = Omit<Model, "id" | "maker" | "name" | "aliases" | "commands" | "lastProvable"> &
  Partial<Pick<Model, "aliases" | "commands" | "lastProvable">>;

export const HOUR = 3_600;

/** Without commands there is nothing to prove. */
export const model = (codec: FirstPartyCodec, declared: Declared): Model => ({
  id: codec.id,
  maker: codec.shape.maker,
  name: codec.shape.name,
  aliases: [],
  commands: {},
  lastProvable: "on-air",
  ...declared,
});

/** A command whose effect no uplink tells. */
export const untold = (encodes: string, defaults: ModelCommand["defaults"] = {}): ModelCommand => ({
  encodes,
  defaults,
  effects: [],
  effectWithinSeconds: 0,
  lastProvable: "on-air",
});

/** What every Watteco device can be told; none of it shows in an uplink. */
export const wattecoCommands = {
  reboot: untold("reboot"),
  "factory-reset": untold("factory-reset"),
  "confirmed-uplinks": untold("confirmed-uplinks"),
  retries: untold("retries"),
};
