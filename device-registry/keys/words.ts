/** The shapes of LoRaWAN keys, as the registry keeps them: what a device was given, apart from where it must be told. */
import type { SecretKey } from "./secret.ts";

/** Versions of the LoRaWAN specification a device may follow; only the family decides where keys go. */
export const LORAWAN_VERSIONS = ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.1.0"] as const;
export type LorawanVersion = (typeof LORAWAN_VERSIONS)[number];

/** What most devices in the field follow; taken where neither label nor list says otherwise. */
export const LORAWAN_DEFAULT: LorawanVersion = "1.0.3";

export const isLorawan11 = (version: LorawanVersion): boolean => version.startsWith("1.1");

/** A device that joins. */
export interface OtaaKeys {
  readonly activation: "otaa";
  readonly lorawan: LorawanVersion;
  readonly appKey: SecretKey;
  /** LoRaWAN 1.1 only. */
  readonly nwkKey?: SecretKey;
  /** LoRaWAN 1.0.x with remote multicast set-up (TS005) only. */
  readonly genAppKey?: SecretKey;
}

/** A device whose session was fixed at the factory. */
export interface AbpKeys {
  readonly activation: "abp";
  readonly lorawan: LorawanVersion;
  /** 8 lower-case hex digits. */
  readonly devAddr: string;
  readonly appSKey: SecretKey;
  /** LoRaWAN 1.0.x: NwkSKey. 1.1: NwkSEncKey. */
  readonly nwkSKey: SecretKey;
  /** LoRaWAN 1.1 only. */
  readonly sNwkSIntKey?: SecretKey;
  /** LoRaWAN 1.1 only. */
  readonly fNwkSIntKey?: SecretKey;
}

export type DeviceKeys = OtaaKeys | AbpKeys;

/** The keys of a multicast group. */
export interface GroupKeys {
  readonly mcAppSKey: SecretKey;
  readonly mcNwkSKey: SecretKey;
}

/** What may be shown of a device's keys: everything but the keys. */
export interface KeysAbout {
  readonly activation: "otaa" | "abp";
  readonly lorawan: LorawanVersion;
  readonly devAddr?: string;
}
