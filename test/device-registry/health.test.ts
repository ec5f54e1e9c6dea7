import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countFrame, type DayCounts } from "../../device-registry/health/counter.ts";
import {
  assess,
  type Floors,
  type HealthMemory,
  learnFloor,
  newMemory,
  observeFrame,
  observeJoin,
  observeStatus,
  readMemory,
} from "../../device-registry/health/index.ts";
import { heardOf } from "../../device-registry/health/memory.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.parse("2026-03-02T00:00:00Z");
const RADIO = { rssi: -97, snr: 7, dr: 5, gateway: "0016c001f1500001", gateways: 2 };

const heard = (memory: HealthMemory, fCnt: number, at: number, more: object = {}) =>
  observeFrame(memory, {
    batteryPercent: undefined,
    fCnt,
    receivedAt: at,
    counterRestarted: false,
    radio: RADIO,
    ...more,
  });
const health = (memory: HealthMemory, now: number, floors: Floors = {}) =>
  assess(memory, { expectedSeconds: 3_600, floors, now });

/** Frames every `everyMs` with these counters. */
const story = (counters: readonly number[], everyMs = HOUR): HealthMemory => {
  const memory = newMemory();
  for (const [n, fCnt] of counters.entries()) heard(memory, fCnt, T0 + n * everyMs);
  return memory;
};
const upTo = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

describe("what was saved", () => {
  it("reads what boxes saved before the lists were flat", () => {
    const memory = newMemory();
    for (let n = 0; n < 60; n++) heard(memory, n * 2, T0 + n * 8 * HOUR, { batteryPercent: 100 - n });
    const threes = (flat: readonly number[]) =>
      Array.from({ length: flat.length / 3 }, (_, nth) => flat.slice(nth * 3, nth * 3 + 3));
    const triples = threes(memory.heard);
    const { heard: _heard, ...kept } = memory;
    const former = {
      ...kept,
      rssi: triples.map(([rssi]) => rssi),
      snr: triples.map(([, snr]) => snr),
      gateways: triples.map(([, , gateways]) => gateways),
      count: { ...memory.count, days: threes(memory.count.days) },
      snrWeeks: threes(memory.snrWeeks),
      batteryWeeks: threes(memory.batteryWeeks),
    };
    expect(memory.batteryWeeks.length).toBeGreaterThan(6);
    expect(readMemory(JSON.stringify(former))).toEqual(memory);
    expect(readMemory(JSON.stringify(memory))).toEqual(memory);
  });
});

describe("silence", () => {
  it("learns the device's own period and counts its patience in it", () => {
    const memory = story(upTo(10), 10 * 60_000);
    const last = T0 + 9 * 10 * 60_000;
    expect(health(memory, last)).toMatchObject({ periodSeconds: 600, periodLearnt: true, silence: "on-time" });
    const minutesOn = (minutes: number) => health(memory, last + minutes * 60_000).silence;
    expect([minutesOn(19), minutesOn(21), minutesOn(41), minutesOn(3 * 24 * 60 + 1)]).toEqual([
      "on-time",
      "late",
      "silent",
      "lost",
    ]);
  });

  it("trusts the model until there is a habit, and says nothing of what was never heard", () => {
    expect(health(newMemory(), T0)).toMatchObject({ silence: "unknown", periodSeconds: 3_600, periodLearnt: false });
    expect(health(story([0, 1]), T0 + 2.9 * HOUR)).toMatchObject({ silence: "on-time", periodLearnt: false });
  });

  it("does not take lost frames for a slower habit", () => {
    expect(
      health(
        story(
          upTo(10).map((n) => n * 3),
          3 * HOUR,
        ),
        T0 + 28 * HOUR,
      ).periodSeconds,
    ).toBe(3_600);
  });

  it("is patient with a device that speaks when something happens", () => {
    const memory = newMemory();
    let at = T0;
    for (const [n, gap] of [1, 1, 1, 60, 90, 1, 1, 70, 80].entries()) {
      at += gap * 60_000;
      heard(memory, n, at);
    }
    expect(health(memory, at + 100 * 60_000).silence).toBe("on-time");
  });
});

