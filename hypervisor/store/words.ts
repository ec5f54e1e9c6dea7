/** What the regional process keeps, as it is told and asked for. Times are ms since 1970. */
import type { DeviceHealthView } from "../../api/device-health.ts";
import type { LiveEvent } from "../../api/schemas.ts";
import type { ForkReason } from "../../cloud-sync/protocol/admit.ts";
import type { KeptCode } from "../../cloud-sync/protocol/enrolment.ts";
import type { BoxHealth, Reading, Value } from "../../cloud-sync/protocol/entry.ts";
import type { Command, CommandState, Step } from "../../commands/command.ts";
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
  /** Messages sent once more in a later epoch and recognised: each stands once. */
  readonly repeats: number;
  /** Why its batches are refused until a person decides. */
  readonly incident?: string;
  /** The last to come of those decided against, where it came for longer than it takes to stop a box. */
  readonly keptOut?: { readonly incident: number; readonly at: number };
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

/** As a box sent it, or as it was read again since. */
export interface StoredReading extends Omit<Reading, "kind"> {
  readonly box: string;
  readonly epoch: number;
  readonly seq: number;
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
 * `keep`: what is held here is the box; the other copy stays refused, until `new-epoch` is decided for it after all. `new-epoch`: the refused copy is the box; it goes on in a new
 * epoch, and what it has new follows. `noted`: a person has read of the loss.
 */
export type IncidentDecision = (typeof INCIDENT_DECISIONS)[number];

/** The comparison found entries that are stored nowhere any more, or that cannot be stored as the box holds them. */
export const LOSS_REASONS = ["not-recoverable", "still-different"] as const;
export type IncidentReason = ForkReason | (typeof LOSS_REASONS)[number];

export const decisionsFor = (reason: IncidentReason): readonly IncidentDecision[] =>
  LOSS_REASONS.some((each) => each === reason) ? ["noted"] : ["keep", "new-epoch"];

/** Up to where both histories of a box are known to be the same; exact where `partedSeq` is the number after it. */
export interface Parting {
  /** 0: nothing is known of both but their beginning. */
  readonly commonSeq: number;
  /** When that entry was made, by the box. */
  readonly commonAt?: number;
  /** Under this number they are known to differ. */
  readonly partedSeq?: number;
}

/** One of the two boxes of an incident. */
export interface Side {
  readonly address?: string;
  /** Of the certificate it showed last, hexadecimal. */
  readonly serial?: string;
  readonly version?: string;
  /** That the other has not. */
  readonly entries?: { readonly least: number; readonly most: number };
  /** The times of those that are known here. */
  readonly firstAt?: number;
  readonly lastAt?: number;
  /** When the first and the last of them came; of the refused: when it was first refused, and last. */
  readonly heardSince?: number;
  readonly heardAt?: number;
}

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
  /** Address from which the refused copy came last. */
  readonly heardFrom?: string;
  /** After `new-epoch`: when the box in whose place the refused one goes on came last, and from which address. */
  readonly replacedAt?: number;
  readonly replacedFrom?: string;
  /** Of two histories. False: of a box of the version before, which is not told apart from others of that version. */
  readonly isNamed?: boolean;
  readonly parting?: Parting;
  readonly accepted?: Side;
  readonly refused?: Side;
  /** Refused batches kept aside. */
  readonly kept: { readonly batches: number; readonly entries: number; readonly lastSeq: number };
  /** Of a loss: entries, all between `firstSeq` and `durableSeq`. */
  readonly lost?: number;
  /** Of the box, in all its epochs: messages that came again and were recognised. */
  readonly repeats: number;
  /** The highest numbers that the accepted and the refused box were ever confirmed, as each says; absent where it does not. */
  readonly acceptedConfirmedSeq?: number;
  readonly refusedConfirmedSeq?: number;
  /** The oldest entry the refused box keeps; what it was confirmed before that is on no disk. */
  readonly refusedOldestSeq?: number;
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
