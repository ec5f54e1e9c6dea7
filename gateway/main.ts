/** The box's process: its parts, built once and wired together. */
import type { Entry } from "../cloud-sync/protocol/entry.ts";
import { systemTimers } from "../cloud-sync/timers.ts";
import { findCodec } from "../codecs/index.ts";
import { protectionOf } from "../device-registry/data-protection.ts";
import { findModel as modelOfTheHouse } from "../device-registry/models.ts";
import { isDamage } from "./box-store.ts";
import { createCertificateAlarm } from "./certificate-alarm.ts";
import { type Connection, type ConnectionEvents, connectBroker } from "./chirpstack/connection.ts";
import { createDownlinkQueue } from "./chirpstack/downlink-queue.ts";
import { createEventHistories } from "./chirpstack/event-histories.ts";
import { EVENT_TOPIC } from "./chirpstack/events.ts";
import { createLoraGateways } from "./chirpstack/lora-gateways.ts";
import { createMulticast } from "./chirpstack/multicast.ts";
import { createQueueClock } from "./chirpstack/queue-clock.ts";
import { type BoxClock, createBoxClock, systemClock } from "./clock.ts";
import { createCommandDesk } from "./command-desk.ts";
import { groupOf } from "./command-plan.ts";
import { createCompleteness } from "./completeness.ts";
import type { GatewayConfig } from "./config.ts";
import { createAnswer } from "./control/routes.ts";
import { startControl } from "./control/server.ts";
import { createTail } from "./control/tail.ts";
import { openCorrections } from "./corrections.ts";
import { createDestinations } from "./destinations.ts";
import { createDeviceHealth } from "./device-health.ts";
import { troubleOf } from "./disk.ts";
import { createFlows } from "./flows.ts";
import { createForeignCodecs } from "./foreign-codecs.ts";
import { createGroupAgain } from "./group-again.ts";
import { createGroupKeeper } from "./group-keeper.ts";
import { createGroupRoll } from "./group-roll.ts";
import { createHealth } from "./health.ts";
import { createHealthTelling } from "./health-telling.ts";
import { createHeapRoom, createHeapThrift } from "./heap-thrift.ts";
import { readIdentity } from "./identity.ts";
import { createLastSeen } from "./last-seen.ts";
import { createListening } from "./listening.ts";
import { type Life, type Lives, type Opened, startLives } from "./lives.ts";
import { createMassDesk } from "./mass-desk.ts";
import { createNetworkDesk } from "./network-desk.ts";
import { createNetworkKeeper } from "./network-keeper.ts";
import { createOutgoing } from "./outgoing.ts";
import { createRedecode } from "./redecode.ts";
import { connectRegion } from "./region.ts";
import { type LineAddress, openRegionLine } from "./region-line.ts";
import { createRegistryDesk } from "./registry-desk.ts";
import { keepBeside, recentEntries } from "./stores.ts";
import type { Clock, Log } from "./words.ts";

