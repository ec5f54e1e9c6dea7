/** The box's process: its parts, built once and wired together. */
import { join } from "node:path";
import { openJournal } from "../cloud-sync/journal/journal.ts";
import type { Entry } from "../cloud-sync/protocol/entry.ts";
import { findCodec } from "../codecs/index.ts";
import { openKeyStore } from "../device-registry/keys/index.ts";
import { findModel as modelOfTheHouse } from "../device-registry/models.ts";
import { openNetworkStore } from "../device-registry/network/store.ts";
import { openRegistry } from "../device-registry/store.ts";
import { createBackFill } from "./back-fill.ts";
import { keepSchema } from "./box-salvage.ts";
import { openBoxState } from "./box-state.ts";
import { isDamage, openBoxStore } from "./box-store.ts";
import { type Connection, connectBroker } from "./chirpstack/connection.ts";
import { encodeDownlink } from "./chirpstack/downlink.ts";
import { createDownlinkQueue } from "./chirpstack/downlink-queue.ts";
import { createEventHistory } from "./chirpstack/event-history.ts";
import { commandTopic, EVENT_TOPIC } from "./chirpstack/events.ts";
import { createLoraGateways } from "./chirpstack/lora-gateways.ts";
import { createMulticast } from "./chirpstack/multicast.ts";
import { createProtobufReader } from "./chirpstack/protobuf-events.ts";
import { bootId, createBoxClock, systemClock } from "./clock.ts";
import { openCodecStore } from "./codec-store.ts";
import { createCommandDesk } from "./command-desk.ts";
import { CONTROL_SOCKET, type GatewayConfig } from "./config.ts";
import { createAnswer } from "./control/routes.ts";
import { startControl } from "./control/server.ts";
import { createTail } from "./control/tail.ts";
import { createDeviceHealth } from "./device-health.ts";
import { createDisk, troubleOf } from "./disk.ts";
import { openDuplicates } from "./duplicates.ts";
import { createFirstHop } from "./first-hop.ts";
import { createForeignCodecs } from "./foreign-codecs.ts";
import { createGroupRoll } from "./group-roll.ts";
import { createHealth, REGION } from "./health.ts";
import { createIntake } from "./intake.ts";
import { createLastSeen } from "./last-seen.ts";
import { openLedger } from "./ledger.ts";
import { createLedgerStandby } from "./ledger-standby.ts";
import { createMassDesk } from "./mass-desk.ts";
import { createNetworkDesk } from "./network-desk.ts";
import { startNetworkKeeper } from "./network-keeper.ts";
import { openParked } from "./parked.ts";
import { connectRegion, type Region } from "./region.ts";
import { createRegionChanges } from "./region-changes.ts";
import { createRegistryDesk } from "./registry-desk.ts";
import { createRelay } from "./relay.ts";
import { createSpace, SPACE_DEFAULTS } from "./space.ts";
import type { Append, Clock, Log, PublishDown } from "./words.ts";

