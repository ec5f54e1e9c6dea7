/**
 * What the regional process keeps, in words of the house. One contract test (test/hypervisor/store-contract.ts) holds for every
 * implementation. Times are ms since 1970.
 */
import type { LiveEvent } from "../../api/schemas.ts";
import type { ForkReason } from "../../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply, BoxHealth, CommandOrder, Radio, Value } from "../../cloud-sync/protocol/entry.ts";
import type { Command, CommandState, Step } from "../../commands/command.ts";
import type { Lease } from "../../commands/lease.ts";
import type { DeviceState } from "../../device-registry/words.ts";

export interface BoxEntry {
  readonly name: string;
  readonly communes: readonly string[];
}

export interface BoxState extends BoxEntry {
  /** Absent until the first batch. */
  readonly epoch?: number;
  /** Highest seq durable here. */
  readonly durableSeq: number;
  readonly lastProofAt?: number;
  /** The box's clock minus ours at its last batch. */
  readonly clockOffsetMs?: number;
  readonly health?: BoxHealth;
  readonly quarantined: number;
  /** Why its batches are refused until a person decides. */
  readonly incident?: string;
}

export interface CommunePlace {
  readonly insee: string;
  readonly name: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

export interface Territories {
  readonly region: string;
  readonly territories: readonly {
    readonly id: string;
    readonly name: string;
    readonly communes: readonly CommunePlace[];
  }[];
}

export interface LatestValue {
  readonly value: Value;
  readonly unit: string;
  readonly at: number;
}

export interface AssetState {
  readonly ref: string;
  readonly kind: string;
  readonly use: string;
  readonly commune: string;
  readonly name?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly attributes: Readonly<Record<string, number | string | boolean>>;
  readonly address?: string;
  readonly device?: {
    readonly devEui: string;
    readonly model: string;
    readonly state?: DeviceState;
    readonly since?: number;
    readonly by?: string;
  };
  /** Newest first; since 0: before installations were kept. */
  readonly installations: readonly { readonly device: string; readonly since: number; readonly until?: number }[];
  readonly box: string;
  readonly latest: Readonly<Record<string, LatestValue>>;
  readonly lastSeenAt?: number;
}

export interface AssetFilter {
  readonly commune?: string;
  readonly use?: string;
  readonly refs?: readonly string[];
  /** Continue after this ref. */
  readonly after?: string;
  readonly limit: number;
}

export interface Series {
  readonly unit: string;
  readonly points: readonly { readonly at: number; readonly value: Value }[];
}

export interface SeriesFilter {
  readonly asset: string;
  /** With its instance, `lamp.power@9`. */
  readonly measurement: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** The newest that many. */
  readonly limit: number;
}

interface Quantity {
  readonly name: string;
  readonly value: Value;
  readonly unit: string;
}

export interface StoredReading {
  readonly box: string;
  readonly epoch: number;
  readonly seq: number;
  readonly device: string;
  readonly asset?: string;
  readonly commune?: string;
  readonly codec?: string;
  readonly at: number;
  readonly receivedAt: number;
  readonly fCnt: number;
  readonly fPort: number;
  readonly frame: Uint8Array;
  readonly radio?: Radio;
  readonly measurements: readonly Quantity[];
  readonly history: readonly { readonly at: number; readonly measurements: readonly Quantity[] }[];
  readonly notes: readonly string[];
  readonly fault?: { readonly code: string; readonly message: string };
}

export interface ReadingFilter {
  readonly box: string;
  /** Absent: the box's present epoch. */
  readonly epoch?: number;
  readonly afterSeq: number;
  readonly limit: number;
}

export interface StoredEvent {
  readonly seq: number;
  readonly kind: "event" | "alarm" | "loss" | "clock";
  readonly name: string;
  readonly device?: string;
  readonly at: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface QuarantinedEntry {
  readonly epoch: number;
  readonly seq: number;
  /** `shape`, `commune-not-served`, `command-unknown` … */
  readonly code: string;
  /** JSON text. */
  readonly entry: string;
}

/** What a person can decide about two histories of one box. */
export const INCIDENT_DECISIONS = ["keep", "new-epoch"] as const;
/**
 * `keep`: what is held here is the box; the other copy stays refused. `new-epoch`: the refused copy is the box; it goes on in a new
 * epoch, and what it has new follows.
 */
export type IncidentDecision = (typeof INCIDENT_DECISIONS)[number];

/** Two histories of one box: a copied disk, an old image, or two boxes with one identity. */
export interface Incident {
  readonly id: number;
  readonly box: string;
  readonly epoch: number;
  readonly reason: ForkReason;
  readonly openedAt: number;
  /** When the refused copy came last, and how often it came. */
  readonly lastAt: number;
  readonly attempts: number;
  /** The first entry of the refused copy, and how far the accepted history was then. */
  readonly firstSeq: number;
  readonly durableSeq: number;
  /** Refused batches kept aside. */
  readonly kept: { readonly batches: number; readonly entries: number; readonly lastSeq: number };
  readonly decision?: IncidentDecision;
  readonly decidedAt?: number;
  readonly decidedBy?: string;
}

export interface StoredCommand extends Command {
  readonly box: string;
  readonly state: CommandState;
  readonly steps: readonly Step[];
  /** When it was first written towards the box. */
  readonly handedAt?: number;
}

/** Something changed: for the screens, or (`orders`) for the feed of a box. `missed`: look at everything, some were not heard. */
export type Change = LiveEvent | { readonly type: "orders"; readonly box: string } | { readonly type: "missed" };

export interface Store {
  addBox(box: BoxEntry, at: number): Promise<"added" | "exists">;
  /** From now on its batches and its feed are refused. */
  revokeBox(name: string, at: number): Promise<void>;
  /** Added and not revoked. */
  admitsBox(name: string): Promise<boolean>;
  boxes(): Promise<readonly BoxState[]>;
  /** The box was heard. */
  proofOfLife(box: string, at: number): Promise<void>;

