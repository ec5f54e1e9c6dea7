/** A box's journal, registry and memory of its devices on a real file, with a driven clock. */
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import type { EntryBody, Reading } from "../../cloud-sync/protocol/entry.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import type { Device } from "../../device-registry/words.ts";
import { openBoxStore } from "../../gateway/box-store.ts";
import { createDeviceHealth } from "../../gateway/device-health.ts";
import { createHealthTelling } from "../../gateway/health-telling.ts";
import { createListening } from "../../gateway/listening.ts";

export const HOUR = 3_600_000;
const MINUTE = 60_000;
export const T0 = Date.parse("2026-03-02T00:00:00Z");
export const LAMP = "70b3d5e75e000042";
export const device = (devEui = LAMP, asset = "lamp:88383:042"): Device => ({
  devEui,
  model: "nas-ul20xx",
  state: "in-service",
  asset,
});

export const hourly = (fCnt: number, devEui = LAMP): Reading => ({
  kind: "reading",
  device: devEui,
  at: T0 + fCnt * HOUR,
  receivedAt: T0 + fCnt * HOUR,
  fCnt,
  fPort: 1,
  frame: Uint8Array.of(1),
  radio: { rssi: -97, snr: 7, dr: 5, gateway: "0016c001f1500001", gateways: 1 },
  measurements: [{ name: "battery.level", value: 88, unit: "%" }],
  history: [],
  notes: [],
});

/** The hand on the box's clock and on its line to the broker, through several lives of it. */
export interface World {
  now: number;
  connected: boolean;
  clockKnown: boolean;
  /** For how long the machine slept, ms: its monotonic clock stood still. */
  slept: number;
}

export const newWorld = (): World => ({ now: T0, connected: true, clockKnown: true, slept: 0 });

export const openHeardBox = async (folder: string, world: World) => {
  const store = openBoxStore(folder);
  const clock = {
    now: () => world.now,
    mono: () => world.now - T0 - world.slept,
    quality: () => (world.clockKnown ? ("confirmed" as const) : ("unknown" as const)),
  };
  const stamp = () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() });
  const journal = openJournal(store.db, { clock: { now: stamp } });
  const registry = openRegistry(store.db);
  const listening = createListening({ connected: () => world.connected, clock });
  const health = createDeviceHealth({ db: store.db, journal, registry, findModel, clock, listenedMs: listening.ms });
  const unfollow = journal.onTail(health.take);
  const telling = createHealthTelling({ keeper: health, write: (work) => journal.write(work), clock });
  await health.caughtUp;
  listening.tick();
  return {
    journal,
    health,
    put: (...devices: Device[]) =>
      journal.write((append) => {
        for (const one of devices) registry.putDevice(one, world.now, append);
      }),
    write: (...bodies: EntryBody[]) => journal.write((append) => bodies.map((body) => append(body))),
    hear(counters: readonly number[], devEui?: string) {
      for (const n of counters) {
        world.now = Math.max(world.now, T0 + n * HOUR);
        listening.tick();
        journal.write((append) => append(hourly(n, devEui)));
      }
    },
    /** Lives on to that hour, minute by minute. */
    live(hour: number) {
      while (world.now < T0 + hour * HOUR) {
        world.now += MINUTE;
        listening.tick();
        telling.tick();
      }
    },
    bodies: (): readonly EntryBody[] =>
      journal.read(0, { entries: 10_000, bytes: 100_000_000 }).entries.map(({ body }) => body),
    end() {
      unfollow();
      store.close();
    },
  };
};

export type HeardBox = Awaited<ReturnType<typeof openHeardBox>>;

/** What was told of a device, with the hour. */
export const toldOf = (box: HeardBox, devEui = LAMP): readonly [hour: number, silence: unknown][] =>
  box
    .bodies()
    .flatMap((body) =>
      body.kind === "event" && body.event === "health" && body.device === devEui
        ? [[Math.round((body.at - T0) / HOUR), body.detail.silence] as [number, unknown]]
        : [],
    );
