/** What is read back: readings, latest values, assets, territories. */
import { expect, test } from "vitest";
import { readingOf } from "../batches.ts";
import { DAY, lamp, NOW, placing, type StoreGround } from "./ground.ts";

export const readingBackCases = (ground: StoreGround): void => {
  const { newBox, boxState, seqsOf, accept } = ground;

  test("readings of 1970 and of the year 9999 are stored, and neither holds the latest value", async () => {
    const journal = await newBox();
    const ref = lamp("910");
    const at = (time: number, value: number) =>
      readingOf({ asset: ref, at: time, measurements: [{ name: "lamp.power", value, unit: "W" }] });
    journal.append(...placing(ref, "70b3d57050000910"), at(NOW - 1000, 10), at(0, 1), at(Date.UTC(9999, 0), 99));
    expect(await accept(journal, 1, 5)).toMatchObject({ status: 200, quarantined: [] });
    const latest = async () => (await ground.store.assets({ refs: [ref], limit: 1 }))[0]?.latest["lamp.power"]?.value;
    expect(await latest()).toBe(99);
    journal.append(at(NOW + 60_000, 11));
    await accept(journal, 6, 6, NOW + 60_000);
    expect(await latest()).toBe(11);
    journal.append(at(NOW - DAY, 3));
    await accept(journal, 7, 7, NOW + 61_000);
    expect(await latest()).toBe(11);
    const all = { asset: ref, measurement: "lamp.power", from: -1, to: Date.UTC(9999, 1), limit: 100 };
    expect((await ground.store.series(all))?.points.map(({ value }) => value)).toEqual([1, 3, 10, 11, 99]);
    expect((await ground.store.series({ ...all, limit: 2 }))?.points.map(({ value }) => value)).toEqual([11, 99]);
    expect((await ground.store.series({ ...all, from: NOW - 1000, to: NOW }))?.points).toEqual([
      { at: NOW - 1000, value: 10 },
    ]);
  });

  test("history becomes points of its own time; instances, texts and switches are kept apart", async () => {
    const journal = await newBox();
    const ref = lamp("920");
    journal.append(
      readingOf({
        asset: ref,
        at: NOW,
        measurements: [
          { name: "lamp.power@9", value: 42, unit: "W" },
          { name: "lamp.power", value: 39.5, unit: "W" },
          { name: "lamp.on", value: false, unit: "bool" },
          { name: "lamp.reason", value: "", unit: "1" },
        ],
        history: [{ at: NOW - 3_600_000, measurements: [{ name: "lamp.power", value: 38, unit: "W" }] }],
      }),
    );
    await accept(journal, 1, 1);
    const points = async (measurement: string) =>
      (await ground.store.series({ asset: ref, measurement, from: 0, to: NOW + 1, limit: 10 }))?.points;
    expect(await points("lamp.power")).toEqual([
      { at: NOW - 3_600_000, value: 38 },
      { at: NOW, value: 39.5 },
    ]);
    expect(await points("lamp.power@9")).toEqual([{ at: NOW, value: 42 }]);
    expect(await points("lamp.on")).toEqual([{ at: NOW, value: false }]);
    expect(await points("lamp.reason")).toEqual([{ at: NOW, value: "" }]);
    expect(await points("lamp.colour")).toBeUndefined();
  });

  test("assets are found by commune, use and page; the registry's last word counts", async () => {
    const journal = await newBox(["88429"]);
    const refs = ["1", "2", "3"].map((local) => lamp(local, "88429"));
    journal.append(...refs.flatMap((ref, place) => placing(ref, `70b3d5705000100${place}`, "88429")));
    journal.append(
      { kind: "registry", at: NOW, change: { op: "remove-device", devEui: "70b3d57050001000" } },
      {
        kind: "registry",
        at: NOW,
        change: { op: "put-device", device: { devEui: "70b3d57050001009", model: "m", asset: refs[0] } },
      },
    );
    await accept(journal, 1, journal.lastSeq);
    const page = await ground.store.assets({ commune: "88429", limit: 2 });
    expect(page.map(({ ref }) => ref)).toEqual(refs.slice(0, 2));
    expect(page[0]).toMatchObject({
      box: journal.box,
      device: { devEui: "70b3d57050001009" },
      attributes: { ratedWatts: 40 },
    });
    expect((await ground.store.assets({ commune: "88429", after: refs[1]!, limit: 2 })).map(({ ref }) => ref)).toEqual([
      refs[2],
    ]);
    expect(await ground.store.assets({ commune: "88429", use: "water", limit: 2 })).toEqual([]);
    expect((await ground.store.assetCounts()).get("88429")).toBe(3);
  });

  test("territories come back in their order, and are replaced whole", async () => {
    const communes = [
      { insee: "88429", name: "Saint-Nabord" },
      { insee: "88383", name: "Remiremont", latitude: 48.017, longitude: 6.589 },
    ];
    await ground.store.replaceTerritories({
      region: "Old",
      territories: [{ id: "o", name: "O", communes: [{ insee: "51237", name: "E" }] }],
    });
    const whole = { region: "Grand Est", territories: [{ id: "200068377", name: "CC", communes }] };
    await ground.store.replaceTerritories(whole);
    expect(await ground.store.territories()).toEqual(whole);
  });

  test("the newest state comes ahead of its history, moves no cursor, and history does not turn it back", async () => {
    const journal = await newBox();
    const ref = lamp(`ahead-${journal.box}`);
    const at = (n: number) => NOW - DAY + n * 60_000;
    const powered = (n: number) =>
      readingOf({
        device: "70b3d57050000777",
        asset: ref,
        at: at(n),
        receivedAt: at(n),
        fCnt: n,
        measurements: [{ name: "lamp.power", value: n, unit: "W" }],
      });
    journal.append(...placing(ref, "70b3d57050000777"));
    for (let n = 0; n < 10; n++) journal.append(powered(n));
    await accept(journal, 1, 4);
    const state = async () => (await ground.store.assets({ refs: [ref], limit: 1 }))[0];
    const { entries } = journal.batch(12, 12);
    await ground.store.acceptLatest(
      { ...journal.batch(1, 0), entries: entries.map((entry) => ({ ...entry, seq: 1 })) },
      NOW,
    );
    expect((await state())?.latest).toEqual({ "lamp.power": { value: 9, unit: "W", at: at(9) } });
    expect((await state())?.lastSeenAt).toBe(at(9));
    expect(await boxState(journal)).toMatchObject({ durableSeq: 4, lastProofAt: NOW });
    expect(await accept(journal, 5, 11)).toMatchObject({ status: 200, durableSeq: 11 });
    expect((await state())?.latest).toEqual({ "lamp.power": { value: 9, unit: "W", at: at(9) } });
    expect(await accept(journal, 12, 12)).toMatchObject({ status: 200, durableSeq: 12 });
    expect(await seqsOf(journal)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    await expect(ground.store.acceptLatest({ ...journal.batch(1, 0), box: "nobody" }, NOW)).rejects.toMatchObject({
      code: "box-unknown",
    });
  });
};
