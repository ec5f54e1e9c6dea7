/** The words of the box's process: what ChirpStack says in one form whatever its encoding, and the seams between the parts. */
import type { AuditReply, CancelReply, QueueReply } from "../api/mass.ts";
import type { CommandRequest, CommandView } from "../api/schemas.ts";
import type { EntryBody, Radio, Reading } from "../cloud-sync/protocol/entry.ts";

/** What every event of ChirpStack carries. */
export interface EventBase {
  /** 16 lower-case hex digits. */
  readonly devEui: string;
  readonly applicationId: string;
  readonly deviceName: string;
  /** Application, profile and device tags merged; txack omits those of the application. */
  readonly tags: Readonly<Record<string, string>>;
  /** Time the network server gave the event, ms since 1970; the arrival at the box when it gave none. */
  readonly time: number;
}

export interface UpEvent extends EventBase {
  readonly kind: "up";
  readonly deduplicationId: string;
  readonly devAddr: string;
  readonly fCnt: number;
  /** 0 for frames with MAC commands only and for frames without FPort: ChirpStack does not tell them apart. */
  readonly fPort: number;
  readonly dr: number;
  readonly confirmed: boolean;
  readonly data: Uint8Array;
  /** Absent when no gateway ChirpStack may show heard it. */
  readonly radio?: Radio;
  /** By the satellite receiver of a gateway that heard it, ms since 1970; absent when none has a fix. */
  readonly gnssTime?: number;
}

export interface JoinEvent extends EventBase {
  readonly kind: "join";
  readonly deduplicationId: string;
  readonly devAddr: string;
}

export interface AckEvent extends EventBase {
  readonly kind: "ack";
  /** Empty for a negative acknowledgement of class B and C. */
  readonly deduplicationId: string;
  readonly queueItemId: string;
  readonly acknowledged: boolean;
  readonly fCntDown: number;
}

export interface TxAckEvent extends EventBase {
  readonly kind: "txack";
  readonly downlinkId: number;
  readonly queueItemId: string;
  readonly fCntDown: number;
  readonly gatewayId: string;
  /** How it was sent; absent where the event does not say. */
  readonly sent?: SentAs;
}

/** Frequency and LoRa data rate of a downlink. */
export interface SentAs {
  /** Hz. */
  readonly frequency: number;
  /** Of EU868, 0 to 6. */
  readonly dr: number;
  /** Class C, on RX2; else in the receive window after an uplink. */
  readonly immediately: boolean;
}

export interface LogEvent extends EventBase {
  readonly kind: "log";
  /** INFO, WARNING, ERROR. */
  readonly level: string;
  /** EXPIRED, DOWNLINK_GATEWAY, …; a code of a later ChirpStack as it came. */
  readonly code: string;
  readonly description: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface StatusEvent extends EventBase {
  readonly kind: "status";
  readonly deduplicationId: string;
  /** dB. */
  readonly margin: number;
  readonly externalPowerSource: boolean;
  readonly batteryLevelUnavailable: boolean;
  /** Percent; 0 when unavailable or powered from outside. */
  readonly batteryLevel: number;
}

export interface LocationEvent extends EventBase {
  readonly kind: "location";
  readonly deduplicationId: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Metres. */
  readonly altitude: number;
  readonly source: string;
  /** Metres. */
  readonly accuracy: number;
}

/** A kind this program does not know: kept whole. */
export interface UnknownEvent extends EventBase {
  readonly kind: "unknown";
  /** Last part of the topic. */
  readonly event: string;
  readonly payload: Uint8Array;
}

/** A payload that is not what its topic says: kept whole, with the reason. */
export interface UndecodableEvent extends EventBase {
  readonly kind: "undecodable";
  readonly event: string;
  readonly payload: Uint8Array;
  readonly code: string;
  readonly message: string;
}

export type ChirpStackEvent =
  | UpEvent
  | JoinEvent
  | AckEvent
  | TxAckEvent
  | LogEvent
  | StatusEvent
  | LocationEvent
  | UnknownEvent
  | UndecodableEvent;

/** How ChirpStack writes its payloads (`[integration.mqtt] json`); it expects commands the same way. */
export type Encoding = "json" | "protobuf";

/** One message of the broker, not yet acknowledged. */
export interface Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  /** The broker says it may have sent this before (MQTT's DUP flag). */
  readonly redelivered: boolean;
  /** Wall clock of the box, ms since 1970. */
  readonly arrivedAt: number;
  /** Not from the broker: found in ChirpStack's own history after a gap. Nobody delivers it again. */
  readonly recovered?: true;
}

