/**
 * Silence and radio of every registered device, kept up with the journal. What is remembered is saved now and then and at the end;
 * after a crash it is made good from the journal's entries since. Flash wears by what is written: a save an hour would cost as much
 * as the readings.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import { DeviceHealthView } from "../api/device-health.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { DeviceEvent, Entry, Reading } from "../cloud-sync/protocol/entry.ts";
import {
  assess,
  type DeviceHealth,
  type Floors,
  type HealthMemory,
  learnFloor,
  newMemory,
  observeFrame,
  observeJoin,
  observeStatus,
  readMemory,
  type Silence,
  silenceNow,
} from "../device-registry/health/index.ts";
import type { Registry } from "../device-registry/store.ts";
import type { Device, Model } from "../device-registry/words.ts";
import { gatewayName } from "./gateway-names.ts";

type Line = Pick<Entry, "seq" | "body">;

export interface DeviceHealthParts {
  readonly db: Database;
  readonly journal: Pick<Journal, "read" | "lastSeq" | "knownAt">;
  readonly registry: Pick<Registry, "device">;
  readonly findModel: (id: string) => Model | undefined;
  readonly clock: { now(): number; mono(): number };
  /** For how long the box has listened without a gap, ms; absent: always. */
  readonly listenedMs?: () => number;
}

export interface HealthLine {
  /** DevEUI. */
  readonly device: string;
  readonly health: DeviceHealthView;
}

export interface DeviceHealthKeeper {
  /** New entries of the journal, in their order. */
  take(entries: readonly Line[]): void;
  /** Resolves when what the journal holds is remembered too; rejects as its reading does. */
  readonly caughtUp: Promise<void>;
  of(device: Device): DeviceHealthView;
  /** Devices at work by silence; those on time and unknown ones are not counted. */
  counts(): Readonly<Record<"late" | "silent" | "lost", number>>;
  /** What the region should know: of devices at work that fell silent or speak again, and with `daily` of those it has not heard of for a day. */
  toTell(ask: { readonly daily: boolean; readonly most: number }): readonly HealthLine[];
  /** Saves when it is time. */
  tick(): void;
  save(): void;
  /** Reads no further back. */
  stop(): void;
}

