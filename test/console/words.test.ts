import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssetView, BoxView } from "../../api/schemas.ts";
import { VOCABULARY } from "../../codecs/vocabulary.ts";
import { OPEN_STATES, TERMINAL_STATES } from "../../commands/command.ts";
import { stepInWords, stillToCome } from "../../console/words/command.ts";
import { conditionOf, isStale, lampState, stateInWords } from "../../console/words/condition.ts";
import { finds } from "../../console/words/search.ts";
import { diskTroubles } from "../../console/words/storage.ts";
import { createWords } from "../../console/words/words.ts";
import { createSay, placeholdersOf } from "../../texts/catalogue.ts";
import { fr as cliFr } from "../../texts/cli/fr.ts";
import { en } from "../../texts/console/en.ts";
import { fr } from "../../texts/console/fr.ts";
import { en as quantitiesEn } from "../../texts/quantities/en.ts";
import { fr as quantitiesFr } from "../../texts/quantities/fr.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1_000).toISOString();
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const french = createWords("fr");
const english = createWords("en");

type Values = Record<string, [value: number | boolean | string, unit: string, secondsAgo: number]>;

const assetOf = (kind: string, values: Values, over: Partial<AssetView> = {}): AssetView => ({
  ref: `${kind}:88383:042`,
  kind,
  use: "lighting",
  commune: "88383",
  attributes: kind === "lamp" ? { ratedWatts: 84 } : {},
  box: "box-88383",
  latest: Object.fromEntries(
    Object.entries(values).map(([name, [value, unit, ago]]) => [name, { value, unit, at: at(ago) }]),
  ),
  lastSeenAt: at(Math.min(86_400, ...Object.values(values).map(([, , ago]) => ago))),
  commands: [],
  ...over,
});

describe("the catalogue", () => {
  for (const [name, source, other] of [
    ["console", fr, en],
    ["quantities", quantitiesFr, quantitiesEn],
  ] as const) {
    const english: Readonly<Record<string, string>> = other;
    test(`${name}: English has the keys and placeholders of French`, () => {
      expect(Object.keys(english)).toEqual(Object.keys(source));
      for (const [key, text] of Object.entries(source)) {
        expect(placeholdersOf(english[key]!), key).toEqual(placeholdersOf(text));
        expect(english[key]!.trim(), key).not.toBe("");
      }
    });
  }

  test("has a word for every reason that the command line has one for", () => {
    const keys = Object.keys(cliFr).filter((key) => key.startsWith("why.") && !key.startsWith("why.of."));
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.map((key) => key.replace("why.", "reason.")).filter((key) => !(key in fr))).toEqual([]);
  });

  test("chooses the form by the language's own rule, and writes numbers its way", () => {
    expect(plain(french.say("box.days", { n: 0 }))).toBe("0 jour");
    expect(english.say("box.days", { n: 0 })).toBe("0 days");
    expect(plain(french.say("box.days", { n: 1_234 }))).toBe("1 234 jours");
    expect(english.say("box.days", { n: 1 })).toBe("1 day");
  });

  test("sets French signs so that they never begin a line", () => {
    const say = createSay({ text: "« Oui » : 50 % ?" } as const, "fr");
    expect(say("text")).toBe("«\u00a0Oui\u00a0»\u00a0: 50\u00a0%\u00a0?");
  });

  test("has a name for everything a codec can measure and every state a command can reach", () => {
    for (const name of Object.keys(VOCABULARY)) {
      expect(Object.hasOwn(quantitiesFr, name), name).toBe(true);
      expect(french.measurement.name(`${name}@9`)).toBe(`${french.measurement.name(name)} (9)`);
    }
    for (const state of [...OPEN_STATES, ...TERMINAL_STATES]) expect(stepInWords(state, french)).not.toBe(state);
  });
});