/** An event as a history of ChirpStack keeps it. */
export interface PastEvent {
  /** up, join, … */
  readonly kind: string;
  readonly devEui: string;
  /** As far as the history says it. */
  readonly applicationId?: string;
  /** As JSON or protobuf, whatever ChirpStack writes to MQTT. */
  readonly payload: Uint8Array;
}

/** What the network server remembers of its devices. */
export interface EventHistory {
  /** Oldest first. Rejects when it cannot be asked now. */
  of(devEui: string): Promise<readonly PastEvent[]>;
  /** Where all devices' events are kept in one order. */
  readonly line?: LineHistory;
}

/** Why a line no longer holds all that came after a bookmark: its oldest was dropped, it is empty, or it began anew. */
export type LineBreak = "trimmed" | "emptied" | "went-back";

export interface LineHistory {
  /**
   * Hands over, page by page and oldest first, what came after `bookmark`; each page with the bookmark behind it. Without a
   * bookmark nothing is handed over but the place to begin at. `settled`: only what has had a minute to come by the broker.
   * What is wrong with the line is told before anything is handed over, with the time of the bookmark, ms since 1970, and is what it
   * resolves to. Rejects when it cannot be asked now, and with what `take` or `broken` throws.
   */
  read(
    from: { readonly bookmark: string | undefined; readonly settled: boolean },
    take: (events: readonly PastEvent[], bookmark: string) => void,
    broken?: (how: LineBreak, since: number) => void,
  ): Promise<LineBreak | undefined>;
}

/** Writes an entry into the journal; only inside a transaction of the box's store. Returns its seq. */
export type Append = (body: EntryBody) => number;

/** Bytes for ChirpStack's queue. */
export interface Downlink {
  /** UUID; becomes the queue item's id. */
  readonly id: string;
  readonly confirmed: boolean;
  /** 1 to 255. */
  readonly fPort: number;
  readonly data: Uint8Array;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** The broker certainly did not get it. */
export class NotConnected extends Error {
  readonly code = "not-connected";
  constructor() {
    super("not connected to the broker");
    this.name = "NotConnected";
  }
}

/** What ChirpStack holds for a device at one moment. */
export interface QueueLook {
  readonly items: readonly {
    readonly id: string;
    /** Sent, and waiting for the acknowledgement. */
    readonly isPending: boolean;
  }[];
  /** Absent: the device has not joined. `fCntDown` counts every downlink that a LoRa gateway took. */
  readonly session?: { readonly devAddr: string; readonly fCntDown: number };
}

/** ChirpStack's queues of downlinks. */
export interface DownlinkQueue {
  /** Rejects when ChirpStack does not answer. */
  look(devEui: string): Promise<QueueLook>;
}

/** Resolves once the broker has the message at QoS 1; rejects with `NotConnected` at once when there is no connection. */
export type PublishDown = (applicationId: string, devEui: string, downlink: Downlink) => Promise<void>;

/** The command side of the box. */
export interface Relay {
  /** What an event proves about a command. Inside the event's transaction. */
  observe(event: ChirpStackEvent, reading: Reading | undefined, append: Append): void;
  /** The transaction is on disk: what was decided in it may go out. */
  afterCommit(): void;
  /** The transaction was rolled back: what was remembered of it must be forgotten. */
  afterRollback?(): void;
  /** A command from the region's feed or from the control socket. Inside a transaction. */
  order(command: Readonly<Record<string, unknown>>, append: Append): void;
  /** Whether the device has open commands: its uplinks then wait for nothing. */
  isBusy(devEui: string): boolean;
  /** Expiries and effects that did not show in time; about once a second, inside a transaction. */
  tick(append: Append): void;
  /**
   * After each tick's commit: what may take time. `isUnheard`: events lie here until the disk has rested, or at the broker, so that
   * what ChirpStack's queue lacks tells nothing yet.
   */
  afterTick(isUnheard?: boolean): void;
}

/** What the control socket asks of the command side. */
export interface CommandDesk {
  /** Throws a `Refused` (control/problem.ts). Inside a transaction. */
  request(request: CommandRequest, append: Append): CommandView;
  view(id: string): CommandView | undefined;
  /** The command that takes back what this one set; `waits` until its time has come, undefined when there is nothing to take back. */
  returnOf(id: string): CommandView | "waits" | undefined;
  open(): number;
  /** Takes back what waits of a command, or of a wish for many. Inside a transaction. */
  cancel(id: string, who: string, append: Append): CancelReply;
  /** How many commands waited for it. Inside a transaction. */
  consent(mass: string, who: string, given: boolean, append: Append): number;
  queue(): QueueReply;
  audit(): AuditReply;
}

/** Where time comes from. */
export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Milliseconds that are never stepped. */
  mono(): number;
}

/** What the parts need of a pino logger. */
export interface Log {
  debug(detail: object, message: string): void;
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}
