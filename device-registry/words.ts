/** The shapes of the registry: what a device is, what it serves, and what its model can do. */
import type { EntityType } from "../codecs/ngsi-ld.ts";
import type { DataProtection } from "./data-protection.ts";

/** 16 lower-case hex digits, as ChirpStack writes them in topics. */
export type DevEui = string;
/** `kind:INSEE:local number`, `lamp:88383:042`. */
export type AssetRef = string;

export const ASSET_KINDS = [
  "lamp",
  "cabinet",
  "container",
  "spot",
  "meter",
  "room",
  "counter",
  "station",
  "door",
] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

export const USES = ["lighting", "security", "waste", "mobility", "energy", "air", "water"] as const;
export type Use = (typeof USES)[number];

/** The lamp, container or meter that is served; it outlives its devices. */
export interface Asset {
  readonly ref: AssetRef;
  readonly kind: AssetKind;
  /** INSEE code of the commune; belongs to the asset, never derived from the box. */
  readonly commune: string;
  readonly use: Use;
  readonly name?: string;
  /** As a person would find it: street and number, place, floor. */
  readonly address?: string;
  /** Degrees, WGS 84. Both or none. */
  readonly latitude?: number;
  readonly longitude?: number;
  readonly attributes: AssetAttributes;
}

export interface AssetAttributes {
  /** Container: millimetres from the sensor to the bottom when empty. */
  readonly depthMm?: number;
  /** Lamp: power at full level, watts. */
  readonly ratedWatts?: number;
  /** Lamp: correlated colour temperature, kelvins. */
  readonly colourTemperatureKelvin?: number;
  /** Meter that is read by its pulses: what one of them is worth. One of the two. */
  readonly litresPerPulse?: number;
  readonly wattHoursPerPulse?: number;
  /** The supply that feeds it, as the commune's plan names it: cabinet and departure. */
  readonly feeder?: string;
}

/** The life of a device, in its order; `faulty` goes back to `in-service` when it is repaired in place. */
export const DEVICE_STATES = ["in-stock", "installed", "accepted", "in-service", "faulty", "retired"] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** What becomes of a device that was taken down for another. */
export const AFTER_REPLACEMENT = ["retired", "faulty", "in-stock"] as const satisfies readonly DeviceState[];

export const DEVICE_CLASSES = ["A", "B", "C"] as const;

export interface Device {
  readonly devEui: DevEui;
  readonly joinEui?: string;
  /** Model id, a key of the model catalogue. */
  readonly model: string;
  readonly firmware?: string;
  readonly serialNumber?: string;
  /** Where it differs from its model's. */
  readonly deviceClass?: (typeof DEVICE_CLASSES)[number];
  readonly state: DeviceState;
  /** When it came into this state, ms since 1970, and who said so; absent from devices entered before this was kept. */
  readonly since?: number;
  readonly by?: string;
  /** The asset it serves now; absent in stock and once retired. */
  readonly asset?: AssetRef;
  /** ChirpStack application, learnt from the first event; needed to send a downlink. */
  readonly applicationId?: string;
}

/** Which device served which asset, and when: an asset's history follows it through replacements. */
export interface Installation {
  readonly asset: AssetRef;
  readonly device: DevEui;
  /** ms since 1970; 0: before installations were kept. */
  readonly since: number;
  /** Absent while it lasts. */
  readonly until?: number;
}

/** A change of the registry as the journal carries it to the region. */
export type RegistryChange =
  | { readonly op: "put-asset"; readonly asset: Asset }
  | { readonly op: "remove-asset"; readonly ref: AssetRef }
  | { readonly op: "put-device"; readonly device: Device }
  | { readonly op: "remove-device"; readonly devEui: DevEui }
  /** Begins or ends an installation; asset, device and `since` say which. */
  | { readonly op: "put-installation"; readonly installation: Installation }
  /** It never was: a step was undone. */
  | { readonly op: "remove-installation"; readonly installation: Installation };