describe("completeness by FCnt", () => {
  const counted = (memory: HealthMemory, now = T0 + 2 * DAY) => {
    const { completeness, missed } = health(memory, now);
    return { completeness, missed };
  };

  it("counts holes, once", () => {
    expect(counted(story([...upTo(10), ...upTo(15, 12)]))).toEqual({ completeness: 0.926, missed: 2 });
  });

  it("a rollover of 16 or of 32 bits is no hole", () => {
    expect(counted(story([...upTo(15, 65_521), ...upTo(15)]))).toEqual({ completeness: 1, missed: 0 });
    expect(counted(story([...upTo(15, 2 ** 32 - 15), ...upTo(15)]))).toEqual({ completeness: 1, missed: 0 });
    expect(counted(story([...upTo(15, 65_519), ...upTo(15)]))).toMatchObject({ missed: 2 });
  });

  it("a restarted counter is no hole, nor is a rejoin; frames lost after the join are", () => {
    expect(counted(story([...upTo(15, 500), ...upTo(15)]))).toEqual({ completeness: 1, missed: 0 });
    const memory = story(upTo(15, 500));
    observeJoin(memory);
    for (const n of upTo(15)) heard(memory, n + 2, T0 + (16 + n) * HOUR);
    expect(counted(memory)).toMatchObject({ missed: 2 });
    const same = story(upTo(20));
    heard(same, 19, T0 + 21 * HOUR, { counterRestarted: true });
    expect(counted(same)).toEqual({ completeness: 1, missed: 0 });
  });

  it("a copy counts once, a frame that comes late is not lost", () => {
    const memory = story([...upTo(20), 21]);
    expect(counted(memory)).toMatchObject({ missed: 1 });
    heard(memory, 21, T0 + 20 * HOUR + 1);
    expect(counted(memory)).toMatchObject({ missed: 1 });
    heard(memory, 20, T0 + 19.5 * HOUR);
    expect(counted(memory)).toEqual({ completeness: 1, missed: 0 });
  });

  it("is right for any losses: what is heard and what is missed make what was sent", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 40, maxLength: 160 }),
        fc.nat({ max: 2 ** 32 - 1 }),
        (air, start) => {
          const memory = newMemory();
          const arrived = air.map((ok, n) => ({ ok, n })).filter(({ ok }) => ok);
          for (const { n } of arrived) heard(memory, (start + n) % 2 ** 32, T0 + n * 60_000);
          const [first, last] = [arrived[0]?.n ?? 0, arrived.at(-1)?.n ?? 0];
          const sent = last - first + 1;
          const { completeness, missed } = health(memory, T0 + DAY - 1);
          if (sent < 20 || arrived.length === 0) return;
          expect({ completeness, missed }).toEqual({
            completeness: Math.round((arrived.length / sent) * 1_000) / 1_000,
            missed: sent - arrived.length,
          });
        },
      ),
    );
  });

  it("forgets what is older than a week", () => {
    const memory = story([...upTo(20), ...upTo(20, 40)]);
    expect(health(memory, T0 + 9 * DAY).completeness).toBeUndefined();
  });
});