const SAVE_EVERY_MS = 6 * 3_600_000;
const READ_AT_ONCE = { entries: 500, bytes: 1_000_000 };
/** A restart reads no further back. */
const ENTRIES_BACK_MAX = 200_000;
/** A model that is not known says nothing of its devices' habits. */
const EXPECTED_SECONDS = 3_600;
const BATTERY = "battery.level";
const DAY_MS = 86_400_000;
/** Of the gateways that hear a device best, as many are told upwards. */
const BEST_TOLD_MAX = 3;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS device_health (dev_eui TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS device_health_mark (
    one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, floors TEXT NOT NULL
  ) STRICT;`;

const iso = (ms: number): string => new Date(ms).toISOString();

const batteryOf = ({ measurements }: Reading): number | undefined => {
  for (const { name, value } of measurements) if (name === BATTERY && typeof value === "number") return value;
  return undefined;
};

const viewOf = ({ lastSeenAt, battery, radio, ...health }: DeviceHealth): DeviceHealthView => ({
  ...health,
  reasons: [...health.reasons],
  ...(lastSeenAt === undefined ? {} : { lastSeenAt: iso(lastSeenAt) }),
  ...(radio === undefined ? {} : { radio: { ...radio, best: [...radio.best] } }),
  ...(battery === undefined
    ? {}
    : {
        battery: {
          percent: battery.percent,
          ...(battery.emptyAt === undefined ? {} : { emptyAt: iso(battery.emptyAt) }),
        },
      }),
});

const inShort = ({ radio, ...health }: DeviceHealthView): DeviceHealthView =>
  radio === undefined ? health : { ...health, radio: { ...radio, best: radio.best.slice(0, BEST_TOLD_MAX) } };

const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

export const createDeviceHealth = (parts: DeviceHealthParts): DeviceHealthKeeper => {
  const { db, journal, registry, findModel, clock } = parts;
  db.exec(SCHEMA);
  const put = db.prepare(
    "INSERT INTO device_health (dev_eui, body) VALUES (?, ?) ON CONFLICT (dev_eui) DO UPDATE SET body = excluded.body",
  );
  const putMark = db.prepare(
    "INSERT INTO device_health_mark (one, seq, floors) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, floors = excluded.floors",
  );
  const mark = db.prepare("SELECT seq, floors FROM device_health_mark").get() as
    | { seq: number; floors: string }
    | undefined;
  const memories = new Map<string, HealthMemory>();
  for (const row of db.prepare("SELECT dev_eui, body FROM device_health").iterate()) {
    const { dev_eui, body } = row as { dev_eui: string; body: string };
    const memory = readMemory(body);
    // One text for all devices that name a gateway.
    memory.best = memory.best.map((gateway) => gatewayName(gateway));
    memories.set(dev_eui, memory);
  }
  const floors = JSON.parse(mark?.floors ?? "{}") as Floors;
  const changed = new Set<string>();
  let seq = mark?.seq ?? 0;
  let savedAt = clock.mono();
  let behind = true;
  let stopped = false;

  const memoryOf = (devEui: string): HealthMemory | undefined => {
    const known = memories.get(devEui);
    if (known !== undefined) return known;
    // Whoever sends with invented names must not fill the memory.
    if (registry.device(devEui) === undefined) return undefined;
    const fresh = newMemory();
    memories.set(devEui, fresh);
    return fresh;
  };

  const observeReading = (reading: Reading, memory: HealthMemory): void => {
    const { receivedAt, fCnt, radio, notes } = reading;
    const counterRestarted = notes.includes("counter-restart");
    observeFrame(memory, { receivedAt, fCnt, counterRestarted, radio, batteryPercent: batteryOf(reading) });
    if (radio !== undefined) learnFloor(floors, radio.dr, radio.snr);
  };

  /** Its own word of the device comes back with the journal, so that it is not said twice whatever was lost. */
  const observeTold = (at: number, detail: DeviceEvent["detail"], memory: HealthMemory): void => {
    const told = DeviceHealthView.safeParse(detail);
    if (told.success) memory.told = { at, silence: told.data.silence, judged: told.data.verdict !== "unknown" };
  };

  const observeEvent = ({ event, at, detail }: DeviceEvent, memory: HealthMemory): void => {
    if (event === "join") observeJoin(memory);
    if (event === "health") observeTold(at, detail, memory);
    if (event !== "status") return;
    const [marginDb, batteryPercent] = [number(detail.marginDb), number(detail.batteryPercent)];
    observeStatus(memory, at, {
      ...(marginDb === undefined ? {} : { marginDb }),
      ...(batteryPercent === undefined ? {} : { batteryPercent }),
    });
  };

  const observe = (entries: readonly Line[]): void => {
    for (const { seq: at, body } of entries) {
      seq = Math.max(seq, at);
      if (body.kind !== "reading" && body.kind !== "event") continue;
      const memory = memoryOf(body.device);
      if (memory === undefined) continue;
      changed.add(body.device);
      if (body.kind === "reading") observeReading(body, memory);
      else observeEvent(body, memory);
    }
  };

  const catchUp = async (): Promise<void> => {
    let after = journal.knownAt(Math.max(0, seq, journal.lastSeq - ENTRIES_BACK_MAX));
    while (!stopped) {
      const run = journal.read(after, READ_AT_ONCE);
      if (run.entries.length === 0) break;
      observe(run.entries);
      after = run.lastSeq;
      await turn();
    }
    behind = stopped;
  };

  const expectedSeconds = ({ model }: Device): number => findModel(model)?.expectedIntervalSeconds ?? EXPECTED_SECONDS;

  const listening = () => ({
    now: clock.now(),
    ...(parts.listenedMs === undefined ? {} : { listenedMs: parts.listenedMs() }),
  });

  const healthOf = (device: Device, memory: HealthMemory): DeviceHealthView =>
    viewOf(assess(memory, { expectedSeconds: expectedSeconds(device), floors, ...listening() }));

  const isToBeTold = (device: Device, memory: HealthMemory, daily: boolean): boolean => {
    const { told } = memory;
    const silence = silenceNow(memory, expectedSeconds(device), listening());
    if (silence === "unknown") return false;
    if (told === undefined || silence !== told.silence) return true;
    if (daily && clock.now() - told.at >= DAY_MS) return true;
    return !told.judged && daily && healthOf(device, memory).verdict !== "unknown";
  };

  const save = (): void => {
    savedAt = clock.mono();
    db.transaction(() => {
      for (const devEui of changed) put.run(devEui, JSON.stringify(memories.get(devEui)));
      putMark.run(seq, JSON.stringify(floors));
    })();
    changed.clear();
  };

  return {
    // What comes while the past is still read is in the journal too, and is read in its order.
    take(entries) {
      if (!behind) observe(entries);
    },
    caughtUp: catchUp(),
    stop() {
      stopped = true;
    },
    of: (device) => healthOf(device, memories.get(device.devEui) ?? newMemory()),
    counts() {
      const counts: Record<Silence, number> = { unknown: 0, "on-time": 0, late: 0, silent: 0, lost: 0 };
      for (const [devEui, memory] of memories) {
        const device = registry.device(devEui);
        if (device?.asset !== undefined) counts[silenceNow(memory, expectedSeconds(device), listening())] += 1;
      }
      const { late, silent, lost } = counts;
      return { late, silent, lost };
    },
    toTell({ daily, most }) {
      const lines: HealthLine[] = [];
      if (behind) return lines;
      for (const [devEui, memory] of memories) {
        if (lines.length === most) break;
        const device = registry.device(devEui);
        if (device?.asset === undefined || !isToBeTold(device, memory, daily)) continue;
        lines.push({ device: devEui, health: inShort(healthOf(device, memory)) });
      }
      return lines;
    },
    tick() {
      if (changed.size > 0 && clock.mono() - savedAt >= SAVE_EVERY_MS) save();
    },
    save,
  };
};
