/**
 * The journal's entries: everything a box tells the region, in one order. The words are those of the wire; what they mean to a
 * radio or a lamp is the business of the rooms that write and read them.
 */

export type Value = number | boolean | string;

export interface Measurement {
  readonly name: string;
  readonly value: Value;
  readonly unit: string;
}

/** How much the box trusted its wall clock: `unknown` until a source confirmed it since boot. */
export type ClockQuality = "unknown" | "confirmed";

/** The box's clocks at the moment of the entry. Order is by `seq`; these are for people and for repair. */
export interface Stamp {
  /** Wall clock, ms since 1970. */
  readonly wall: number;
  /** Milliseconds since boot, never stepped. */
  readonly mono: number;
  /** Which boot of the box, counted from 1 in this epoch. */
  readonly boot: number;
  readonly clock: ClockQuality;
}

export interface Radio {
  /** Of the gateway that heard it best. dBm, dB. */
  readonly rssi: number;
  readonly snr: number;
  readonly gateway: string;
  /** How many gateways heard it. */
  readonly gateways: number;
  /** Data rate index. */
  readonly dr: number;
}

/** One frame: its bytes, and what was read from them, or why nothing was. */
export interface Reading {
  readonly kind: "reading";
  readonly device: string;
  /** Empty while the device is not placed or not registered. */
  readonly asset?: string;
  readonly commune?: string;
  /** `codec@version`; absent when no codec was known. */
  readonly codec?: string;
  /** Time of the measurement: the device's clock where it is credible, else `receivedAt`. ms since 1970. */
  readonly at: number;
  /** Time of the network server's event. */
  readonly receivedAt: number;
  readonly fCnt: number;
  readonly fPort: number;
  readonly frame: Uint8Array;
  readonly radio?: Radio;
  readonly measurements: readonly Measurement[];
  /** Older measurements carried by the same frame. */
  readonly history: readonly { readonly at: number; readonly measurements: readonly Measurement[] }[];
  /** Warning codes, and notes like `counter-restart`, `recovered`, `no-radio`. */
  readonly notes: readonly string[];
  /** Why the frame could not be read; then there are no measurements. */
  readonly fault?: { readonly code: string; readonly message: string };
}