describe("a lamp in words", () => {
  const words = (values: Values, over?: Partial<AssetView>): string =>
    plain(stateInWords(assetOf("lamp", values, over), french));

  test("what it told", () => {
    const values: Values = { "lamp.on": [true, "bool", 60], "lamp.level": [50, "%", 60], "lamp.power": [42, "W", 60] };
    expect(words(values)).toBe("Allumée, 50 %, 42 W");
    expect(plain(stateInWords(assetOf("lamp", values), english))).toBe("On, 50%, 42 W");
  });

  test("a newer power that contradicts the level is believed, and says it is a conclusion", () => {
    expect(words({ "lamp.level": [100, "%", 3_000], "lamp.power": [42, "W", 20] })).toBe("Allumée, environ 50 %, 42 W");
    expect(words({ "lamp.level": [100, "%", 3_000], "lamp.power": [0.4, "W", 20] })).toBe("Éteinte");
  });

  test("an older power that contradicts the level is left out", () => {
    expect(words({ "lamp.level": [50, "%", 20], "lamp.power": [84, "W", 3_000] })).toBe("Allumée, 50 %");
  });

  test("without a rated power nothing is concluded", () => {
    expect(words({ "lamp.power": [42, "W", 20] }, { attributes: {} })).toBe("Consomme 42 W");
    expect(words({})).toBe("Pas encore de valeur");
  });

  test("an instance counts where nothing speaks for the whole lamp", () => {
    expect(words({ "lamp.level@9": [25, "%", 5] })).toBe("Allumée, 25 %");
  });

  test("level and power never contradict each other on the screen", () => {
    const value = fc.record({
      level: fc.integer({ min: 0, max: 100 }),
      watts: fc.double({ min: 0, max: 100, noNaN: true }),
      levelAgo: fc.integer({ min: 0, max: 9_999 }),
      powerAgo: fc.integer({ min: 0, max: 9_999 }),
    });
    fc.assert(
      fc.property(value, ({ level, watts, levelAgo, powerAgo }) => {
        const state = lampState(
          assetOf("lamp", { "lamp.level": [level, "%", levelAgo], "lamp.power": [watts, "W", powerAgo] }),
        );
        if (state.power === undefined || state.level === undefined || state.on === false) return;
        const wanted = (84 * state.level) / 100;
        // 2.5 % is half of the step to which a concluded level is rounded; over the rated power there is no level.
        const tolerance = Math.max(3, 0.2 * wanted, 84 * 0.025) + (state.level === 100 ? 16 : 0);
        expect(Math.abs(watts - wanted)).toBeLessThanOrEqual(tolerance + 1e-9);
      }),
    );
  });
});

describe("other assets in words", () => {
  test("each kind says first what one wants to know", () => {
    const bin = assetOf("container", { "container.level": [74, "%", 9], "battery.level": [92, "%", 9] });
    expect(plain(stateInWords(bin, french))).toBe("Plein à 74 %");
    const room = assetOf("room", { "air.co2": [812, "[ppm]", 9], "air.temperature": [20.6, "Cel", 9] });
    expect(plain(stateInWords(room, french))).toBe("20,6 °C, 812 ppm");
    expect(stateInWords(assetOf("spot", { "parking.occupied": [false, "bool", 9] }), french)).toBe("Libre");
    const meter = assetOf("meter", { "meter.water.total": [1_873.214, "m3", 9] });
    expect(plain(stateInWords(meter, french))).toBe("1 873,214 m³");
    const station = assetOf("station", { "sound.instant": [43.8, "dB", 9], "sound.leq": [41.6, "dB", 9] });
    expect(plain(stateInWords(station, french))).toBe("Bruit moyen 41,6 dB, Bruit 43,8 dB");
  });

  test("a door, a detector, a counter and a cabinet say what they are there for", () => {
    const said = (kind: string, values: Values): string => plain(stateInWords(assetOf(kind, values), french));
    expect(said("door", { "contact.open": [false, "bool", 9], "device.tamper": [false, "bool", 9] })).toBe("Fermé");
    expect(said("room", { "smoke.alarm": [false, "bool", 9], "battery.level": [80, "%", 9] })).toBe("Pas de fumée");
    expect(said("room", { "air.temperature": [20, "Cel", 9], occupancy: [true, "bool", 9] })).toBe("20 °C");
    expect(said("counter", { "count.out": [1_307, "1", 9], "count.in": [1_310, "1", 9] })).toBe(
      "Entrées 1 310, Sorties 1 307",
    );
    const cabinet: Values = { "relay.closed@1": [true, "bool", 9], "power.active": [654, "W", 9] };
    expect(said("cabinet", cabinet)).toBe("654 W");
  });

  test("units people use, codes in words", () => {
    const { measurement } = french;
    expect(plain(measurement.number(12_345_678, "Wh"))).toBe("12,3 MWh");
    expect(plain(measurement.number(0.214, "m3"))).toBe("214 L");
    expect(measurement.value("lamp.reason", { value: "dusk step 0", unit: "1" })).toBe("Crépuscule, palier 0");
    expect(measurement.value("lamp.reason", { value: "new code", unit: "1" })).toBe("new code");
    expect(measurement.name("count.direction.nord")).toBe("Passages (nord)");
  });
});

