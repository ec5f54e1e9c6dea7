/**
 * What the regional process keeps, in words of the house. One contract test (test/hypervisor/store-contract.ts) holds for every
 * implementation. Times are ms since 1970.
 */
import type { DeviceHealthView } from "../../api/device-health.ts";
import type { LiveEvent } from "../../api/schemas.ts";
import type { ForkReason } from "../../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { Digest } from "../../cloud-sync/protocol/digest.ts";
import type { KeptCode } from "../../cloud-sync/protocol/enrolment.ts";
import type { BatchReply, BoxHealth, CommandOrder, Radio, Value } from "../../cloud-sync/protocol/entry.ts";
import type { AuditLine, Deed } from "../../commands/audit.ts";
import type { Command, CommandState, Step } from "../../commands/command.ts";
import type { Lease } from "../../commands/lease.ts";
import type { DeviceState } from "../../device-registry/words.ts";
import type { Compared } from "./compare.ts";

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
  /** Messages sent once more in a later epoch and recognised: each stands once. */
  readonly repeats: number;
  /** Why its batches are refused until a person decides. */
  readonly incident?: string;
  /** End of the certificate it was given last; absent before its enrolment and after its revocation. */
  readonly certificateEndsAt?: number;
  /** A code for it waits to be used until then. */
  readonly invitedUntil?: number;
  readonly revokedAt?: number;
  /** The last step of its registry that is followed here; absent: it has told none. */
  readonly operation?: number;
}

/** A box's identity as far as it decides who is admitted. */
export interface BoxIdentity {
  /** Certificates of other generations are refused. */
  readonly generation: number;
  readonly revoked: boolean;
}

/** What is kept of a one-time code (cloud-sync/protocol/enrolment.ts), and until when it may be used. */
export interface KeptInvitation extends KeptCode {
  readonly validUntil: number;
}

export type EnrolOutcome =
  | {
      readonly is: "enrolled";
      readonly name: string;
      readonly communes: readonly string[];
      readonly generation: number;
    }
  | { readonly is: "unknown" }
  | { readonly is: "used" }
  | { readonly is: "ended"; readonly at: number };

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
  /** Its frame was read again by a later codec: when. */
  readonly correctedAt?: number;
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
    /** As its box told it last, and when. */
    readonly health?: DeviceHealthView;
    readonly healthAt?: number;
  };
  /** Newest first; since 0: before installations were kept. */
  readonly installations: readonly { readonly device: string; readonly since: number; readonly until?: number }[];
  readonly box: string;
  readonly latest: Readonly<Record<string, LatestValue>>;
  readonly lastSeenAt?: number;
}

/** A command of a wish for many. */
export interface WishPart {
  readonly target: string;
  readonly box: string;
  readonly state: CommandState;
  readonly expiresAt: number;
  /** Of its last step. */
  readonly reason?: string;
}

