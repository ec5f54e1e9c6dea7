/** What the network server has to know, from what the registry knows. Pure. */
import { type KeysAbout, LORAWAN_DEFAULT } from "../keys/words.ts";
import type { Asset, AssetRef, DevEui, Model } from "../words.ts";
import type { DeclaredNetwork, NetworkDevice, NetworkGateway, NetworkGroup, NetworkProfile } from "./words.ts";

/** A device of the registry, as far as the network server is concerned. */
export interface ProvisionedDevice {
  readonly devEui: DevEui;
  readonly model: string;
  readonly joinEui?: string;
  readonly asset?: AssetRef;
  /** Where it differs from its model's. */
  readonly deviceClass?: "A" | "B" | "C";
  readonly state?: string;
}

export interface Declaring {
  readonly tenant: string;
  readonly devices: readonly ProvisionedDevice[];
  readonly asset: (ref: AssetRef) => Asset | undefined;
  readonly findModel: (id: string) => Model | undefined;
  readonly keysAbout: ReadonlyMap<DevEui, KeysAbout>;
  readonly gateways: readonly NetworkGateway[];
  readonly groups: readonly NetworkGroup[];
}

/**
 * Ours, not the specification's: an ACK at the slowest data rate takes 1.5 s on the air, and a device that waits for its duty cycle
 * some more; a pending item blocks the queue meanwhile.
 */
const CLASS_C_TIMEOUT_SECONDS = 10;
/** ChirpStack's limit. */
const NAME_CHARS_MAX = 100;
const NO_JOIN_EUI = "0".repeat(16);

const profileOf = (device: ProvisionedDevice, model: Model, about: KeysAbout | undefined): NetworkProfile => {
  const { lorawan, activation } = about ?? { lorawan: LORAWAN_DEFAULT, activation: "otaa" as const };
  const deviceClass = device.deviceClass ?? model.deviceClass;
  return {
    name: `${model.id}, LoRaWAN ${lorawan}, ${activation.toUpperCase()}, class ${deviceClass}`,
    lorawan,
    activation,
    deviceClass,
    intervalSeconds: model.expectedIntervalSeconds,
    classCTimeoutSeconds: deviceClass === "C" ? CLASS_C_TIMEOUT_SECONDS : 0,
    decodes: false,
  };
};

const cut = (text: string): string => (text.length <= NAME_CHARS_MAX ? text : `${text.slice(0, NAME_CHARS_MAX - 1)}…`);

const deviceOf = (
  device: ProvisionedDevice,
  model: Model,
  profile: NetworkProfile,
  asset: Asset | undefined,
): NetworkDevice => ({
  devEui: device.devEui,
  name: cut([device.asset ?? device.devEui, asset?.name].filter(Boolean).join(" ")),
  joinEui: device.joinEui ?? NO_JOIN_EUI,
  application: asset?.use ?? model.use,
  profile: profile.name,
  tags: {
    beffroi_model: model.id,
    ...(device.asset === undefined ? {} : { asset: device.asset }),
    ...(asset === undefined ? {} : { commune: asset.commune }),
  },
});

/** Retired devices are not declared; those of a model nobody knows are named. */
export const declareNetwork = (from: Declaring): DeclaredNetwork => {
  const profiles = new Map<string, NetworkProfile>();
  const devices: NetworkDevice[] = [];
  const unknownModels: { devEui: DevEui; model: string }[] = [];
  for (const device of from.devices) {
    if (device.state === "retired") continue;
    const model = from.findModel(device.model);
    if (model === undefined) {
      unknownModels.push({ devEui: device.devEui, model: device.model });
      continue;
    }
    const profile = profileOf(device, model, from.keysAbout.get(device.devEui));
    profiles.set(profile.name, profile);
    const asset = device.asset === undefined ? undefined : from.asset(device.asset);
    devices.push(deviceOf(device, model, profile, asset));
  }
  const known = new Set(devices.map(({ devEui }) => devEui));
  const groups = from.groups.map((group) => ({ ...group, members: group.members.filter((one) => known.has(one)) }));
  const applications = new Set([...devices, ...groups].map(({ application }) => application));
  return {
    tenant: from.tenant,
    applications: [...applications].sort(),
    profiles: [...profiles.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    gateways: from.gateways,
    devices,
    groups,
    unknownModels,
  };
};