describe("what needs somebody", () => {
  test("faults and full containers do, and say why", () => {
    expect(conditionOf(assetOf("lamp", { "gear.failure@9": [true, "bool", 9] }), NOW, true).whys).toEqual([
      "why.failure",
    ]);
    const bin = assetOf("container", { "container.level": [80, "%", 9], "battery.level": [15, "%", 9] });
    expect(conditionOf(bin, NOW, true).whys).toEqual(["why.full", "why.battery"]);
    expect(conditionOf(assetOf("container", { "container.level": [79, "%", 9] }), NOW, true).attention).toBe(false);
  });

  test("silence does after three intervals, unless the box explains it", () => {
    const lamp = assetOf("lamp", { "lamp.level": [50, "%", 3 * 600 + 1] }, { expectedIntervalSeconds: 600 });
    expect(isStale(lamp, NOW - 1_000)).toBe(false);
    expect(conditionOf(lamp, NOW, true)).toMatchObject({ stale: true, attention: true, whys: ["why.silent"] });
    expect(conditionOf(lamp, NOW, false)).toMatchObject({ stale: true, attention: false });
    expect(isStale(assetOf("meter", { "meter.water.total": [1, "m3", 17 * 3_600] }), NOW)).toBe(false);
  });
});

test("ages move from seconds to days", () => {
  const { format } = french;
  expect(plain(format.age(at(12), NOW))).toBe("il y a 12 s");
  expect(plain(format.age(at(130), NOW))).toBe("il y a 2 min");
  expect(plain(format.age(at(3 * 3_600), NOW))).toBe("il y a 3 h");
  expect(plain(format.age(at(2 * 86_400), NOW))).toBe("il y a 2 j");
  expect(plain(format.age(at(-5), NOW))).toBe("il y a 0 s");
});

test("a command's way ahead ends with its end", () => {
  const step = { state: "on-air", at: at(1) };
  const base = {
    name: "dim",
    fields: {},
    id: "",
    target: "",
    author: "",
    precedence: "",
    requestedAt: "",
    expiresAt: "",
  };
  expect(stillToCome({ ...base, state: "on-air", terminal: false, proof: "none", steps: [step] })).toEqual([
    "acknowledged",
    "effect-observed",
  ]);
  expect(stillToCome({ ...base, state: "failed", terminal: true, proof: "none", steps: [step] })).toEqual([]);
});

test("a search ignores accents, capitals and order", () => {
  expect(finds("Éloyes, Rue de l’École 12", "ecole eloyes")).toBe(true);
  expect(finds("Éloyes", "vecoux")).toBe(false);
});

describe("disks of boxes", () => {
  const box = (name: string, state?: "ok" | "slow" | "shedding" | "full" | "read-only" | "failing") => ({
    name,
    ...(state === undefined
      ? {}
      : { storage: { state, lost: { thinned: 0, dropped: 0, damaged: 0 } } as NonNullable<BoxView["storage"]> }),
  });

  test("boxes of one trouble are told together, the gravest first; those that are well are not told of", () => {
    const boxes = [box("a", "slow"), box("b", "ok"), box("c", "failing"), box("d"), box("e", "slow"), box("f", "full")];
    expect(diskTroubles(boxes).map(({ trouble, boxes: told }) => [trouble, ...told.map(({ name }) => name)])).toEqual([
      ["unwritten", "c", "f"],
      ["slow", "a", "e"],
    ]);
    expect(diskTroubles([box("b", "ok"), box("d")])).toEqual([]);
    expect(diskTroubles([box("g", "read-only"), box("h", "shedding")]).map(({ trouble }) => trouble)).toEqual([
      "unwritten",
      "shedding",
    ]);
  });
});
