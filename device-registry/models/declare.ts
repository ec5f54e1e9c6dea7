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

/**
 * A command whose effect no uplink tells, sent as a confirmed downlink: any device acknowledges it with its next uplink, at the latest
 * with the next one due after `everySeconds`.
 */
export const confirmed = (
  encodes: string,
  everySeconds: number,
  defaults: ModelCommand["defaults"] = {},
): ModelCommand => ({
  encodes,
  defaults,
  effects: [],
  effectWithinSeconds: everySeconds + 300,
  lastProvable: "acknowledged",
});

/** Settings, each under the name that its codec gives it. */
export const settings = (names: readonly string[], everySeconds: number): Readonly<Record<string, ModelCommand>> =>
  Object.fromEntries(names.map((name) => [name, { ...confirmed(name, everySeconds), setting: true } as const]));
