/**
 * From the broker into the journal (D3, D4). A message is read as it comes; what follows from all messages of a group is written
 * in one transaction, and only then are they acknowledged. When the commit fails nothing is acknowledged and the broker delivers
 * again.
 */
import SQLite from "better-sqlite3";
import type { Reading } from "../cloud-sync/protocol/entry.ts";
import type { Device } from "../device-registry/words.ts";
import type { BoxState } from "./box-state.ts";
import { createTopicReader, encodingOf, type ReadProtobuf, readEvent } from "./chirpstack/events.ts";
import type { Duplicates, Verdict } from "./duplicates.ts";
import type { FirstHop } from "./first-hop.ts";
import type { ForeignCodecs } from "./foreign-codecs.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { Parked } from "./parked.ts";
import { deviceEventOf, hasPayload, modelOf, type ReadingParts, readingOf } from "./readings.ts";
import { defective, strangeTopic } from "./undecodable.ts";
import { veiled } from "./veil.ts";
import { createWaitingRoom, type Taken } from "./waiting-room.ts";
import type { Append, ChirpStackEvent, Clock, Delivery, Encoding, Log, Relay, UpEvent } from "./words.ts";

export interface IntakeParts extends ReadingParts {
  readonly registry: ReadingParts["registry"] & {
    putDevice(device: Device, at: number, append: Append): unknown;
    forget(): void;
  };
  /** One durable transaction; undone whole when `work` throws. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly duplicates: Duplicates;
  readonly state: BoxState;
  readonly firstHop: FirstHop;
  readonly relay: Relay;
  /** Codecs that answer from another thread. */
  readonly foreign: Pick<ForeignCodecs, "find" | "read">;
  readonly parked: Parked;
  readonly readProtobuf: ReadProtobuf;
  readonly connection: () => { acknowledge(): void; refuse(): void };
  /** Each new uplink of the broker's: a counter that skips numbers shows a gap. */
  readonly heard?: (event: UpEvent) => void;
  readonly commitDelayMs: number;
  /** As the clock's `mono`: the disk rests, and nothing is committed before. */
  readonly restsUntil?: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Intake {
  take(delivery: Delivery): void;
  /** Goes on with what was parked when the box ended. */
  resume(): void;
  /** Something beside a message wants the journal soon (the first hop's alarm). */
  nudge(): void;
  /** Writes what was taken; false when the disk did not take all of it. */
  flush(): boolean;
  /** Writes what the disk's rest held back, once that is over. */
  afterRest(): void;
  stop(): void;
  /** Messages that wait for a codec. */
  readonly waiting: number;
  /** How ChirpStack wrote last. */
  readonly encoding: Encoding;
}

/** What the broker was told is safe and could not be written is tried again after this. */
const RETRY_MS = 5_000;

/** Copies of the memory are dropped every so many new ones. */
const PRUNE_EVERY = 2_000;

/** Readings that people wait for, beside those of lamps: true means harm or somebody at the device. */
const ALARMING = /^(?:leak|container\.fire|container\.tilted|device\.tamper|.*\.(?:alarm|failure))(?:@|$)/;

const isAlarming = (reading: Reading): boolean =>
  reading.measurements.some(({ name, value }) => value === true && ALARMING.test(name));

export const createIntake = (parts: IntakeParts): Intake => {
  const { duplicates, state, firstHop, relay, registry, foreign, parked, clock, log } = parts;
  const readTopic = createTopicReader();
  let taken: Taken[] = [];
  let encoding: Encoding = "json";
  let sincePrune = 0;
  const group = createGroupCommit({
    delayMs: parts.commitDelayMs,
    mono: clock.mono,
    commit,
    ...(parts.restsUntil === undefined ? {} : { notBefore: parts.restsUntil }),
  });
  let retry: NodeJS.Timeout | undefined;
  const admit = (one: Taken): void => {
    taken.push(one);
    group.added(isUrgent(one));
  };
  const room = createWaitingRoom({ parked, release: admit, nudge: () => group.added(false) });

  const isLamp = (event: ChirpStackEvent): boolean => {
    const model = modelOf(event, registry);
    return model !== undefined && parts.findModel(model)?.use === "lighting";
  };
  const isUrgent = ({ event, reading }: Taken): boolean =>
    reading === undefined
      ? event.kind !== "status" && event.kind !== "location"
      : isLamp(event) || isAlarming(reading) || relay.isBusy(event.devEui);

  const read = (delivery: Delivery): ChirpStackEvent => {
    const topic = readTopic(delivery.topic);
    if (topic === undefined) return strangeTopic(delivery);
    const event = readEvent(delivery, topic, parts.readProtobuf);
    const tells = event.kind !== "undecodable" && event.kind !== "unknown" && !delivery.recovered;
    if (tells) encoding = encodingOf(delivery.payload);
    return event;
  };

  const readByForeign = async (event: UpEvent, model: string): Promise<Reading> => {
    const answer = await foreign.read(model, event);
    return readingOf(veiled(event, parts), parts, answer);
  };

  const take = (delivery: Delivery, row?: number): void => {
    const event = read(delivery);
    const one = row === undefined ? { delivery, event } : { delivery, event, row };
    const model = event.kind === "up" && hasPayload(event) ? modelOf(event, registry) : undefined;
    if (event.kind === "up" && model !== undefined && foreign.find(model) !== undefined) {
      room.enter(one, readByForeign(event, model));
      return;
    }
    const reading = event.kind === "up" ? readingOf(veiled(event, parts), parts) : undefined;
    if (room.holds(event.devEui)) room.enter(one, reading);
    else admit({ ...one, reading });
  };

  /** ChirpStack tells a device's application with every event; a downlink's topic needs it. */
  const learnApplication = (event: ChirpStackEvent, append: Append): void => {
    const device = registry.device(event.devEui);
    if (device !== undefined && device.applicationId !== event.applicationId)
      registry.putDevice({ ...device, applicationId: event.applicationId }, clock.now(), append);
  };

  const writeReading = (
    reading: Reading,
    verdict: Verdict,
    { event, delivery }: Pick<Taken, "event" | "delivery">,
    append: Append,
  ): Reading => {
    const more = [
      ...(verdict === "counter-restart" ? ["counter-restart"] : []),
      ...(delivery.recovered ? ["recovered"] : []),
    ];
    const noted = more.length === 0 ? reading : { ...reading, notes: [...reading.notes, ...more] };
    append(noted);
    state.add("readings", 1);
    if (noted.fault !== undefined) state.add("undecoded", 1);
    if (registry.device(event.devEui) === undefined) state.add("unregistered", 1);
    return noted;
  };

  const settle = ({ delivery, event, reading, row }: Taken, append: Append): void => {
    if (row !== undefined) parked.remove(row);
    if (!delivery.recovered) firstHop.heard(delivery.qos);
    const verdict = duplicates.judge(event, delivery);
    if (verdict === "copy") {
      if (!delivery.recovered) state.add("duplicates", 1);
      return;
    }
    sincePrune += 1;
    if (event.kind !== "undecodable") learnApplication(event, append);
    if (event.kind !== "up") {
      const entry = deviceEventOf(event);
      append(delivery.recovered ? { ...entry, detail: { ...entry.detail, recovered: true } } : entry);
      if (event.kind === "undecodable") state.add("undecoded", 1);
      if (event.kind === "unknown") state.add("unknownEvents", 1);
    }
    const kept = reading === undefined ? undefined : writeReading(reading, verdict, { event, delivery }, append);
    if (event.kind === "up" && !delivery.recovered) parts.heard?.(event);
    relay.observe(event, kept, append);
  };

  /** Of a frame with keys in it, not even what came is kept. */
  const shown = ({ delivery, event }: Taken): Delivery =>
    event.kind === "up" && veiled(event, parts) !== event ? { ...delivery, payload: new Uint8Array() } : delivery;

  const write = (batch: readonly Taken[], parking = false): void => {
    parts.write((append) => {
      for (const one of batch) settle(one, append);
      if (parking) room.park();
      if (firstHop.changed) firstHop.settle(clock.now(), append);
      duplicates.save();
      state.save();
    });
    duplicates.committed();
    if (parking) room.committed();
  };

  const prune = (): void => {
    if (sincePrune < PRUNE_EVERY) return;
    sincePrune = 0;
    parts.write(() => duplicates.prune(clock.now()));
    duplicates.committed();
  };

  const undone = (): void => {
    duplicates.rolledBack();
    registry.forget();
    state.rolledBack();
    firstHop.rolledBack();
    relay.afterRollback?.();
    room.undone();
  };

  /** A defect of ours met by one message must not keep all others out for ever: that one is kept as it came. */
  const writeOneByOne = (batch: readonly Taken[]): void => {
    let defects = 0;
    for (const one of batch) {
      try {
        write([one]);
      } catch (error) {
        if (error instanceof SQLite.SqliteError) throw error;
        undone();
        defects += 1;
        if (defects === 1)
          log.error({ err: error, topic: one.delivery.topic }, "an event could not be processed; it is kept undecoded");
        write([{ ...one, event: defective(shown(one), one.event, error), reading: undefined }]);
      }
    }
    write([], true);
    if (defects > 1) log.error({ events: defects }, "events could not be processed; they are kept undecoded");
  };

  function commit(): void {
    const batch = taken;
    taken = [];
    try {
      try {
        write(batch, true);
      } catch (error) {
        if (error instanceof SQLite.SqliteError) throw error;
        undone();
        writeOneByOne(batch);
      }
      prune();
    } catch (error) {
      undone();
      // The disk is full or ailing: nothing is acknowledged, the broker keeps it and delivers again.
      log.error({ err: error, messages: batch.length }, "commit failed; the broker will deliver again");
      parts.connection().refuse();
      room.forgetUnparked();
      taken = [...batch.filter(({ row, delivery }) => row !== undefined || delivery.recovered), ...taken];
      if (taken.length > 0) retry ??= setTimeout(again, RETRY_MS);
      return;
    }
    parts.connection().acknowledge();
    try {
      relay.afterCommit();
    } catch (error) {
      relay.afterRollback?.();
      log.error({ err: error }, "a downlink could not be prepared; tried again with the next second");
    }
  }

  function again(): void {
    retry = undefined;
    group.added(true);
  }

  return {
    take: (delivery) => take(delivery),
    resume() {
      for (const { row, delivery } of parked.all()) take(delivery, row);
    },
    nudge: () => group.added(true),
    flush() {
      if (taken.length + room.unparked > 0) group.added(true);
      group.flush();
      return taken.length === 0;
    },
    afterRest: group.afterRest,
    stop() {
      group.stop();
      room.stop();
      clearTimeout(retry);
    },
    get waiting() {
      return room.waiting;
    },
    get encoding() {
      return encoding;
    },
  };
};
