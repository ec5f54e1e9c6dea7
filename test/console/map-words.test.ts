/** What the map decides without a browser: bunches, signs, names, ways, addresses, and when the plan is asked for. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPlanWatch } from "../../console/data/plan.ts";
import { cluster, placeOf, positionOf } from "../../console/map/cluster.ts";
import { nameOf, placeNames } from "../../console/map/names.ts";
import { nearestTowards } from "../../console/map/roving.ts";
import { boundsOf, markState, spotsOfAssets, spotsOfCommunes } from "../../console/map/spots.ts";
import { worldPx } from "../../console/map/view.ts";
import { addressOf, parseRoute } from "../../console/route.ts";
import { conditionOf } from "../../console/words/condition.ts";
import { INSEE, makeAssets, makeTree } from "./stub-data.ts";

// Thousandths: fast-check's own doubles crowd at the ends, where everything is one bunch.
const thousandth = fc.integer({ min: 0, max: 1_000 }).map((n) => n / 1_000);
const point = fc.record({ x: thousandth, y: thousandth });
const apart = fc.integer({ min: 1, max: 300 }).map((n) => n / 1_000);

describe("bunches", () => {
  test("hold every point once and stand apart from each other", () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 120, size: "max" }), apart, (points, distance) => {
        const bunches = cluster(points, distance);
        const held = bunches.flatMap(({ members }) => members);
        expect(held).toHaveLength(points.length);
        expect(new Set(held)).toEqual(new Set(points));
        for (const [index, one] of bunches.entries())
          for (const other of bunches.slice(index + 1))
            expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThanOrEqual(distance);
      }),
    );
  });

  test("part when one comes near enough, and one place stays one", () => {
    const points = [
      { x: 0.5, y: 0.5 },
      { x: 0.5001, y: 0.5 },
      { x: 0.5001, y: 0.5 },
    ];
    expect(cluster(points, 0.001).map(({ members }) => members.length)).toEqual([3]);
    expect(cluster(points, 0.00005).map(({ members }) => members.length)).toEqual([1, 2]);
  });

  test("places on the square lead back to degrees", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -179.9, max: 179.9, noNaN: true }),
        fc.double({ min: -85, max: 85, noNaN: true }),
        (longitude, latitude) => {
          const back = positionOf(placeOf({ latitude, longitude }));
          expect(back.longitude).toBeCloseTo(longitude, 9);
          expect(back.latitude).toBeCloseTo(latitude, 9);
        },
      ),
    );
    expect(placeOf({ latitude: 0, longitude: 0 })).toEqual({ x: 0.5, y: 0.5 });
  });
});

describe("what stands on the map", () => {
  const assets = makeAssets(40);
  const conditions = new Map(assets.map((asset) => [asset.ref, conditionOf(asset, Date.now(), true)]));
  const spots = spotsOfAssets(assets, conditions);
  const stateOf = (ref: string) => spots.find(({ key }) => key === ref)?.state;

  test("signs tell what a use wants to see, and trouble first", () => {
    expect(stateOf("lamp:88383:006")).toBe("lit");
    expect(stateOf("lamp:88383:004")).toBe("dark");
    expect(stateOf("lamp:88383:007")).toBe("silent");
    expect(stateOf("lamp:88383:011")).toBe("alarm");
    expect(stateOf("container:88383:001")).toBe("fine");
    expect(stateOf("container:88383:002")).toBe("alarm");
    expect(stateOf("spot:88383:003")).toBe("taken");
    expect(stateOf("spot:88383:004")).toBe("free");
    const failing = assets.find(({ ref }) => ref === "lamp:88383:011")!;
    expect(markState(failing, { whys: ["why.failure"], stale: true, attention: true })).toBe("alarm");
  });

  test("an asset without a position, or at zero and zero, is left to the list", () => {
    expect(stateOf("meter:88383:006")).toBeUndefined();
    expect(spots).toHaveLength(assets.length - 1);
    const unset = { ...assets[0]!, latitude: 0, longitude: 0 };
    expect(spotsOfAssets([unset], conditions)).toEqual([]);
    expect(boundsOf([])).toBeUndefined();
  });

  test("the marks of a region are named: a whole territory, then its communes, none on another", () => {
    const tree = makeTree(assets);
    const texts = (level: number) =>
      placeNames(cluster(spots, 50 / worldPx(level)), tree, worldPx(level), true).map(({ text }) => text);
    expect(texts(7)).toEqual(["CC de la Porte des Vosges Méridionales", "Belleville-sur-Meuse", "Esternay"]);
    const communes = tree.territories.flatMap((territory) => territory.communes.map(({ name }) => name)).toSorted();
    for (const level of [11, 16]) expect(texts(level).toSorted()).toEqual(communes);
    expect(nameOf(["88383"], tree)).toBe("Remiremont");
    expect(nameOf(["88383", "55043"], tree)).toBeUndefined();
    expect(spotsOfCommunes(tree).map(({ key }) => key)).toEqual([...INSEE]);
  });

  test("arrows lead to the nearest ahead, never back", () => {
    const others = [
      { x: 100, y: 5 },
      { x: 60, y: 50 },
      { x: -10, y: 0 },
    ];
    expect(nearestTowards({ x: 0, y: 0 }, others, [1, 0])).toBe(0);
    expect(nearestTowards({ x: 0, y: 0 }, others, [-1, 0])).toBe(2);
    expect(nearestTowards({ x: 0, y: 0 }, others, [0, -1])).toBeUndefined();
  });
});

test("the view is part of the address, there and back", () => {
  for (const address of [
    "/?view=map",
    "/communes/88383?view=map&use=lighting&q=gare",
    "/communes/88383/assets/lamp:88383:042?view=map",
    "/communes/88383/assets/lamp:88383:042",
    "/boxes",
    "/queue",
    "/communes/88383/queue",
  ]) {
    const url = new URL(address, "http://x");
    expect(addressOf(parseRoute(url.pathname, url.search)!)).toBe(address);
  }
  expect(parseRoute("/boxes", "?view=map")?.view).toBe("boxes");
  expect(parseRoute("/", "?view=globe")?.view).toBe("assets");
});

describe("the plan", () => {
  const make = (answers: boolean[]) => {
    const waits: { work: () => void; ms: number }[] = [];
    let online: (() => void) | undefined;
    let asked = 0;
    const watch = createPlanWatch({
      ask: async () => {
        asked += 1;
        return answers.shift() ?? false;
      },
      later: (work, ms) => {
        const wait = { work, ms };
        waits.push(wait);
        return () => {
          const at = waits.indexOf(wait);
          if (at >= 0) waits.splice(at, 1);
        };
      },
      onOnline: (listener) => {
        online = listener;
        return () => {
          online = undefined;
        };
      },
      random: () => 0.5,
    });
    return { watch, waits, asked: () => asked, goOnline: () => online?.(), isListening: () => online !== undefined };
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  test("is asked for once; while it is away, again with growing pauses, and at once when a network is back", async () => {
    const { watch, waits, asked, goOnline } = make([false, false, true]);
    const stop = watch.start();
    await settle();
    expect(watch.state()).toBe("away");
    expect(waits.map(({ ms }) => ms)).toEqual([20_000]);
    waits.shift()!.work();
    await settle();
    expect(waits.map(({ ms }) => ms)).toEqual([40_000]);
    goOnline();
    await settle();
    expect([watch.state(), asked(), waits.length]).toEqual(["there", 3, 0]);
    stop();
  });

  test("is taken away after three missing images with none between", async () => {
    const { watch, waits } = make([true]);
    watch.start();
    await settle();
    for (const came of [false, false, true, false, false]) watch.noteImage(came);
    expect(watch.state()).toBe("there");
    watch.noteImage(false);
    expect(watch.state()).toBe("away");
    for (const came of [false, false, false, false]) watch.noteImage(came);
    expect(waits).toHaveLength(1);
  });

  test("is asked for no more once the map is closed", async () => {
    const { watch, waits, isListening } = make([false, true]);
    const stop = watch.start();
    await settle();
    stop();
    expect([waits.length, isListening(), watch.state()]).toEqual([0, false, "away"]);
  });
});