export interface GatewayParts {
  readonly log: Log;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

export interface Gateway {
  readonly controlSocket: string;
  /** Takes nothing more in, commits and acknowledges what was taken, closes. */
  stop(): Promise<void>;
}

/** Unless the configuration says otherwise. */
const CONFIRM_FROM = 20;
const TICK_MS = 1_000;
/** A disk that dies is not to be worn out by building its file anew again and again. */
const REBUILD_MS = 600_000;
/** Read at start, to know when each device was heard last. */
const RECENT = { entries: 2_000, bytes: 4_000_000 };
const READ_AT_ONCE = { entries: 500, bytes: 1_000_000 };

/** Starts the box. Broker and hypervisor may be absent: it goes on trying. Throws `BoxInUse` and the stores' coded errors. */
export const startGateway = async (config: GatewayConfig, parts: GatewayParts): Promise<Gateway> => {
  const { log } = parts;
  const clock = createBoxClock(parts.clock ?? systemClock);
  let builtAt = Number.NEGATIVE_INFINITY;
  let running: Promise<Gateway>;
  let stopped = false;
  const begin = async (): Promise<Gateway> => {
    const { store, stores } = openBox(config.dataFolder, clock, log);
    try {
      return await run(config, log, clock, store, stores, onDamaged);
    } catch (error) {
      store.close();
      throw error;
    }
  };
  /** The file is built anew between two lives of the box, in this process; the broker keeps what comes meanwhile. */
  const onDamaged = (mark: () => void): void => {
    if (stopped || clock.mono() - builtAt < REBUILD_MS) return;
    builtAt = clock.mono();
    mark();
    const before = running;
    running = before.then((gateway) => gateway.stop()).then(begin);
    running.catch((error: unknown) => log.error({ err: error }, "the box could not be started again"));
  };
  running = begin();
  const { controlSocket } = await running;
  return {
    controlSocket,
    async stop() {
      stopped = true;
      await (await running).stop();
    },
  };
};

/** Opens the box's file; one that is damaged is built anew from what is readable, and what is lost is declared. */
const openBox = (folder: string, clock: BoxClock, log: Log): { readonly store: Store; readonly stores: Stores } => {
  let store = openBoxStore(folder);
  let stores: Stores;
  try {
    stores = openStores(store, clock, folder);
  } catch (error) {
    if (isDamage(error)) {
      log.error({ err: error }, "the box's file is damaged");
      store.markDamaged();
    }
    store.close();
    if (!isDamage(error)) throw error;
    store = openBoxStore(folder);
    stores = openStores(store, clock, folder);
  }
  if (store.salvaged !== undefined) {
    const lost = stores.journal.declareMissing();
    log.warn({ ...store.salvaged, lost }, "the box's file was built anew from what is readable");
  }
  keepSchema(store.db, store.file);
  return { store, stores };
};

type Store = ReturnType<typeof openBoxStore>;
type BoxClock = ReturnType<typeof createBoxClock>;

const openStores = (store: Store, clock: BoxClock, folder: string) => {
  const boot = bootId();
  const journal = openJournal(store.db, {
    clock: { now: () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() }) },
    ...(boot === undefined ? {} : { bootId: boot }),
  });
  const state = openBoxState(store.db);
  return {
    journal,
    state,
    registry: openRegistry(store.db),
    keys: openKeyStore(store.db, { folder }),
    networkStore: openNetworkStore(store.db),
    ledger: openLedger(store.db),
    duplicates: openDuplicates(store.db),
    codecs: openCodecStore(store.db),
    parked: openParked(store.db),
    firstHop: createFirstHop(state),
  };
};

/** Whether the newest entries of this boot were written without knowing the time, and none told it since. */
const hasUnknownOf = (journal: Stores["journal"]): boolean => {
  const { entries } = journal.read(journal.knownAt(Math.max(0, journal.lastSeq - RECENT.entries)), RECENT);
  const own = entries.filter(({ stamp }) => stamp.boot === journal.boot);
  return own.some(({ stamp }) => stamp.clock === "unknown") && !own.some(({ body }) => body.kind === "clock");
};

type Stores = ReturnType<typeof openStores>;

