/** What the page says of how a device is heard, in both languages. */
import { describe, expect, test } from "vitest";
import type { ToldHealthView } from "../../api/device-health.ts";
import type { AssetView } from "../../api/schemas.ts";
import { isStale } from "../../console/words/condition.ts";
import { healthFacts, silenceInWords } from "../../console/words/device-health.ts";
import { createWords } from "../../console/words/words.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const MINUTE = 60;
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1_000).toISOString();
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

const told = (over: Partial<ToldHealthView> = {}): ToldHealthView => ({
  at: at(MINUTE),
  silence: "on-time",
  lastSeenAt: at(5 * MINUTE),
  periodSeconds: 10 * MINUTE,
  periodLearnt: true,
  verdict: "good",
  reasons: [],
  ...over,
});
const lamp = (seconds: number, health?: ToldHealthView): AssetView => ({
  ref: "lamp:88383:042",
  kind: "lamp",
  use: "lighting",
  commune: "88383",
  attributes: {},
  device: { devEui: "70b3d5e75e000042", model: "nas-ul20xx", ...(health === undefined ? {} : { health }) },
  box: "remiremont",
  latest: {},
  lastSeenAt: at(seconds),
  expectedIntervalSeconds: 3_600,
  commands: [],
});

describe("whether a value is stale", () => {
  const stale = (seconds: number, health?: ToldHealthView, boxAlive = true) =>
    isStale(lamp(seconds, health), NOW, boxAlive);

  test("goes by the learnt period, not by the model's, where the box does not say better", () => {
    expect([stale(31 * MINUTE), stale(31 * MINUTE, told(), false)]).toEqual([false, true]);
    expect(stale(29 * MINUTE, told(), false)).toBe(false);
    // A device that speaks when something happens: its box knows.
    expect([stale(31 * MINUTE, told()), stale(201 * MINUTE, told())]).toEqual([false, true]);
  });

  test("is what the box says, until a frame comes", () => {
    const silent = told({ silence: "silent", lastSeenAt: at(25 * MINUTE) });
    expect([stale(25 * MINUTE, silent), stale(0, silent)]).toEqual([true, false]);
    expect(stale(25 * MINUTE, told({ silence: "late", lastSeenAt: at(25 * MINUTE) }))).toBe(false);
  });
});

test("silence in a sentence", () => {
  const words = createWords("fr");
  const said = (seconds: number, silence: ToldHealthView["silence"], isStaleNow = false) =>
    plain(silenceInWords(lamp(seconds, told({ silence, lastSeenAt: at(seconds) })), isStaleNow, NOW, words));
  expect(said(MINUTE, "on-time")).toBe("Entendu à son rythme");
  expect(said(25 * MINUTE, "late")).toMatch(/^En retard : dernière nouvelle .* \(il y a 25 min\)$/);
  expect(said(3 * 3_600, "silent")).toMatch(/^Muet depuis .* \(il y a 3 h\)$/);
  expect(said(9 * 86_400, "lost")).toMatch(/^Perdu : plus rien depuis .* \(il y a 9 j\)$/);
  // It was heard since the box said so.
  const since = lamp(0, told({ silence: "lost", lastSeenAt: at(9 * 86_400) }));
  expect(silenceInWords(since, false, NOW, words)).toBe("Entendu à son rythme");
  const { lastSeenAt: _, ...unheard } = lamp(0);
  expect(silenceInWords(unheard, true, NOW, words)).toBe("Pas encore entendu");
});

test("only what is known is said, and a reason of a newer box as it came", () => {
  const facts = (health: ToldHealthView) =>
    healthFacts(health, undefined, createWords("en")).map(({ name, value }) => `${name}: ${plain(value)}`);
  expect(facts(told({ verdict: "unknown", periodLearnt: false }))).toEqual(["Pace: every 10 mins, by its model"]);
  expect(
    facts(
      told({
        completeness: 0.995,
        missed: 1,
        reasons: ["eaten-by-a-goat"],
        radio: { rssi: -97, snr: 7, dr: 5, gateways: 2, best: ["0016c001f1500001"], trendDbPerWeek: 0.04 },
        battery: { percent: 88 },
      }),
    ),
  ).toEqual([
    "Pace: every 10 mins, learnt from it",
    "Frames received: 99.5% in 7 days, 1 lost",
    "Reception: good, eaten-by-a-goat",
    "Signal: SNR 7 dB, RSSI -97 dBm",
    "Antennas: 2 hear it, best: 0016c001f1500001",
    "Battery: 88%",
  ]);
});