export interface GatewayParts {
  readonly log: Log;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

export type Gateway = Lives;

/** Unless the configuration says otherwise. */
const CONFIRM_FROM = 20;
const TICK_MS = 1_000;
/** How old what is kept beside the file may be: its tables, and the journal's dictionary. */
const KEEP_SCHEMA_MS = 3_600_000;
const READ_AT_ONCE = { entries: 500, bytes: 1_000_000 };

/**
 * Starts the box. Broker and hypervisor may be absent, and its disk may refuse to be written: it goes on trying. Throws `BoxInUse`
 * and the stores' coded errors.
 */
export const startGateway = (config: GatewayConfig, parts: GatewayParts): Promise<Gateway> => {
  const { log } = parts;
  const clock = createBoxClock(parts.clock ?? systemClock);
  return startLives({
    dataFolder: config.dataFolder,
    clock,
    log,
    connect: connectTo(config, clock),
    run: (opened) => run(config, log, clock, opened),
  });
};

const connectTo =
  ({ broker }: GatewayConfig, clock: Clock) =>
  (events: ConnectionEvents): Connection =>
    connectBroker({ ...events, broker, topic: EVENT_TOPIC, now: () => clock.now() });

const run = async (config: GatewayConfig, log: Log, clock: BoxClock, opened: Opened): Promise<Life> => {
  const { store, stores, onDamaged, readsOnly } = opened;
  const { journal, registry, state } = stores;
  const { chirpstack, hypervisor } = config;
  const startedAt = clock.now();
  // Read once more below: before anything that would have to be ended, for the disk may fail to give it.
  if (hypervisor !== undefined) readIdentity(hypervisor.identityFile);
  const tail = createTail();
  const lastSeen = createLastSeen();
  lastSeen.take(recentEntries(stores));
  const foreign = createForeignCodecs({ store: stores.codecs });
  const findModel = (id: string) => modelOfTheHouse(id) ?? foreign.model(id);
  const listening = createListening({ connected: () => flows.broker().connected, clock });
  const deviceHealth = createDeviceHealth({
    db: store.db,
    journal,
    registry,
    findModel,
    clock,
    listenedMs: listening.ms,
  });
  const thrift = createHeapThrift();
  thrift(Number.POSITIVE_INFINITY);
  void deviceHealth.caughtUp
    .catch((error: unknown) => {
      log.error({ err: error }, "the journal could not be read for the devices' health");
      if (isDamage(error)) onDamaged(store.markDamaged);
    })
    .finally(() => thrift(0));
  const unfollow = [
    journal.onTail((entries) => {
      lastSeen.take(entries);
      if (tail.followed) tail.push(entries);
    }),
    journal.onTail(deviceHealth.take),
  ];
  const roll = createGroupRoll({
    store: stores.networkStore,
    keys: stores.keys,
    registry,
    findModel,
    now: () => clock.now(),
  });
  const queue = chirpstack && createDownlinkQueue({ ...chirpstack, unknown: () => keeper?.soon() });
  const queueClock = createQueueClock(chirpstack?.api ?? config.broker.url, clock);
  const multicast = chirpstack && createMulticast({ ...chirpstack, queueClock });
  // Nothing of it could be kept.
  const history = readsOnly ? undefined : createEventHistories({ api: chirpstack, redis: config.redis });
  const gatewaysOnline = (): readonly string[] =>
    (loraGateways?.status().gateways ?? []).filter(({ state }) => state === "online").map(({ id }) => id);
  const wishes = config.commands ?? { confirmFrom: CONFIRM_FROM, communeConsent: false };
  const needsConsent = (size: number): boolean => wishes.communeConsent && size >= wishes.confirmFrom;

  const timers = { ...systemTimers, wall: clock.now, mono: clock.mono };
  const openLine = (address: LineAddress) => openRegionLine({ box: config.box, address, clock, journal, log, timers });
  const line = hypervisor && openLine(hypervisor);
  const certificateAlarm = createCertificateAlarm({ state, write: (work) => flows.change(work) });

  const groupAgain = createGroupAgain({
    store: stores.networkStore,
    registry,
    findModel,
    isBeingTold: (group, devEui) => ledger.openOf(devEui).some(({ record }) => groupOf(record.command) === group),
    now: () => clock.now(),
  });
  const keepGroups = createGroupKeeper({
    roll,
    write: (work) => flows.change(work),
    place: (command, append) => void relay.place(command, append),
    network: () => network,
    again: groupAgain,
    state,
    clock,
    log,
  });
  let schemaKeptAt = clock.mono();
  const keepRoom = createHeapRoom();
  const flows = createFlows({
    stores,
    clock,
    queueClock,
    log,
    findModel,
    foreign,
    commitDelayMs: config.commitDelayMs,
    space: {
      ...config.space,
      folder: config.dataFolder,
      checkpoint: () => void store.db.pragma("wal_checkpoint(RESTART)"),
    },
    broker: {
      ...config.broker,
      connect: connectTo(config, clock),
    },
    reachRegion: line && ((ends) => connectRegion({ ...ends, box: config.box, transport: line, clock, log })),
    ...(config.destinations === undefined
      ? {}
      : {
          reachOthers: (ends) =>
            createDestinations({
              ...ends,
              addresses: config.destinations ?? [],
              box: config.box,
              open: openLine,
              clock,
              log,
            }),
        }),
    health: () => health.health(),
    commands: {
      ...(queue === undefined ? {} : { queue }),
      ...(multicast === undefined ? {} : { groups: { multicast, groups: roll.groups, gatewaysOnline } }),
      roll,
      needsConsent: ({ mass }) => needsConsent(mass?.size ?? 1),
    },
    history,
    keepUp() {
      deviceHealth.tick();
      listening.tick();
      telling.tick();
      keepRoom(clock.mono(), state.count("readings"));
      keepGroups();
      if (clock.mono() - schemaKeptAt >= KEEP_SCHEMA_MS) {
        schemaKeptAt = clock.mono();
        keepBeside(store, journal);
      }
      certificateAlarm(line?.certificate(), clock.now());
    },
    onDamaged: () => onDamaged(store.markDamaged),
    readsOnly,
    ...(opened.before === undefined ? {} : { before: opened.before }),
  });
  const { relay, ledger, change } = flows;
  const telling = createHealthTelling({ keeper: deviceHealth, write: change, clock });
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
    config,
    startedAt,
    clock,
    journal,
    registry,
    state,
    firstHop: stores.firstHop,
    space: flows.space,
    disk: flows.disk,
    broker: flows.broker,
    silence: deviceHealth.counts,
    openCommands: desk.open,
    region: () => flows.region && line && { ...flows.region.status(), certificate: line.certificate() },
    loraGateways: () => loraGateways?.status(),
    networkLost: () => keeper?.lost(),
    withoutKeys: () => [...groupAgain.givenUp().values()].reduce((sum, n) => sum + n, 0),
  });
  const loraGateways =
    chirpstack &&
    createLoraGateways({
      ...chirpstack,
      state,
      write: change,
      clock,
      brokerSince: () => flows.broker().since,
      log,
      missed: () => keeper?.soon(),
    });
  loraGateways?.start();
  const network =
    chirpstack &&
    createNetworkDesk({
      ...chirpstack,
      registry,
      keys: stores.keys,
      store: stores.networkStore,
      findModel,
      lastSeenAt: lastSeen.at,
      write: change,
      clock,
      log,
      applied: () => keeper?.applied(),
    });
  const keeper = network && createNetworkKeeper({ desk: network, state, write: change, clock, log });
  keeper?.start();
  const tick = setInterval(flows.tick, TICK_MS);

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
  const corrections = openCorrections(store.db, journal);
  const completeness = createCompleteness({ box: config.box, journal, registry, findModel, now: clock.now });
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
    command: flows.command,
    clock,
    completeness,
    outgoing: createOutgoing({
      box: config.box,
      journal,
      registry,
      protectionOf: (model) => protectionOf(findModel(model)),
      region: () =>
        hypervisor === undefined || flows.region === undefined
          ? undefined
          : { url: hypervisor.url, status: flows.region.status() },
      destinations: () => flows.destinations?.status() ?? [],
      firstFrom: completeness.firstFrom,
      now: clock.now,
    }),
    findModel,
    corrections,
    redecode: createRedecode({
      corrections,
      journal,
      registry,
      findModel,
      findCodec,
      foreign,
      write: change,
      now: clock.now,
    }),
    carry: { box: config.box, journal, health: health.health, now: clock.now },
  });
  const drain = async (): Promise<void> => {
    clearInterval(tick);
    loraGateways?.stop();
    keeper?.stop();
    await Promise.all([flows.stop(), foreign.stop()]);
    queue?.close();
    history?.close();
    multicast?.close();
    tail.close();
    for (const each of unfollow) each();
    deviceHealth.stop();
    try {
      deviceHealth.save();
    } catch (error) {
      // The journal has it; the next start makes it good from there.
      if (troubleOf(error) === undefined) log.error({ err: error }, "the devices' health could not be saved");
    }
  };
  const control = await startControl(config.dataFolder, answer, log).catch(async (error: unknown) => {
    await drain();
    throw error;
  });
  const controlSocket = control.socket;
  log.info({ box: config.box, epoch: journal.epoch, lastSeq: journal.lastSeq, controlSocket }, "box started");

  return {
    controlSocket,
    left: flows.left,
    async stop() {
      await drain();
      await control.stop();
      store.close();
      log.info({ box: config.box }, "box stopped");
    },
  };
};
