/** How a model is declared: its codec says what it is called, this says what the house makes of it. */
import type { FirstPartyCodec } from "../../codecs/index.ts";
import type { Model, ModelCommand } from "../words.ts";

type Declared = Omit<Model, "id" | "maker" | "name" | "aliases" | "commands" | "lastProvable"> &
  Partial<Pick<Model, "aliases" | "commands" | "lastProvable">> & {
    /** Codec commands for who looks after the device: sent confirmed, offered by no page. */
    readonly settings?: readonly string[];
  };

export const HOUR = 3_600;

/** Without commands there is nothing to prove. */
export const model = (codec: FirstPartyCodec, { settings = [], commands = {}, ...declared }: Declared): Model => ({
  id: codec.id,
  maker: codec.shape.maker,
  name: codec.shape.name,
  aliases: [],
  lastProvable: settings.length > 0 && Object.keys(commands).length === 0 ? "acknowledged" : "on-air",
  ...declared,
  commands: { ...commands, ...settingsOf(settings, declared.expectedIntervalSeconds) },
});

/** A command whose effect no uplink tells. */
export const untold = (encodes: string, defaults: ModelCommand["defaults"] = {}): ModelCommand => ({
  encodes,
  defaults,
  effects: [],
  effectWithinSeconds: 0,
  lastProvable: "on-air",
});

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

/** Each under the name that its codec gives it. */
const settingsOf = (names: readonly string[], everySeconds: number): Readonly<Record<string, ModelCommand>> =>
  Object.fromEntries(names.map((name) => [name, { ...confirmed(name, everySeconds), setting: true } as const]));