/** Assets by what became of giving them the group's keys. */
export interface BoxGroup {
  readonly box: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly unproven: readonly string[];
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
  /** Its frame was read again: when, and which codec had read it before. */
  readonly corrected?: { readonly at: number; readonly codecBefore?: string };
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

/** What a person can decide. */
export const INCIDENT_DECISIONS = ["keep", "new-epoch", "noted"] as const;
/**
 * `keep`: what is held here is the box; the other copy stays refused. `new-epoch`: the refused copy is the box; it goes on in a new
 * epoch, and what it has new follows. `noted`: a person has read of the loss.
 */
export type IncidentDecision = (typeof INCIDENT_DECISIONS)[number];

/** The comparison found entries that are stored nowhere any more, or that cannot be stored as the box holds them. */
export const LOSS_REASONS = ["not-recoverable", "still-different"] as const;
export type IncidentReason = ForkReason | (typeof LOSS_REASONS)[number];

export const decisionsFor = (reason: IncidentReason): readonly IncidentDecision[] =>
  LOSS_REASONS.some((each) => each === reason) ? ["noted"] : ["keep", "new-epoch"];

/** Two histories of one box (a copied disk, an old image, two boxes with one identity), or entries lost here. */
export interface Incident {
  readonly id: number;
  readonly box: string;
  readonly epoch: number;
  readonly reason: IncidentReason;
  readonly openedAt: number;
  /** When the refused copy came last, and how often it came. */
  readonly lastAt: number;
  readonly attempts: number;
  /** The first entry of the refused copy, and how far the accepted history was then. */
  readonly firstSeq: number;
  readonly durableSeq: number;
  /** Refused batches kept aside. */
  readonly kept: { readonly batches: number; readonly entries: number; readonly lastSeq: number };
  /** Of a loss: entries, all between `firstSeq` and `durableSeq`. */
  readonly lost?: number;
  /** Of the box, in all its epochs: messages that came again and were recognised. */
  readonly repeats: number;
  readonly decision?: IncidentDecision;
  readonly decidedAt?: number;
  readonly decidedBy?: string;
}

/** The daily comparison of a box's journal with what is stored of it. */
export interface Comparison {
  readonly box: string;
  /** The last one; absent: none yet. */
  readonly at?: number;
  /** Asked for and not come yet. */
  readonly wanted: boolean;
  /** Ranges of the last one: told by the box, hashed here, asked for again. */
  readonly ranges: number;
  readonly hashed: number;
  readonly again: number;
  /** Entries since the beginning: written again, and lost without a way back. */
  readonly healed: number;
  readonly lost: number;
}

/** What came of a box's devices on one day (UTC). */
export interface DayCompleteness {
  /** The box has told of a later day. */
  readonly isOver: boolean;
  /** When the box's journal of that day was last found the same here; absent: not yet. */
  readonly comparedAt?: number;
  /** Entries of the box that were lost before they came here, or here. */
  readonly lost: number;
  /** Where the day's readings lie in the box's journal, and the running hash before and after; by epoch. */
  readonly history: readonly {
    readonly epoch: number;
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly before?: Uint8Array;
    readonly after?: Uint8Array;
  }[];
  readonly devices: readonly {
    readonly device: string;
    readonly asset?: string;
    readonly model?: string;
    readonly received: number;
    /** By the frame counter; `lost` of them are ours. */
    readonly missed: number;
    readonly lost: number;
    /** Frames sent on each of the last seven days of which anything is known. */
    readonly usual: readonly number[];
  }[];
}

export interface StoredCommand extends Command {
  readonly box: string;
  readonly state: CommandState;
  readonly steps: readonly Step[];
  /** When it was first written towards the box. */
  readonly handedAt?: number;
}

/** Something changed: for the screens, or for the feed of a box (`orders`) and its connections (`admission`). `missed`: look at everything, some were not heard. */
export type Change =
  | LiveEvent
  | { readonly type: "orders" | "admission"; readonly box: string }
  | { readonly type: "missed" };

export interface Store {
  addBox(box: BoxEntry, at: number): Promise<"added" | "exists">;
  /** From now on it is refused, whatever certificate or code it has. False for a box that is not known. */
  revokeBox(name: string, at: number): Promise<boolean>;
  /** Added and not revoked. */
  admitsBox(name: string): Promise<boolean>;
  /** Undefined for a box that is not known. */
  boxIdentity(name: string): Promise<BoxIdentity | undefined>;
  /** By name; without the revoked ones unless they are asked for. */
  boxes(filter?: { readonly revoked: true }): Promise<readonly BoxState[]>;
  /** A code for a known box, instead of any before. */
  invite(box: string, invitation: KeptInvitation, at: number): Promise<void>;
  invitation(id: string): Promise<(BoxEntry & Pick<KeptInvitation, "proofKey" | "validUntil">) | undefined>;
  /**
   * Uses a code up for a key: the box is admitted by certificates of a new generation, and by those only. Again with the same key it
   * answers the same, until something else happens to the box.
   */
  enrol(
    asked: Pick<KeptCode, "id" | "secretHash"> & { readonly keyHash: Uint8Array },
    at: number,
    certificateEndsAt: number,
  ): Promise<EnrolOutcome>;
  /** A certificate of that generation was renewed; its communes, or undefined when it is no longer admitted. */
  renewed(box: string, generation: number, certificateEndsAt: number): Promise<readonly string[] | undefined>;
  /** Which communes each box serves: of all boxes, little of each. */
  serving(): Promise<readonly BoxEntry[]>;
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
  /** @throws HypervisorFault `incident-unknown`, `incident-decided`, `incident-choice` */
  decideIncident(id: number, decision: IncidentDecision, by: string, at: number): Promise<Incident>;
  /** Boxes not compared for a day are asked for a digest with the reply to their next batch, at most `limit` of them at a time. */
  wantDigests(now: number, limit: number): Promise<void>;
  /** @throws HypervisorFault `box-unknown` */
  wantDigest(box: string): Promise<void>;
  /**
   * Ranges that differ; nothing for a box that has not sent anything in this epoch.
   * @param everything hash all ranges, whatever the day.
   */
  compare(box: string, digest: Digest, now: number, everything?: boolean): Promise<Compared>;
  /**
   * Entries sent again: those that differ are replaced, in one transaction. Returns how many.
   * @throws HypervisorFault `box-unknown`, `batch-unreadable`
   */
  mend(batch: DecodedBatch, arrivedAt: number): Promise<number>;
  /**
   * @param day days since 1970.
   * @throws HypervisorFault `box-unknown`
   */
  completeness(box: string, day: number): Promise<DayCompleteness>;
  /** What came from a box since then: entries by kind, readings by device; and the models of its devices. */
  received(
    box: string,
    since: number,
  ): Promise<{
    readonly kinds: ReadonlyMap<string, number>;
    readonly readings: ReadonlyMap<string, number>;
    readonly models: ReadonlyMap<string, string>;
  }>;
  /** Of the boxes that have sent anything. */
  comparisons(): Promise<readonly Comparison[]>;
  events(box: string, afterSeq: number, limit: number): Promise<readonly StoredEvent[]>;