const run = async (
  config: GatewayConfig,
  log: Log,
  clock: BoxClock,
  store: Store,
  stores: Stores,
  onDamaged: (mark: () => void) => void,
): Promise<Gateway> => {
  const { journal, registry, duplicates, state, codecs, parked, firstHop } = stores;
  const ledger = createLedgerStandby(stores.ledger);
  const startedAt = clock.now();
  const tail = createTail();
  const lastSeen = createLastSeen();
  const recent = journal.read(journal.knownAt(Math.max(0, journal.lastSeq - RECENT.entries)), RECENT).entries;
  lastSeen.take(recent);
  const space = createSpace({
    ...SPACE_DEFAULTS,
    ...config.space,
    folder: config.dataFolder,
    journal,
    state,
    write: (work) => disk.write(work),
    mono: clock.mono,
    acknowledged: () => (config.hypervisor === undefined ? undefined : journal.cursor(REGION).seq),
    checkpoint: () => void store.db.pragma("wal_checkpoint(TRUNCATE)"),
  });
  const disk = createDisk({
    journal,
    ledger,
    clock,
    log,
    relieve: space.relieve,
    onUnwritable: () => connection.deafen(),
    onWritable: () => connection.listen(),
    onDamaged: (error) => {
      log.error({ err: error }, "the box's file is damaged; it is built anew");
      onDamaged(store.markDamaged);
    },
  });
  const unfollow = journal.onTail((entries) => {
    lastSeen.take(entries);
    if (tail.followed) tail.push(entries);
  });

  const write = <T>(work: (append: Append) => T): T => disk.write(work);
  const publishDown: PublishDown = (applicationId, devEui, downlink) =>
    connection.publish(commandTopic(applicationId, devEui), encodeDownlink(devEui, downlink, intake.encoding));
  const foreign = createForeignCodecs({ store: codecs });
  const findModel = (id: string) => modelOfTheHouse(id) ?? foreign.model(id);
  const deviceHealth = createDeviceHealth({ db: store.db, journal, registry, findModel, clock });
  const unfollowHealth = journal.onTail(deviceHealth.take);
  let connectedSince: number | undefined;
  const queue = config.chirpstack && createDownlinkQueue(config.chirpstack);
  const multicast = config.chirpstack && createMulticast(config.chirpstack);
  const gatewaysOnline = (): readonly string[] =>
    (loraGateways?.status().gateways ?? []).filter(({ state }) => state === "online").map(({ id }) => id);
  const roll = createGroupRoll({
    store: stores.networkStore,
    keys: stores.keys,
    registry,
    findModel,
    now: () => clock.now(),
  });
  const wishes = config.commands ?? { confirmFrom: CONFIRM_FROM, communeConsent: false };
  const needsConsent = (size: number): boolean => wishes.communeConsent && size >= wishes.confirmFrom;
  const regionChanges = createRegionChanges({ ledger, registry, findModel, clock });
  const relay = createRelay({
    takeChange: regionChanges.take,
    ledger,
    registry,
    findModel,
    findCodec,
    clock,
    write: disk.writeOrHold,
    publishDown,
    linkedSince: () => connectedSince,
    ...(queue === undefined ? {} : { queue }),
    ...(multicast === undefined ? {} : { groups: { multicast, groups: roll.groups, gatewaysOnline } }),
    roll,
    needsConsent: ({ mass }) => needsConsent(mass?.size ?? 1),
    log,
  });
  const history = config.chirpstack && createEventHistory(config.chirpstack);
  const backFill =
    history &&
    createBackFill({
      history,
      devices: registry.devices,
      take: (delivery) => intake.take(delivery),
      flush: () => intake.flush(),
      state,
      write,
      now: clock.now,
      log,
    });
  const intake = createIntake({
    ...(backFill === undefined ? {} : { heard: backFill.heard }),
    registry,
    findModel,
    findCodec,
    write,
    duplicates,
    state,
    firstHop,
    relay,
    foreign,
    parked,
    readProtobuf: createProtobufReader(),
    connection: () => connection,
    commitDelayMs: config.commitDelayMs,
    clock,
    log,
  });

  backFill?.remember(recent);
  intake.resume();

  let brokerTrouble: string | undefined;
  const session = `${config.broker.url} ${config.broker.clientId}`;
  const connection: Connection = connectBroker({
    broker: config.broker,
    topic: EVENT_TOPIC,
    now: () => clock.now(),
    onDelivery: intake.take,
    onConnected({ present, grantedQos, protocol }) {
      connectedSince = clock.now();
      brokerTrouble = undefined;
      log.info({ broker: config.broker.url, session: present, protocol }, "broker connected");
      if (!present) backFill?.lineLost();
      firstHop.connected(session, present, grantedQos);
      if (firstHop.changed) intake.nudge();
    },
    onDisconnected() {
      if (connectedSince !== undefined) log.warn({ broker: config.broker.url }, "broker connection lost");
      connectedSince = undefined;
    },
    onError(error) {
      // Once per kind of trouble: the attempts go on for as long as the broker is away.
      if (error.message === brokerTrouble) return;
      brokerTrouble = error.message;
      log.warn({ broker: config.broker.url, err: error }, "broker not reached; trying again");
    },
  });

  const desk = createCommandDesk(relay, ledger, clock);
  const mass = createMassDesk({
    relay,
    ledger,
    groups: roll.groups,
    gatewaysOnline,
    now: () => clock.now(),
    confirmFrom: wishes.confirmFrom,
    needsConsent,
  });
  const health = createHealth({
    silence: deviceHealth.counts,
    config,
    startedAt,
    clock,
    journal,
    registry,
    state,
    firstHop,
    space,
    disk,
    openCommands: desk.open,
    broker: () => ({ connected: connection.connected, since: connectedSince }),
    region: () => region?.status(),
    loraGateways: () => loraGateways?.status(),
  });

  /** A change asked for on the box; what follows from it goes out after its commit. */
  const change = <T>(work: (append: Append) => T): T => changeBy(disk.write, work);
  /** A command: the lamps are steered whatever the disk does. */
  const command = <T>(work: (append: Append) => T): T => changeBy(disk.writeOrHold, work);
  const changeBy = <T>(by: typeof disk.write, work: (append: Append) => T): T => {
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
  const region: Region | undefined =
    config.hypervisor &&
    connectRegion({
      box: config.box,
      address: config.hypervisor,
      journal,
      health: health.health,
      cursor: ledger.cursor,
      onRewound: (from, to) =>
        change((append) => {
          state.add("rewinds", 1);
          state.save();
          append({ kind: "alarm", alarm: "region-forgot", raised: true, at: clock.now(), detail: { from, to } });
        }),
      deliver: ({ cursor, command: order }) =>
        command((append) => {
          relay.order(order, append);
          ledger.moveCursor(cursor);
        }),
      clock,
      log,
    });
  const loraGateways =
    config.chirpstack && createLoraGateways({ ...config.chirpstack, state, write: change, clock, log });
  loraGateways?.start();
  const network =
    config.chirpstack &&
    createNetworkDesk({
      ...config.chirpstack,
      registry,
      keys: stores.keys,
      store: stores.networkStore,
      findModel,
      lastSeenAt: lastSeen.at,
      write: change,
      clock,
      log,
    });
  const keeper = network && startNetworkKeeper(network, log);
  // Entries of this boot may have been written before the time was known: this tells readers, here and upstream, how to put them right.
  let toldClock = false;
  const tellClock = (): void => {
    if (toldClock || clock.quality() !== "confirmed") return;
    toldClock = true;
    if (!hasUnknownOf(journal)) return;
    const lead = Math.round(clock.now() - clock.mono());
    const source = clock.confirmedBy() ?? "ntp";
    change((append) => append({ kind: "clock", at: Math.round(clock.now()), boot: journal.boot, lead, source }));
  };
  const keepHouse = (): void => {
    try {
      if (journal.broken) onDamaged(store.markDamaged);
      disk.tick();
      if (disk.state === "ok" || disk.state === "slow") {
        space.tick();
        tellClock();
        deviceHealth.tick();
        // While nothing can be written no word of ChirpStack is heard either: a command's end then waits with its proof.
        change((append) => {
          relay.tick(append);
          regionChanges.tick(append);
        });
      } else relay.afterCommit();
      relay.afterTick();
    } catch (error) {
      if (isDamage(error)) onDamaged(store.markDamaged);
      // The disk's trouble is logged where it is met, once.
      if (troubleOf(error) === undefined)
        log.error({ err: error }, "the housekeeping could not be written; tried again in a second");
    }
  };
  const tick = setInterval(() => {
    const offset = region?.clockOffsetMs();
    if (offset !== undefined) clock.hear(clock.now() + offset, 0);
    keepHouse();
  }, TICK_MS);

  function* entries(): Generator<Entry> {
    for (let after = 0; ; ) {
      const run = journal.read(after, READ_AT_ONCE);
      yield* run.entries;
      if (run.lastSeq === after) return;
      after = run.lastSeq;
    }
  }
  const registryDesk = createRegistryDesk({
    registry,
    keys: stores.keys,
    findModel,
    lastSeenAt: lastSeen.at,
    healthOf: deviceHealth.of,
    write: change,
    clock,
  });
  const answer = createAnswer({
    box: config.box,
    status: health.status,
    registryDesk,
    foreign,
    desk,
    mass,
    network,
    keys: stores.keys,
    networkStore: stores.networkStore,
    roll,
    tail,
    entries,
    epoch: () => journal.epoch,
    write: change,
    command,
    clock,
    carry: { box: config.box, journal, health: health.health, now: clock.now },
  });
  const controlSocket = join(config.dataFolder, CONTROL_SOCKET);
  /** Takes nothing more in, commits what was taken, acknowledges it, and lets go of broker and region. */
  const drain = async (): Promise<void> => {
    clearInterval(tick);
    loraGateways?.stop();
    keeper?.stop();
    queue?.close();
    backFill?.stop();
    history?.close();
    multicast?.close();
    connection.pause();
    intake.flush();
    intake.stop();
    await Promise.all([connection.stop(), region?.stop(), foreign.stop()]);
    tail.close();
    unfollow();
    unfollowHealth();
    try {
      deviceHealth.save();
    } catch (error) {
      // The journal has it; the next start makes it good from there.
      if (troubleOf(error) === undefined) log.error({ err: error }, "the devices' health could not be saved");
    }
  };
  const control = await startControl(controlSocket, answer, log).catch(async (error: unknown) => {
    await drain();
    throw error;
  });
  log.info({ box: config.box, epoch: journal.epoch, lastSeq: journal.lastSeq, controlSocket }, "box started");

  return {
    controlSocket,
    async stop() {
      await drain();
      await control.stop();
      store.close();
      log.info({ box: config.box }, "box stopped");
    },
  };
};
