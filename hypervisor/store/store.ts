import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { Digest } from "../../cloud-sync/protocol/digest.ts";
import type { KeptCode } from "../../cloud-sync/protocol/enrolment.ts";
import type { BatchReply, CommandOrder } from "../../cloud-sync/protocol/entry.ts";
import type { AuditLine, Deed } from "../../commands/audit.ts";
import type { Command } from "../../commands/command.ts";
import type { Lease } from "../../commands/lease.ts";
import type { Compared } from "./compare.ts";
import type { Caller } from "./senders.ts";
import type {
  AssetFilter,
  AssetState,
  BoxEntry,
  BoxGroup,
  BoxIdentity,
  BoxState,
  Change,
  Comparison,
  DayCompleteness,
  EnrolOutcome,
  Incident,
  IncidentDecision,
  KeptInvitation,
  QuarantinedEntry,
  ReadingFilter,
  Series,
  SeriesFilter,
  StoredCommand,
  StoredEvent,
  StoredReading,
  Territories,
  WishPart,
} from "./words.ts";

export interface Store {
  addBox(box: BoxEntry, at: number): Promise<"added" | "exists">;
  /** From now on it is refused, whatever certificate or code it has. False for a box that is not known. */
  revokeBox(name: string, at: number): Promise<boolean>;
  /** Added and not revoked. */
  admitsBox(name: string): Promise<boolean>;
  /** The same of many, in one question: those that are. */
  admittedAmong(names: readonly string[]): Promise<ReadonlySet<string>>;
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
   * @param from what the sender's connection shows, for a person who has to tell two of one name apart
   * @throws HypervisorFault `box-unknown`
   */
  acceptBatch(batch: DecodedBatch, arrivedAt: number, from?: Caller): Promise<BatchReply>;
  /** Does what of `acceptBatch` needs no database, for a batch that waits for its turn. */
  lookThrough(batch: DecodedBatch): void;
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
  /** Who holds an asset now, as far as its commands tell; `releasing` are those that give it back. */
  holder(asset: string, releasing: readonly string[], now: number): Promise<Lease | undefined>;
  /** The box's feed after `cursor`: open and not expired at `now`. What is returned counts as handed to the box. */
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
