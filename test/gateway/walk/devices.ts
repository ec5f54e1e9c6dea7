/** The devices of a history, as box and network server know them: one for each last provable state, or a street of lamps. */
import type { Codec } from "../../../codecs/words.ts";
import type { Model } from "../../../device-registry/words.ts";
import type { DeviceRecord } from "../../../fixtures/chirpstack/settings.ts";

export const APPLICATION = "0d7f4c0a-8a51-4b0e-a5ad-2f6b6a0c1e33";
/** The street's multicast group. */
export const GROUP = "rue";

const MODEL = {
  maker: "a maker",
  name: "a model",
  use: "lighting",
  assetKinds: ["lamp"],
  expectedIntervalSeconds: 120,
} as const;
const set = (more: object) => ({
  encodes: "set",
  defaults: {},
  effects: [{ measurement: "lamp.level", field: "level", within: 0 }],
  effectWithinSeconds: 240,
  ...more,
});
const ECHO_PORT = 50;
const SHOWING = {
  set: set({}),
  /** Holds its lamp until an end; the box then frees it. */
  hold: set({ returns: "free" }),
  free: { encodes: "free", defaults: {}, effects: [{ measurement: "lamp.level", is: 0 }], effectWithinSeconds: 240 },
  join: { encodes: "join", defaults: {}, effects: [{ echo: ECHO_PORT }], effectWithinSeconds: 120, joinsGroup: true },
};
export const MODELS: readonly Model[] = [
  { ...MODEL, id: "shows", deviceClass: "C", lastProvable: "effect-observed", commands: SHOWING },
  { ...MODEL, id: "says", deviceClass: "C", lastProvable: "acknowledged", commands: { set: set({ effects: [] }) } },
  { ...MODEL, id: "hears", deviceClass: "A", lastProvable: "on-air", commands: { set: set({ effects: [] }) } },
] as unknown as readonly Model[];

export interface WalkedDevice {
  readonly devEui: string;
  readonly asset: string;
  readonly model: string;
  readonly deviceClass: "CLASS_A" | "CLASS_C";
}

const deviceOf = ({ id, deviceClass }: Model, index: number): WalkedDevice => ({
  devEui: `70b3d5e75e00004${index}`,
  asset: `lamp:88383:04${index}`,
  model: id,
  deviceClass: deviceClass === "A" ? "CLASS_A" : "CLASS_C",
});
const ONE_OF_EACH = MODELS.map(deviceOf);
const STREET = [0, 1, 2, 3].map((index) => deviceOf(MODELS[0]!, index));
export const devicesOf = (isStreet: boolean): readonly WalkedDevice[] => (isStreet ? STREET : ONE_OF_EACH);

export const recordOf = ({ devEui, deviceClass }: WalkedDevice): DeviceRecord => ({
  devEui,
  applicationId: APPLICATION,
  deviceName: devEui,
  deviceClass,
  classCTimeoutSeconds: 10,
  flushQueueOnActivate: true,
});

/** What a device makes of a downlink. */
export type Order =
  | { readonly is: "set"; readonly level: number }
  /** Back to nobody's hand. */
  | { readonly is: "free" }
  | { readonly is: "join"; readonly address: string };

const [SET, FREE, JOIN] = [1, 2, 3];

export const orderIn = (bytes: Uint8Array): Order => {
  if (bytes[0] === JOIN) return { is: "join", address: Buffer.from(bytes.subarray(1)).toString("hex") };
  return bytes[0] === FREE ? { is: "free" } : { is: "set", level: (bytes[1]! << 8) | bytes[2]! };
};

const bytesOf = (name: string, fields: Readonly<Record<string, unknown>>): Uint8Array | undefined => {
  const { level, address } = fields;
  if (name === "join") return Uint8Array.of(JOIN, ...Buffer.from(String(address), "hex"));
  if (name === "free") return Uint8Array.of(FREE, 0, 0);
  return typeof level === "number" && level < 1_000 ? Uint8Array.of(SET, level >> 8, level & 0xff) : undefined;
};

const codecOf = (id: string): Codec => ({
  id,
  version: 1,
  decode: () => ({ ok: false, fault: { code: "unused", message: "" } }),
  encode(name, fields) {
    const bytes = bytesOf(name, fields as Readonly<Record<string, unknown>>);
    if (bytes === undefined) return { ok: false, fault: { code: "out-of-range", message: "level" } };
    return { ok: true, value: { fPort: name === "join" ? ECHO_PORT : 60, bytes } };
  },
});
export const CODECS: ReadonlyMap<string, Codec> = new Map(MODELS.map(({ id }) => [id, codecOf(id)]));

const REPORT_PORT = 23;
export const reportOf = (level: number) => ({ fPort: REPORT_PORT, data: Uint8Array.of(level >> 8, level & 0xff) });
export const levelIn = (fPort: number, data: Uint8Array): number | undefined =>
  fPort === REPORT_PORT ? (data[0]! << 8) | data[1]! : undefined;
