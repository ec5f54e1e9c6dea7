/** A LoRaWAN network server, as far as the box provisions it. ChirpStack's is in gateway/chirpstack. */
import type { AbpKeys, DeviceKeys, GroupKeys, OtaaKeys } from "../keys/words.ts";
import type { DevEui } from "../words.ts";
import type {
  ActualNetwork,
  DeclaredNetwork,
  FrameCounters,
  NetworkDevice,
  NetworkGateway,
  NetworkGroup,
  NetworkProfile,
} from "./words.ts";

/** Why the server did not do what it was asked. All but `refused` and `elsewhere` concern every further call as well. */
export type ServerFault = "key-file" | "key-refused" | "unreachable" | "no-answer" | "refused" | "elsewhere";

export class ServerTrouble extends Error {
  readonly code: ServerFault;
  constructor(code: ServerFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServerTrouble";
    this.code = code;
  }
}

/** Of the tenant; all are empty where there is none of that name. */
export interface Roster {
  readonly devices: ReadonlySet<DevEui>;
  /** Of these, the ones it has heard. */
  readonly heard: ReadonlySet<DevEui>;
  /** With the counter of the next frame. */
  readonly groups: readonly { readonly name: string; readonly fCnt: number }[];
}

/** Heard after every so many things that were read. */
export type Progress = (done: number, all: number) => void;

/**
 * Every `put` may be repeated: it makes what is not there and brings what is there to the state given. What a call rests on
 * (a device's application and profile) must have been surveyed or put before. All reject with `ServerTrouble`.
 */
export interface NetworkServer {
  /** Reads what stands there; `declared` says in what tenant and for whose devices. */
  survey(declared: DeclaredNetwork, progress?: Progress): Promise<ActualNetwork>;
  /** What stands there by its lists alone. Needs no survey. */
  roster(tenant: string): Promise<Roster>;
  /** Whether it has the device, in whatever application. Needs no survey. */
  knows(devEui: DevEui): Promise<boolean>;
  putTenant(name: string): Promise<void>;
  putApplication(name: string): Promise<void>;
  putProfile(profile: NetworkProfile): Promise<void>;
  putGateway(gateway: NetworkGateway): Promise<void>;
  /** Rejects with `elsewhere` when the device belongs to an application of somebody else. */
  putDevice(device: NetworkDevice): Promise<void>;
  putKeys(devEui: DevEui, keys: OtaaKeys): Promise<void>;
  /** Gives an ABP device its session. */
  activate(devEui: DevEui, keys: AbpKeys, counters: FrameCounters): Promise<void>;
  /** How far the session of a device has counted; undefined without one. Needs no survey. */
  counters(devEui: DevEui): Promise<FrameCounters | undefined>;
  putGroup(group: NetworkGroup, keys: GroupKeys, fCnt: number): Promise<void>;
  putMember(group: string, devEui: DevEui): Promise<void>;
  removeMember(group: string, devEui: DevEui): Promise<void>;
  /** The LoRa gateway sends for the group. */
  putGroupGateway(group: string, gateway: string): Promise<void>;
  removeDevice(devEui: DevEui): Promise<void>;
  /** The id under which the server publishes a device's events and takes its commands. */
  applicationId(name: string): string | undefined;
  close(): void;
}

/** Opened for the time it takes to provision. */
export interface KeyRing {
  device(devEui: DevEui): DeviceKeys | undefined;
  group(name: string): GroupKeys | undefined;
}