  /**
   * Stores a batch and moves the box's cursor in one transaction; the reply is true once it is returned.
   * @throws HypervisorFault `box-unknown`
   */
  acceptBatch(batch: DecodedBatch, arrivedAt: number): Promise<BatchReply>;
  /**
   * Takes the newest state of each device ahead of the history that holds it: latest values and signs of life only, no cursor moves.
   * @throws HypervisorFault `box-unknown`
   */
  acceptLatest(batch: DecodedBatch, arrivedAt: number): Promise<void>;
  quarantine(box: string): Promise<readonly QuarantinedEntry[]>;
  /**
   * Tries the entries in quarantine again, but for changes of the registry, which newer ones have overtaken.
   * @throws HypervisorFault `box-unknown`
   */
  replayQuarantine(box: string, now: number): Promise<{ readonly stored: number; readonly left: number }>;
  /** Newest first. */
  incidents(filter: { readonly box?: string; readonly open?: boolean }): Promise<readonly Incident[]>;
  /** @throws HypervisorFault `incident-unknown`, `incident-decided` */
  decideIncident(id: number, decision: IncidentDecision, by: string, at: number): Promise<Incident>;
  events(box: string, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>;

  replaceTerritories(territories: Territories): Promise<void>;
  territories(): Promise<Territories>;
  /** Number of assets by commune. */
  assetCounts(): Promise<ReadonlyMap<string, number>>;
  /** By ref. */
  assets(filter: AssetFilter): Promise<readonly AssetState[]>;
  series(filter: SeriesFilter): Promise<Series | undefined>;
  readings(filter: ReadingFilter): Promise<readonly StoredReading[]>;

  /** The same id twice is the same command: the stored one comes back. */
  addCommand(command: Command, box: string): Promise<{ readonly command: StoredCommand; readonly added: boolean }>;
  command(id: string): Promise<StoredCommand | undefined>;
  /** Newest first. */
  commands(filter: { readonly target?: string; readonly limit: number }): Promise<readonly StoredCommand[]>;
  /** The box's feed after `cursor`: open and not expired at `now`. What is returned counts as handed to the box. */
  /** Who holds an asset now, as far as its commands tell; `releasing` are those that give it back. */
  holder(asset: string, releasing: readonly string[], now: number): Promise<Lease | undefined>;
  takeOrders(box: string, cursor: number, now: number): Promise<readonly CommandOrder[]>;
  /** The box says that it holds all orders up to `cursor` and none after it. */
  holdsOrders(box: string, cursor: number): Promise<void>;
  /** Ends the commands past their expiry that no box can hold; returns their ids. */
  expireCommands(now: number): Promise<readonly string[]>;

  /** Changes committed by any replica. */
  watch(heard: (change: Change) => void): () => void;
  /** To be called at least once a day. */
  prepareDay(now: number): Promise<void>;
  close(): Promise<void>;
}
