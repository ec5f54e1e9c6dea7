/** When assets were heard is written where it is news, and only what was committed is known. */
import { expect, it } from "vitest";
import { putSeen } from "../../hypervisor/store/latest.ts";
import type { Lot } from "../../hypervisor/store/lots.ts";
import { rememberSeries } from "../../hypervisor/store/series.ts";

const ARRIVED = Date.UTC(2026, 2, 3);

const lot = (box: number, heard: Readonly<Record<string, number>>): Lot => ({
  place: { box, epoch: 1, arrivedAt: ARRIVED },
  readings: {
    count: 0,
    at: () => {
      throw new Error("not asked for");
    },
    runs: [],
    heard: Object.entries(heard).map(([asset, at]) => ({ asset, at })),
  },
});

const build = () => {
  const memory = rememberSeries();
  return async (lots: readonly Lot[], { committed = true } = {}) => {
    const lesson = memory.lesson();
    const written: string[] = [];
    const tx = {
      async query(_text: string, [boxes, assets, ats]: readonly unknown[] = []) {
        (assets as string[]).forEach((asset, row) => {
          written.push(`${(boxes as number[])[row]} ${asset} ${(ats as number[])[row]! * 1_000}`);
        });
        return [];
      },
      async script() {},
    };
    const refs = await putSeen(tx, lots, lesson);
    if (committed) lesson.keep();
    return { refs, written };
  };
};

it("older news is not written, and the asset is told all the same", async () => {
  const put = build();
  expect(await put([lot(1, { a: 2_000, b: 3_000 })])).toEqual({ refs: ["a", "b"], written: ["1 a 2000", "1 b 3000"] });
  expect(await put([lot(1, { a: 1_999, b: 3_000 })])).toEqual({ refs: ["a", "b"], written: [] });
  expect(await put([lot(1, { a: 2_001, b: 1_000 })])).toEqual({ refs: ["a", "b"], written: ["1 a 2001"] });
  expect(await put([lot(1, { a: 2_000 })])).toEqual({ refs: ["a"], written: [] });
});

it("an asset of another box is another asset", async () => {
  const put = build();
  await put([lot(1, { a: 2_000 })]);
  expect(await put([lot(2, { a: 1_000 }), lot(1, { a: 1_000 })])).toEqual({ refs: ["a"], written: ["2 a 1000"] });
});

it("what was rolled back is written again", async () => {
  const put = build();
  await put([lot(1, { a: 2_000 })], { committed: false });
  expect((await put([lot(1, { a: 2_000 })])).written).toEqual(["1 a 2000"]);
});

it("of two transactions that end in the other order the later time is known", async () => {
  const memory = rememberSeries();
  const [first, second] = [memory.lesson(), memory.lesson()];
  first.heard([{ box: 1, asset: "a", at: 2_000 }]);
  second.heard([{ box: 1, asset: "a", at: 3_000 }]);
  second.keep();
  first.keep();
  expect([3_000, 3_001].map((at) => memory.lesson().isHeard({ box: 1, asset: "a", at }))).toEqual([true, false]);
});

it("a time after the arrival counts as the arrival", async () => {
  const put = build();
  await put([lot(1, { a: ARRIVED + 60_000 })]);
  expect((await put([lot(1, { a: ARRIVED })])).written).toEqual([]);
  expect((await put([lot(1, { a: ARRIVED - 1 })])).written).toEqual([]);
});