/** What a person did that led to changes; an undo is one too. */
export const REGISTRY_ACTIONS = [
  "add",
  "import",
  "place",
  "move",
  "replace",
  "accept",
  "in-service",
  "faulty",
  "retire",
  "undo",
] as const;
export type RegistryAction = (typeof REGISTRY_ACTIONS)[number];

/**
 * How the effect of a command shows in a later uplink: any one of the signs proves it, and a contradicting measurement in the same
 * frame outweighs a match.
 */
export type EffectSign =
  /** A measurement comes near what a field of the command wants. */
  | {
      /** Measurement to look at, without instance. */
      readonly measurement: string;
      /** Command field that names the wanted value. */
      readonly field: string;
      /** The wanted value is `field × attribute / 100`: a level in percent of the rated watts. */
      readonly percentOf?: keyof AssetAttributes;
      /** The field counts in another unit than the measurement: the wanted value is `field × times`. */
      readonly times?: number;
      /** Absolute tolerance, in the measurement's unit. */
      readonly within: number;
      /** Relative tolerance, share of the wanted value; the larger one counts. */
      readonly withinShare?: number;
    }
  /** A measurement is, or is no longer, one certain value. */
  | {
      readonly measurement: string;
      readonly is?: number | boolean | string;
      readonly isNot?: number | boolean | string;
    }
  /** The device sends the command's bytes back on this port. */
  | { readonly echo: number }
  /** Any frame on this port. */
  | { readonly port: number };

/** What a model's command promises. */
export interface ModelCommand {
  /** The codec command it encodes to, and fields a person need not give. */
  readonly encodes: string;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly effects: readonly EffectSign[];
  /** How long after it is on air the effect, or the acknowledgement, may take to show, seconds. */
  readonly effectWithinSeconds: number;
  /**
   * What it sets lasts until this command of the same model takes it back: it then needs an end, and holds its asset until then.
   */
  readonly returns?: string;
  /** The command of the same model that makes the device say at once what proves it; for confirmation after a multicast. */
  readonly asks?: string;
  /**
   * It gives the device a multicast group's address and keys. A person names the group (`group`); the box alone fills in the codec
   * command's `index`, `address`, `networkKey` and `applicationKey`, and nobody sees them.
   */
  readonly joinsGroup?: true;
  /** For who looks after the device, not for who looks after the commune: the page does not offer it. */
  readonly setting?: true;
  /** Where this command proves less than the model's others. */
  readonly lastProvable?: LastProvable;
}

/** An uplink with keys in it. */
export interface HiddenFrame {
  readonly port: number;
  /** Its first byte. */
  readonly first: number;
  /** Offset of the first byte that is masked. */
  readonly from: number;
}

/** The furthest state of a command that a device can prove. */
export type LastProvable = "on-air" | "acknowledged" | "effect-observed";

/** vendor + type + firmware: everything the house knows about a kind of device. Its codec has the same id. */
export interface Model {
  readonly id: string;
  readonly maker: string;
  readonly name: string;
  /** What else stands on labels and invoices for the same frames; each finds this model. */
  readonly aliases: readonly string[];
  readonly use: Use;
  /** What it may serve, the usual first. */
  readonly assetKinds: readonly AssetKind[];
  readonly deviceClass: "A" | "B" | "C";
  /** Time between two uplinks as installed, seconds. */
  readonly expectedIntervalSeconds: number;
  readonly commands: Readonly<Record<string, ModelCommand>>;
  /** Reaching this state is "done" for its commands. */
  readonly lastProvable: LastProvable;
  /** Frames that carry keys: what follows `from` is masked before anything is made or kept of them. */
  readonly hides?: readonly HiddenFrame[];
  /** How long the maker says that a battery lasts; absent without such a source, and for what has a mains supply. */
  readonly battery?: { readonly years: number; readonly source: string };
  readonly dataProtection: DataProtection;
  /** What it is about in NGSI-LD, as usually installed. */
  readonly entityType: EntityType;
}