/** Something else a device or the network server said: join, status, log …, or a kind not known yet, kept whole. */
export interface DeviceEvent {
  readonly kind: "event";
  readonly event: string;
  readonly device: string;
  readonly at: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A step in the life of a command. */
export interface Outcome {
  readonly kind: "outcome";
  readonly command: string;
  readonly asset: string;
  readonly state: string;
  readonly at: number;
  readonly reason?: string;
  /** The whole command, with its first outcome, so that the region learns of commands born on the box. */
  readonly request?: Readonly<Record<string, unknown>>;
}

export interface Alarm {
  readonly kind: "alarm";
  readonly alarm: string;
  readonly raised: boolean;
  readonly at: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A change of the box's registry; the region keeps a replica. */
export interface RegistryEntry {
  readonly kind: "registry";
  readonly at: number;
  readonly change: Readonly<Record<string, unknown>>;
}

/**
 * What had to be dropped, counted. The journal's own reasons: `thinned` (of old readings the first, last, smallest and largest of
 * each hour are kept), `dropped` (oldest first), `damaged` (the disk gave back something else, or nothing),
 * `forgotten` (taken off because the region had it, and the region, back from an older backup, has it no longer).
 */
export interface Loss {
  readonly kind: "loss";
  readonly at: number;
  readonly reason: string;
  /** By kind of entry; `entry` where the kind can no longer be told. */
  readonly counts: Readonly<Record<string, number>>;
  /** First and last number among which the lost entries are. */
  readonly range?: { readonly from: number; readonly to: number };
  /** By kind of entry, then by device. */
  readonly devices?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Who told the box the time. `gnss`: a LoRa gateway with a satellite receiver. */
export const CLOCK_SOURCES = ["gnss", "ntp", "hypervisor"] as const;
export type ClockSource = (typeof CLOCK_SOURCES)[number];

/**
 * The clock became known: the true time of each entry of this boot stamped before with clock `unknown` is its `mono` + `lead`.
 * What is journalled stays as it was written; whoever reads it applies this (protocol/clock.ts).
 */
export interface ClockCorrection {
  readonly kind: "clock";
  readonly at: number;
  readonly boot: number;
  /** True wall clock − monotonic clock, ms. */
  readonly lead: number;
  readonly source: ClockSource;
}

/**
 * A frame was read again, by a codec that had changed since. What is journalled stays as it was written; whoever reads the entry it
 * names applies this (protocol/correction.ts). The newest of several counts.
 */
export interface Correction extends Pick<Reading, "measurements" | "history" | "notes" | "fault" | "codec"> {
  readonly kind: "correction";
  /** When it was read again. */
  readonly at: number;
  /** Number of the reading, in this journal. */
  readonly reading: number;
  readonly device: string;
  readonly fCnt: number;
  /** Time of the measurement, as the reading's `at`. */
  readonly measuredAt: number;
}

export type EntryBody = Reading | DeviceEvent | Outcome | Alarm | RegistryEntry | Loss | ClockCorrection | Correction;

export interface Entry {
  readonly seq: number;
  readonly stamp: Stamp;
  readonly body: EntryBody;
}

/** `unknown`: the network server has a word for it that this program does not know. */
export const LORA_GATEWAY_STATES = ["unknown", "never-seen", "online", "offline"] as const;
export type LoraGatewayState = (typeof LORA_GATEWAY_STATES)[number];

/** A LoRa gateway (the antenna, not the box) as the network server sees it. */
export interface LoraGateway {
  /** Its EUI, 16 lower-case hex digits. */
  readonly id: string;
  readonly name: string;
  readonly state: LoraGatewayState;
  /** Absent until it was seen. ms since 1970. */
  readonly lastSeenAt?: number;
  /** Degrees (WGS 84), to a millionth. Both or none. */
  readonly latitude?: number;
  readonly longitude?: number;
}

/** What the network server last told of its LoRa gateways. */
export interface LoraGateways {
  /** When it told it, ms since 1970; absent: never yet. */
  readonly checkedAt?: number;
  /** Why its last answer is missing; what stands here is then as of `checkedAt`. */
  readonly fault?: string;
  readonly gateways: readonly LoraGateway[];
}

/**
 * How the box's disk is. `shedding`: it is full or its limit is reached, and old entries go by policy; `full`, `read-only`,
 * `failing`: nothing can be written, the broker keeps what comes; `slow`: a commit takes over a second.
 */
export const STORAGE_STATES = ["ok", "shedding", "slow", "full", "read-only", "failing"] as const;
export type StorageState = (typeof STORAGE_STATES)[number];

export interface Storage {
  readonly state: StorageState;
  /** Since when it is not `ok`, ms since 1970 by the box's clock. */
  readonly since?: number;
  /** What the box's file may grow to now: by its limit, and by what the disk has free above the reserve. */
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** Entries lost in this epoch, by the reasons of `Loss`. */
  readonly lost: { readonly thinned: number; readonly dropped: number; readonly damaged: number };
}

/** What a box says of itself with every batch. */
export interface BoxHealth {
  /** Highest seq in the journal; minus the durable one, what waits. */
  readonly lastSeq: number;
  readonly oldestSeq: number;
  /** The highest seq the region ever confirmed to this box, whatever it asked for since. Absent from boxes before this was told. */
  readonly confirmedSeq?: number;
  readonly journalBytes: number;
  readonly freeBytes: number;
  /** Days of space left at the rate of the last day; absent until known. */
  readonly daysLeft?: number;
  readonly firstHop: { readonly lossless: boolean; readonly reasons: readonly string[] };
  /** Whether the box reaches its MQTT broker. */
  readonly brokerConnected: boolean;
  readonly devices: number;
  /** Events of unregistered devices, kept raw. */
  readonly unregistered: number;
  /** Copies recognised since start of the epoch. */
  readonly duplicates: number;
  /** How often the region asked again for what it had acknowledged. Absent from boxes before this was counted. */
  readonly rewinds?: number;
  /** Absent from a box that does not ask its network server. */
  readonly loraGateways?: LoraGateways;
  /** Absent from boxes before this was told. */
  readonly storage?: Storage;
  readonly version: string;
}

/** Numbers whose entries the box no longer has. */
export interface Gone {
  readonly from: number;
  readonly to: number;
}

/** The same within a run. */
export interface Hole extends Gone {
  /** Running hash after the last of them, where the sender knows it; boxes before this was told do not say it. */
  readonly hashAfter?: Uint8Array;
}

/** A run of entries on the wire. `hashBefore` is the running hash before the first entry, `hashAfter` after the last. */
export interface Batch {
  readonly box: string;
  readonly epoch: number;
  readonly firstSeq: number;
  /** In order of seq; with `gone`, every number from `firstSeq` on is in exactly one of the two. */
  readonly entries: readonly Entry[];
  /** In order; absent: none. */
  readonly gone?: readonly Hole[];
  readonly hashBefore: Uint8Array;
  readonly hashAfter: Uint8Array;
  readonly sentAt: number;
  readonly health: BoxHealth;
  /** The sender does not hold what the receiver says it has of it: another history. */
  readonly disputed?: true;
  /** What tells the sender from a copy of its disk, once it is refused (push-words.ts); absent from boxes before this was told. */
  readonly claimant?: number;
  /** With what begins no later than at the oldest entry; without marks where nobody has asked for them. */
  readonly takenOff?: TakenOff;
}

/** What a box no longer keeps, because all its destinations had it (taken-off.ts). */
export interface TakenOff {
  /** The numbers end there. */
  readonly last: number;
  /** Two bytes for each number. */
  readonly marks: Uint8Array;
}

/** The reply to a batch, after the receiver's commit. */
export type BatchReply =
  | {
      readonly status: 200;
      readonly durableSeq: number;
      readonly quarantined: readonly number[];
      readonly serverTime: number;
      /** Running hash after `durableSeq`, 64 hex digits: lets the box see that the receiver holds another history. */
      readonly durableHash?: string;
      /** The receiver wants to compare what both hold: `POST …/digest`. */
      readonly digest?: true;
    }
  | { readonly status: 409; readonly expectedSeq: number; readonly serverTime: number }
  /** `adopt`: a person has decided that this sender goes on in that epoch. Without it another box has taken its place. */
  | { readonly status: 410; readonly epoch: number; readonly adopt?: true }
  | { readonly status: 413; readonly bytesMax: number }
  | { readonly status: 422; readonly message: string }
  | { readonly status: 423; readonly incident: string }
  | { readonly status: 429 | 503; readonly retryAfterSeconds: number };

/** A command on its way down. `cursor` grows; the box keeps the last it has made durable. */
export interface CommandOrder {
  readonly cursor: number;
  readonly command: Readonly<Record<string, unknown>>;
}
