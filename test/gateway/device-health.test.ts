import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DeviceHealthView } from "../../api/device-health.ts";
import { device, HOUR, hourly, LAMP, newWorld, openHeardBox, T0, toldOf, type World } from "./heard-box.ts";

let folder: string;
let world: World;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-health-"));
  world = newWorld();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const upTo = (n: number, from = 0) => Array.from({ length: n - from }, (_, i) => from + i);

it("knows a device's habit after a clean end, and makes a crash good from the journal", async () => {
  const first = await openHeardBox(folder, world);
  first.put(device());
  first.write(hourly(1, "ffffffffffff0000"));
  first.hear(upTo(12));
  first.health.save();
  // What came after the save is lost with the process, but not with the journal.
  first.hear([12, 13, 14, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
  const before = first.health.of(device());
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
  first.end();

  const second = await openHeardBox(folder, world);
  expect(second.health.of(device())).toEqual(before);
  second.live(30.5);
  expect(second.health.counts()).toEqual({ late: 0, silent: 1, lost: 0 });
  second.hear([31]);
  expect(second.health.of(device())).toMatchObject({ silence: "on-time", missed: 7 });
  expect(second.health.of(device("ffffffffffff0000"))).toMatchObject({ silence: "unknown" });
  second.end();
});

it("tells the region of a silence and of its end, and of the rest once a day", async () => {
  const box = await openHeardBox(folder, world);
  box.put(device());
  box.put(device("70b3d5e75e000043", "lamp:88383:043"));
  for (const n of upTo(48)) {
    box.hear([n]);
    box.live(n + 0.9);
  }
  // First heard, then its first verdict, then a day later.
  expect(toldOf(box)).toEqual([
    [0, "on-time"],
    [19, "on-time"],
    [43, "on-time"],
  ]);
  box.live(47 + 21 * 24);
  expect(toldOf(box).filter(([, silence], at, all) => silence !== all[at - 1]?.[1])).toEqual([
    [0, "on-time"],
    [49, "late"],
    [51, "silent"],
    [119, "lost"],
  ]);
  const days = toldOf(box).length;
  expect(days).toBeLessThanOrEqual(3 + 3 + 21);
  box.hear([48 + 21 * 24]);
  box.live(48.2 + 21 * 24);
  expect(toldOf(box).at(-1)).toEqual([48 + 21 * 24, "on-time"]);
  expect(toldOf(box, "70b3d5e75e000043")).toEqual([]);
  const told = box.bodies().findLast((body) => body.kind === "event" && body.event === "health");
  expect(DeviceHealthView.parse(told?.kind === "event" ? told.detail : {})).toMatchObject({ radio: { snr: 7 } });
  box.end();
});

it("says nothing twice after a crash, and blames no device for what the box did not hear", async () => {
  const first = await openHeardBox(folder, world);
  first.put(device());
  first.hear(upTo(30));
  first.live(30);
  const told = toldOf(first);
  expect(told.map(([, silence]) => silence)).toEqual(["on-time"]);
  // Off for ten hours.
  first.end();
  world.now = T0 + 40 * HOUR;
  const second = await openHeardBox(folder, world);
  second.live(40.5);
  expect(toldOf(second)).toEqual(told);
  expect(second.health.of(device()).silence).toBe("on-time");
  // It has listened for two periods.
  second.live(43);
  expect(toldOf(second).map(([, silence]) => silence)).toEqual(["on-time", "late"]);
  // The broker is away: nobody is heard, nothing gets worse.
  world.connected = false;
  second.live(60);
  expect(toldOf(second).map(([, silence]) => silence)).toEqual(["on-time", "late"]);
  world.connected = true;
  second.live(66);
  expect(toldOf(second).map(([, silence]) => silence)).toEqual(["on-time", "late", "silent"]);
  // A silence that was told ends with a frame, not with a restart.
  second.end();
  const third = await openHeardBox(folder, world);
  third.live(66.5);
  expect(third.health.of(device()).silence).toBe("silent");
  third.hear([67]);
  third.live(67.2);
  expect(toldOf(third).at(-1)?.[1]).toBe("on-time");
  third.end();
});

it("blames no device for what the box did not hear while its machine slept", async () => {
  const box = await openHeardBox(folder, world);
  box.put(device());
  for (const hour of upTo(21)) {
    box.live(hour);
    box.hear([hour]);
  }
  box.live(21.1);
  const told = toldOf(box);
  expect(told.at(-1)?.[1]).toBe("on-time");
  world.slept = 8 * HOUR;
  world.now += world.slept;
  box.live(29.5);
  expect([toldOf(box), box.health.of(device()).silence]).toEqual([told, "on-time"]);
  box.live(35);
  expect(toldOf(box).at(-1)?.[1]).toBe("silent");
  box.end();
});

it("tells nothing by a clock that is not known", async () => {
  world.clockKnown = false;
  const box = await openHeardBox(folder, world);
  box.put(device());
  box.hear(upTo(10));
  box.live(60);
  expect(toldOf(box)).toEqual([]);
  world.clockKnown = true;
  box.live(60.1);
  expect(toldOf(box)).toEqual([[60, "silent"]]);
  box.end();
});

it("is told again of a device of a large town in portions, all of them", async () => {
  const box = await openHeardBox(folder, world);
  const many = upTo(450).map((n) => `70b3d5e75f${String(n).padStart(6, "0")}`);
  box.put(...many.map((devEui) => device(devEui, `lamp:88383:${devEui.slice(-6)}`)));
  box.write(...many.map((devEui) => hourly(0, devEui)));
  box.live(0.1);
  const told = box.bodies().flatMap((body) => (body.kind === "event" ? [body.device] : []));
  expect(told.sort()).toEqual(many);
  expect(toldOf(box, LAMP)).toEqual([]);
  box.end();
});
