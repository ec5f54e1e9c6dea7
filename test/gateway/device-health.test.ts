import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import type { Reading } from "../../cloud-sync/protocol/entry.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openBoxStore } from "../../gateway/box-store.ts";
import { createDeviceHealth } from "../../gateway/device-health.ts";

const folder = mkdtempSync(join(tmpdir(), "beffroi-health-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LAMP = "70b3d5e75e000042";
const HOUR = 3_600_000;
const T0 = Date.parse("2026-03-02T00:00:00Z");

const reading = (fCnt: number, device = LAMP): Reading => ({
  kind: "reading",
  device,
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

it("knows a device's habit after a clean end, and makes a crash good from the journal", async () => {
  let now = T0;
  const open = () => {
    const store = openBoxStore(folder);
    const clock = { now: () => now, mono: () => now - T0, quality: () => "confirmed" as const };
    const stamp = () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() });
    const journal = openJournal(store.db, { clock: { now: stamp } });
    const registry = openRegistry(store.db);
    const health = createDeviceHealth({ db: store.db, journal, registry, findModel, clock });
    const unfollow = journal.onTail(health.take);
    return { store, journal, registry, health, unfollow };
  };
  const first = open();
  await first.health.caughtUp;
  const device = { devEui: LAMP, model: "nas-ul20xx", state: "in-service" as const, asset: "lamp:88383:042" };
  const hear = ({ journal }: ReturnType<typeof open>, counters: readonly number[]) => {
    for (const n of counters) {
      now = T0 + n * HOUR;
      journal.write((append) => append(reading(n)));
    }
  };
  first.journal.write((append) => first.registry.putDevice(device, T0, append));
  first.journal.write((append) => append(reading(1, "ffffffffffff0000")));
  hear(
    first,
    Array.from({ length: 12 }, (_, n) => n),
  );
  first.health.save();
  // What came after the save is lost with the process, but not with the journal.
  hear(first, [12, 13, 14, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
  const before = first.health.of(device);
  expect(before).toMatchObject({
    silence: "on-time",
    periodSeconds: 3_600,
    periodLearnt: true,
    completeness: 0.923,
    missed: 2,
    radio: { snr: 7, gateways: 1, best: ["0016c001f1500001"] },
    battery: { percent: 88 },
    verdict: "good",
  });
  first.unfollow();
  first.store.close();

  const second = open();
  await second.health.caughtUp;
  expect(second.health.of(device)).toEqual(before);
  now += 5 * HOUR;
  expect(second.health.counts()).toEqual({ late: 0, silent: 1, lost: 0 });
  hear(second, [31]);
  expect(second.health.of(device)).toMatchObject({ silence: "on-time", missed: 7 });
  expect(second.health.of({ ...device, devEui: "ffffffffffff0000" })).toMatchObject({ silence: "unknown" });
  second.unfollow();
  second.store.close();
});