  replaceTerritories(territories: Territories): Promise<void>;
  territories(): Promise<Territories>;
  /** Number of assets by commune. */
  assetCounts(): Promise<ReadonlyMap<string, number>>;
  /** By ref. */
  assets(filter: AssetFilter): Promise<readonly AssetState[]>;
  /** Where a device is: its box, and the asset it serves. */
  device(devEui: string): Promise<{ readonly box: string; readonly asset?: string } | undefined>;
  series(filter: SeriesFilter): Promise<Series | undefined>;
  readings(filter: ReadingFilter): Promise<readonly StoredReading[]>;

  /** The same id twice is the same command: the stored one comes back. */
  addCommand(command: Command, box: string): Promise<{ readonly command: StoredCommand; readonly added: boolean }>;
  command(id: string): Promise<StoredCommand | undefined>;
  /** One wish for many: the commands of each box, into their feeds at once. @throws HypervisorFault `box-unknown` */
  addWish(boxes: ReadonlyMap<string, readonly Command[]>, deed: Deed): Promise<void>;
  /** The commands of a wish, by target. */
  wish(id: string): Promise<readonly WishPart[]>;
  /** Multicast groups of these boxes, as far as the region knows who is in them. */
  boxGroups(boxes: readonly string[]): Promise<readonly BoxGroup[]>;
  /** Ends what no box can hold of a command, or of a wish; returns the ids. */
  takeBack(id: string, deed: Deed): Promise<readonly string[]>;
  /** Of the audit log, after a seq. */
  auditLines(after: number, limit: number): Promise<readonly AuditLine[]>;
  /** Newest first. */
  commands(filter: { readonly target?: string; readonly limit: number }): Promise<readonly StoredCommand[]>;
  /** Those that are not over yet, of highest precedence and oldest first, for assets of a commune or of all. */
  openCommands(filter: { readonly commune?: string; readonly limit: number }): Promise<{
    readonly total: number;
    readonly commands: readonly StoredCommand[];
  }>;
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
