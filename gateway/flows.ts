/**
 * The box's two flows, wired: events from the broker become entries and go up to the region; orders come down from there and go
 * out to the broker. The lines at both ends are handed in: nothing here opens a socket or a file, so that a driven world can run
 * the very same box.
 */
import type { BoxHealth } from "../cloud-sync/protocol/entry.ts";
import { findCodec } from "../codecs/index.ts";
import { type BackFill, createBackFill } from "./back-fill.ts";
import { CONFIRMED, confirmedOf } from "./box-state.ts";
import { isDamage, isReadOnly } from "./box-store.ts";
import { RELEASED_AT } from "./box-time.ts";
import type { Connection, ConnectionEvents } from "./chirpstack/connection.ts";
import { encodeDownlink } from "./chirpstack/downlink.ts";
import { commandTopic } from "./chirpstack/events.ts";
import { createProtobufReader } from "./chirpstack/protobuf-events.ts";
import type { QueueClock } from "./chirpstack/queue-clock.ts";
import { type ClaimantParts, createClaimant } from "./claimant.ts";
import type { BoxClock } from "./clock.ts";
import { createClockEntry } from "./clock-entry.ts";
import type { Destinations, DestinationsParts } from "./destinations.ts";
import { createDisk, type Disk, troubleOf, type Unwritten } from "./disk.ts";
import { createGnssTime } from "./gnss-time.ts";
import { REGION } from "./health.ts";
import { createHearing } from "./hearing.ts";
import { createIntake, type Intake, type IntakeParts } from "./intake.ts";
import { createLedgerStandby, type HeldLedger, type LedgerStandby } from "./ledger-standby.ts";
import type { Region, RegionEnds } from "./region.ts";
import { createRegionChanges } from "./region-changes.ts";
import { type CommandRelay, createRelay, type RelayParts } from "./relay.ts";
import { createSpace, SPACE_DEFAULTS, type Space, type SpaceLimits, type SpaceParts } from "./space.ts";
import { type FlowStores, recentEntries } from "./stores.ts";
import type { Append, EventHistory, Log } from "./words.ts";

export interface FlowParts {
  readonly stores: FlowStores;
  readonly clock: BoxClock;
  readonly queueClock: QueueClock;
  readonly log: Log;
  readonly findModel: RelayParts["findModel"];
  readonly foreign: IntakeParts["foreign"];
  readonly commitDelayMs: number;
  readonly space: Partial<SpaceLimits> & Pick<SpaceParts, "folder" | "checkpoint" | "freeBytes">;
  readonly broker: {
    readonly url: string;
    readonly clientId: string;
    readonly connect: (events: ConnectionEvents) => Connection;
  };
  /** Absent: the box works alone. */
  readonly reachRegion: ((ends: RegionEnds) => Region) | undefined;
  /** By chance unless given. */
  readonly drawn?: Pick<ClaimantParts, "draw">;
  /** Destinations beside the region; absent: none. */
  readonly reachOthers?: (ends: DestinationEnds) => Destinations;
  readonly health: () => BoxHealth;
  readonly commands: Pick<RelayParts, "queue" | "groups" | "roll" | "needsConsent">;
  /** What ChirpStack remembers; absent where its API may not be asked. */
  readonly history: EventHistory | undefined;
  /** What else is done each second while the disk can be written. */
  readonly keepUp: () => void;
  /** The box's file is damaged: it has to be built anew. */
  readonly onDamaged: () => void;
  /** What the life before, in this process, could not write. */
  readonly before?: Left;
  /** The stores are opened for reading only. */
  readonly readsOnly?: boolean;
}

/** What a life of the box that cannot write leaves to the next one. */
export interface Left {
  readonly disk: Unwritten;
  readonly ledger: HeldLedger | undefined;
  /** The broker had forgotten the session, and whoever asks next finds one. */
  readonly sessionLost: boolean;
}

/** What the lines to other destinations write through. */
export type DestinationEnds = Pick<DestinationsParts, "journal" | "state" | "write" | "health">;

