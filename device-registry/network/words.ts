/**
 * What a LoRaWAN network server has to know for the box's devices to be heard: the same shapes for what is declared and for what
 * stands there. Everything is named as people name it; the server's own ids stay behind its door.
 */
import type { AbpKeys, GroupKeys, LorawanVersion, OtaaKeys } from "../keys/words.ts";
import type { AssetRef, DevEui } from "../words.ts";

/** Stands for a model: all that the radio side has to know of it. */
export interface NetworkProfile {
  /** Unique in the tenant. */
  readonly name: string;
  readonly lorawan: LorawanVersion;
  readonly activation: "otaa" | "abp";
  readonly deviceClass: "A" | "B" | "C";
  /** Time between two uplinks as installed, seconds. */
  readonly intervalSeconds: number;
  /** How long a class C device has to acknowledge a confirmed downlink, seconds. */
  readonly classCTimeoutSeconds: number;
  /** Whether the server decodes payloads itself; the box does that, so the answer is no. */
  readonly decodes: boolean;
}

export interface NetworkGateway {
  /** 16 lower-case hex digits. */
  readonly id: string;
  readonly name: string;
  /** Degrees, WGS 84; both or none. */
  readonly latitude?: number;
  readonly longitude?: number;
}

export interface NetworkDevice {
  readonly devEui: DevEui;
  readonly name: string;
  /** 16 lower-case hex digits; zeros where none is known. */
  readonly joinEui: string;
  /** Name of the application: the use. */
  readonly application: string;
  /** Name of the profile. */
  readonly profile: string;
  /** Those the box sets; further ones of the server are left alone. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A class C multicast group. */
export interface NetworkGroup {
  readonly name: string;
  readonly application: string;
  /** 8 lower-case hex digits. */
  readonly mcAddr: string;
  readonly frequencyHz: number;
  readonly dataRate: number;
  readonly members: readonly DevEui[];
  /** Place in the lamps' own list of groups. Set where the box gives its members their keys; absent where they have them already. */
  readonly slot?: number;
  /** When its keys were drawn here, ms since 1970. */
  readonly keysSince?: number;
}

/**
 * What is known of a device that was declared a member: only what it proved lets a frame to the group count for it. `left`: it is no
 * member any more, and may still hear what the group is told.
 */
export const MEMBERSHIPS = ["waits", "asked", "confirmed", "missing", "left"] as const;
export type Membership = (typeof MEMBERSHIPS)[number];

export interface KnownMember {
  readonly state: Membership;
  /** ms since 1970. */
  readonly at: number;
  /** What it served when it became a member: elsewhere it is none. */
  readonly asset?: AssetRef;
  /** How often the box itself told it again; -1: not wanted. Absent while nobody told it at all. */
  readonly tries?: number;
}

/** Counters of a session; a restored one must not begin below what the device has seen. */
export interface FrameCounters {
  readonly fCntUp: number;
  /** Network downlinks; with LoRaWAN 1.0.x all downlinks. */
  readonly nFCntDown: number;
  /** Application downlinks of LoRaWAN 1.1. */
  readonly aFCntDown: number;
}

export interface DeclaredNetwork {
  readonly tenant: string;
  readonly applications: readonly string[];
  readonly profiles: readonly NetworkProfile[];
  readonly gateways: readonly NetworkGateway[];
  readonly devices: readonly NetworkDevice[];
  readonly groups: readonly NetworkGroup[];
  /** In the registry, but of a model nobody knows here: they cannot be provisioned. */
  readonly unknownModels: readonly { readonly devEui: DevEui; readonly model: string }[];
}

export interface ActualDevice extends NetworkDevice {
  /** Absent where none are stored, or only zeros. */
  readonly keys?: OtaaKeys;
  /** The key of LoRaWAN 1.0.x stands in the field of 1.1: the device cannot join. */
  readonly keyMisplaced: boolean;
  readonly session?: { readonly keys: AbpKeys; readonly counters: FrameCounters };
  /** ms since 1970; absent when it was never heard there. */
  readonly lastSeenAt?: number;
}

export interface ActualGroup extends NetworkGroup {
  /** LoRa gateways that send for it; without any, a network server chooses by itself, and may find none. */
  readonly gateways: readonly string[];
  readonly keys: GroupKeys;
  /** Of the next frame. */
  readonly fCnt: number;
}

/** What stands at the network server. */
export interface ActualNetwork {
  readonly tenant: boolean;
  readonly applications: readonly string[];
  readonly profiles: readonly NetworkProfile[];
  /** All that may be seen, of any tenant. */
  readonly gateways: readonly NetworkGateway[];
  readonly devices: readonly ActualDevice[];
  /** Declared devices that stand in applications of others, with their keys. */
  readonly elsewhere: readonly (ActualDevice & { readonly tenant: string })[];
  readonly groups: readonly ActualGroup[];
}

/** One field that differs; never of a key. */
export interface FieldChange {
  readonly field: string;
  readonly from: string | number | boolean;
  readonly to: string | number | boolean;
}

export const STEP_KINDS = [
  "tenant",
  "application",
  "profile",
  "lora-gateway",
  "device",
  "keys",
  "session",
  "group",
  "member",
  "group-gateway",
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/**
 * One thing to do. `learn` goes the other way: what stands only at the server is kept by the box, so that it can be brought back.
 */
export interface Step {
  readonly verb: "create" | "update" | "remove" | "learn";
  readonly kind: StepKind;
  /** Name, DevEUI or gateway id; a member is `group DevEUI`, a gateway of a group `group id`. */
  readonly id: string;
  readonly changes: readonly FieldChange[];
}

/** What the plan leaves to people. */
export interface Remark {
  readonly code: "no-keys" | "elsewhere" | "not-declared" | "unknown-model" | "must-rejoin" | "session-guessed";
  readonly id: string;
  /** The application, tenant or model concerned. */
  readonly detail?: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly remarks: readonly Remark[];
  /** What stands as declared. */
  readonly unchanged: number;
}