describe("radio", () => {
  it("says how it is heard and by whom", () => {
    const memory = newMemory();
    for (const n of upTo(9)) {
      const gateway = n % 3 === 0 ? "b".repeat(16) : "a".repeat(16);
      heard(memory, n, T0 + n * HOUR, { radio: { ...RADIO, snr: n, gateway } });
    }
    expect(health(memory, T0 + 9 * HOUR).radio).toEqual({
      rssi: -97,
      snr: 4,
      dr: 5,
      gateways: 2,
      best: ["a".repeat(16), "b".repeat(16)],
    });
  });

  it("measures the margin above the weakest frame heard at that rate, once enough were heard", () => {
    const floors: Floors = {};
    const memory = story(upTo(9));
    for (let n = 0; n < 999; n++) learnFloor(floors, 5, -3 + (n % 5));
    expect(health(memory, T0, floors).radio?.marginDb).toBeUndefined();
    learnFloor(floors, 5, 2);
    expect(health(memory, T0, floors).radio?.marginDb).toBe(10);
    expect(health(memory, T0, { 4: [-9, 5_000] }).radio?.marginDb).toBeUndefined();
  });

  it("calls losses by their name: good, borderline, to be redone", () => {
    const losing = (share: number) => story(upTo(60).filter((n) => n % 100 >= 0 && (n * 37) % 60 >= share * 60));
    const verdict = (share: number) => health(losing(share), T0 + 3 * DAY);
    expect(verdict(0)).toMatchObject({ verdict: "good", reasons: [] });
    expect(verdict(0.15)).toMatchObject({ verdict: "fair", reasons: ["losses"] });
    expect(verdict(0.4)).toMatchObject({ verdict: "poor", reasons: ["losses"] });
    expect(health(story([0, 1, 2]), T0)).toMatchObject({ verdict: "unknown" });
  });

  it("sees a signal that falls week by week, and keeps what the device told of downlinks", () => {
    const memory = newMemory();
    for (const n of upTo(5 * 7)) heard(memory, n, T0 + n * DAY, { radio: { ...RADIO, snr: 8 - n / 3.5 } });
    observeStatus(memory, T0 + 35 * DAY, { marginDb: 12 });
    const { radio, reasons } = health(memory, T0 + 35 * DAY);
    expect(radio?.trendDbPerWeek).toBeCloseTo(-2, 0);
    expect(radio?.downlinkMarginDb).toBe(12);
    expect(reasons).toContain("getting-weaker");
  });
});

describe("battery", () => {
  it("tells when a falling one is at its end, nothing of one that stands still", () => {
    const falling = newMemory();
    const steady = newMemory();
    for (const week of upTo(10)) {
      observeStatus(falling, T0 + week * 7 * DAY, { batteryPercent: 60 - 2 * week });
      observeStatus(steady, T0 + week * 7 * DAY, { batteryPercent: 92 });
    }
    const now = T0 + 9 * 7 * DAY;
    const { battery, reasons } = health(falling, now);
    expect(battery?.percent).toBe(42);
    expect((battery!.emptyAt! - now) / (7 * DAY)).toBeCloseTo(21, 0);
    expect(reasons).toEqual(["battery-ends"]);
    expect(health(steady, now)).toMatchObject({ battery: { percent: 92 }, reasons: [] });
    expect(health(steady, now).battery?.emptyAt).toBeUndefined();
  });
});

it("radio is judged by the last nine frames", () => {
  const memory = newMemory();
  for (const n of upTo(30))
    heard(memory, n, T0 + n * HOUR, { radio: { ...RADIO, rssi: -60 - n, snr: 10 - n / 4, gateways: 1 + n } });
  const last = upTo(9, 21);
  expect(heardOf(memory.heard, "rssi")).toEqual(last.map((n) => -60 - n));
  expect(heardOf(memory.heard, "snr")).toEqual(last.map((n) => 10 - n / 4));
  expect(heardOf(memory.heard, "gateways")).toEqual(last.map((n) => 1 + n));
  expect(health(memory, T0 + 30 * HOUR).radio).toMatchObject({ rssi: -85, gateways: 26 });
});

it("the last seven days are counted, in whatever order the frames come", () => {
  const days = fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(days, (heardOn) => {
      const flat: DayCounts = [];
      const kept = new Map<number, number>();
      for (const [n, day] of heardOn.entries()) {
        // A restart each time: nothing is a copy, nothing is missed.
        countFrame({}, flat, { fCnt: n, receivedAt: T0 + day * DAY + n, counterRestarted: true });
        const isKept = kept.has(day) || kept.size < 7 || day > Math.min(...kept.keys());
        if (isKept && !kept.has(day) && kept.size === 7) kept.delete(Math.min(...kept.keys()));
        if (isKept) kept.set(day, (kept.get(day) ?? 0) + 1);
      }
      const first = T0 / DAY;
      const expected = [...kept].sort(([a], [b]) => a - b).flatMap(([day, count]) => [first + day, count, 0]);
      expect(flat).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

it("what is remembered of a device survives JSON and stays small", () => {
  const memory = newMemory();
  for (const n of upTo(3_000)) heard(memory, n, T0 + n * HOUR, { batteryPercent: 90 });
  const text = JSON.stringify(memory);
  expect(text.length).toBeLessThan(1_500);
  expect(health(JSON.parse(text), T0 + 3_000 * HOUR)).toEqual(health(memory, T0 + 3_000 * HOUR));
});