export interface Flows {
  /** Beside the region. */
  readonly destinations: Destinations | undefined;
  readonly disk: Disk;
  readonly space: Space;
  readonly ledger: LedgerStandby;
  readonly relay: CommandRelay;
  readonly region: Region | undefined;
  broker(): { readonly connected: boolean; readonly since: number | undefined };
  /** A change asked for on the box; what follows from it goes out after its commit. */
  change<T>(work: (append: Append) => T): T;
  /** A command: the lamps are steered whatever the disk does. */
  command<T>(work: (append: Append) => T): T;
  /** About once a second. */
  tick(): void;
  /** Undefined where all is written. */
  left(): Left | undefined;
  /** Takes nothing more in, commits what was taken, acknowledges it, and lets go of broker and region. */
  stop(): Promise<void>;
}

export const createFlows = (parts: FlowParts): Flows => {
  const { stores, clock, log, findModel } = parts;
  const { journal, registry, state, firstHop } = stores;
  const ledger = createLedgerStandby(stores.ledger, parts.before?.ledger);
  const space = createSpace({
    ...SPACE_DEFAULTS,
    ...parts.space,
    journal,
    state,
    write: (work) => disk.write(work),
    mono: clock.mono,
    acknowledged: (pressed) => {
      const region = parts.reachRegion === undefined ? undefined : journal.cursor(REGION).seq;
      const others = region === undefined || pressed !== true ? destinations?.acknowledged() : undefined;
      return region === undefined || others === undefined ? (region ?? others) : Math.min(region, others);
    },
  });
  const disk = createDisk({
    journal,
    ledger,
    clock,
    log,
    isReadOnly: () => isReadOnly(parts.space.folder),
    relieve: space.relieve,
    hasRoom: space.hasRoom,
    onUnwritable() {
      hearing.ends();
      connection.deafen();
    },
    onWritable: () => connection.listen(),
    onDamaged: (error) => {
      log.error({ err: error }, "the box's file is damaged; it is built anew");
      parts.onDamaged();
    },
    ...(parts.before === undefined ? {} : { before: parts.before.disk }),
    ...(parts.readsOnly === undefined ? {} : { readsOnly: parts.readsOnly }),
  });
  const isWritten = (): boolean => disk.state === "ok" || disk.state === "slow";
  const hearing = createHearing(clock);
  let connectedSince: number | undefined;
  const regionChanges = createRegionChanges({ ledger, registry, findModel, clock });
  const relay = createRelay({
    takeChange: regionChanges.take,
    ...parts.commands,
    ledger,
    registry,
    findModel,
    findCodec,
    clock,
    write: disk.writeOrHold,
    publishDown: (applicationId, devEui, downlink) =>
      connection.publish(
        commandTopic(applicationId, devEui),
        encodeDownlink(devEui, { ...downlink, expiresAt: parts.queueClock(downlink.expiresAt) }, intake.encoding),
      ),
    linkedSince: () => connectedSince,
    heardUntil: hearing.heardUntil,
    log,
  });
  const backFill: BackFill | undefined =
    parts.history &&
    createBackFill({
      history: parts.history,
      devices: registry.devices,
      take: (delivery) => intake.take(delivery),
      flush: () => intake.flush(),
      state,
      write: disk.write,
      mayMiss: (gap) =>
        change((append) => {
          firstHop.mayMiss(gap);
          firstHop.settle(clock.now(), append);
        }),
      now: clock.now,
      log,
    });
  const gnss = createGnssTime({ clock, notBefore: RELEASED_AT });
  const intake: Intake = createIntake({
    ...stores,
    heard(event) {
      if (event.gnssTime !== undefined) gnss.heard(event.gnssTime);
      hearing.heard(event.time);
      backFill?.heard(event);
    },
    findModel,
    findCodec,
    write: disk.write,
    relay,
    foreign: parts.foreign,
    readProtobuf: createProtobufReader(),
    connection: () => connection,
    commitDelayMs: parts.commitDelayMs,
    restsUntil: () => disk.restsUntil,
    clock,
    log,
  });
  backFill?.remember(recentEntries(stores));

  let brokerTrouble: string | undefined;
  const { url: broker, clientId } = parts.broker;
  /** At another address or by another name it is another one. */
  const session = `${broker} ${clientId}`;
  let sessionLost = parts.before?.sessionLost ?? false;
  const connection: Connection = parts.broker.connect({
    onDelivery: intake.take,
    onAlive: hearing.alive,
    onConnected({ present, grantedQos, protocol }) {
      connectedSince = clock.now();
      brokerTrouble = undefined;
      log.info({ broker, session: present, protocol }, "broker connected");
      sessionLost ||= !present;
      // Once it can, the connection is made anew.
      if (!isWritten()) return;
      hearing.begins();
      if (sessionLost) backFill?.lineLost();
      firstHop.connected(session, !sessionLost, grantedQos);
      sessionLost = false;
      if (firstHop.changed) intake.nudge();
    },
    onDisconnected() {
      if (connectedSince !== undefined) log.warn({ broker }, "broker connection lost");
      connectedSince = undefined;
      hearing.ends();
    },
    onError(error) {
      // Once per kind of trouble: the attempts go on for as long as the broker is away.
      if (error.message === brokerTrouble) return;
      brokerTrouble = error.message;
      log.warn({ broker, err: error }, "broker not reached; trying again");
    },
  });
  if (!isWritten()) connection.deafen();
  // Much that was parked is committed at once, and a commit acknowledges.
  if (!parts.readsOnly) intake.resume();

  const changeBy = <T>(by: Disk["write"], work: (append: Append) => T): T => {
    try {
      const result = by(work);
      relay.afterCommit();
      return result;
    } catch (error) {
      registry.forget();
      relay.afterRollback?.();
      throw error;
    }
  };
  const change: Flows["change"] = (work) => changeBy(disk.write, work);
  const command: Flows["command"] = (work) => changeBy(disk.writeOrHold, work);

  const region = parts.reachRegion?.({
    journal,
    health: parts.health,
    claimant: createClaimant({ state, write: disk.write, ...parts.drawn }),
    cursor: ledger.cursor,
    onRewound: (from, to) =>
      change((append) => {
        state.add("rewinds", 1);
        state.set(CONFIRMED, `${confirmedOf(state, { seq: from })}`);
        state.save();
        append({ kind: "alarm", alarm: "region-forgot", raised: true, at: clock.now(), detail: { from, to } });
      }),
    onForgotten: (from, to) => void journal.declareForgotten(from, to),
    deliver: ({ cursor, command: order }) =>
      command((append) => {
        relay.order(order, append);
        ledger.moveCursor(cursor);
      }),
  });

  const destinations = parts.reachOthers?.({ journal, state, write: disk.write, health: parts.health });
  const tellClock = createClockEntry({ journal, clock, change });
  const keepHouse = (): void => {
    try {
      if (journal.broken) parts.onDamaged();
      disk.tick();
      hearing.tick();
      // The ends of commands are judged below: what came while the disk rested is heard first, it may hold their proof.
      intake.afterRest();
      if (isWritten() && clock.mono() >= disk.restsUntil) {
        space.tick();
        destinations?.keepUp();
        tellClock();
        parts.keepUp();
        // While nothing can be written no word of ChirpStack is heard either: a command's end then waits with its proof.
        change((append) => {
          relay.tick(append);
          regionChanges.tick(append);
        });
      } else relay.afterCommit();
      // A box that cannot write hears nothing for days, and still asks, lest a lamp waits for ever for the command before.
      relay.afterTick(
        isWritten() && (clock.mono() < disk.restsUntil || hearing.heardUntil() === Number.NEGATIVE_INFINITY),
      );
    } catch (error) {
      if (isDamage(error)) parts.onDamaged();
      // The disk's trouble is logged where it is met, once.
      if (troubleOf(error) === undefined)
        log.error({ err: error }, "the housekeeping could not be written; tried again in a second");
    }
  };

  let toldDisk = "";
  const tellDisk = (): void => {
    const now = `${disk.state} ${space.shedding}`;
    if (now !== toldDisk && toldDisk !== "") region?.tell();
    toldDisk = now;
  };

  return {
    disk,
    space,
    ledger,
    relay,
    region,
    destinations,
    broker: () => ({ connected: connection.connected, since: connectedSince }),
    change,
    command,
    tick() {
      const offset = region?.clockOffsetMs();
      if (offset !== undefined) clock.hear(clock.now() + offset, 0, "hypervisor");
      keepHouse();
      tellDisk();
    },
    left() {
      const unwritten = disk.unwritten();
      return unwritten && { disk: unwritten, ledger: ledger.held, sessionLost };
    },
    async stop() {
      backFill?.stop();
      connection.pause();
      intake.flush();
      intake.stop();
      await Promise.all([connection.stop(), region?.stop(), destinations?.stop()]);
    },
  };
};
