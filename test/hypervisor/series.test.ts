/** Numbers of series: asked for once, and one for each unit a device has measured in. */
import { expect, it } from "vitest";
import type { ValueRun } from "../../hypervisor/store/lots.ts";
import { rememberSeries } from "../../hypervisor/store/series.ts";

const run = (name: string, unit: string, device = "d1"): ValueRun => ({
  ...{ device, asset: "room:88383:1", name, unit },
  ...{ count: 1, values: [1], valuesFrom: 0, ats: [1], atsFrom: 0, ranks: [1], newestAt: 1 },
});

/** A table of series that numbers what it is asked for. */
const table = () => {
  const numbers = new Map<string, number>();
  let asked = 0;
  return {
    asked: () => asked,
    async query<Row>(_text: string, values: readonly unknown[] = []) {
      asked++;
      const columns = values as unknown[][];
      return columns[0]!.map((_, row) => {
        const key = JSON.stringify(columns.map((column) => column[row]));
        const id = numbers.get(key) ?? numbers.size + 1;
        numbers.set(key, id);
        return { id } as Row;
      });
    },
    async script() {},
  };
};

const build = () => {
  const [memory, tx] = [rememberSeries(), table()];
  const numbersOf = async (runs: readonly ValueRun[]): Promise<number[]> => {
    const lesson = memory.lesson();
    const series = await lesson.resolve(tx, [{ place: { box: 1 }, readings: { runs } }]);
    lesson.keep();
    return series.map(({ id }) => id);
  };
  return { tx, numbersOf };
};

it("each unit of a quantity is a line of its own, known ones are not asked for", async () => {
  const { tx, numbersOf } = build();
  const runs = [run("air.co2", "ppm"), run("air.co2", "%"), run("air.co2", "ppm"), run("air.co2", "ppm", "d2")];
  expect(await numbersOf(runs)).toEqual([1, 2, 1, 3]);
  const asked = tx.asked();
  expect(await numbersOf(runs.toReversed())).toEqual([3, 1, 2, 1]);
  expect(tx.asked()).toBe(asked);
});

it("a unit that comes later leaves the one before known", async () => {
  const { tx, numbersOf } = build();
  expect(await numbersOf([run("air.co2", "ppm")])).toEqual([1]);
  expect(await numbersOf([run("air.co2", "%")])).toEqual([2]);
  const asked = tx.asked();
  expect(await numbersOf([run("air.co2", "ppm"), run("air.co2", "%")])).toEqual([1, 2]);
  expect(tx.asked()).toBe(asked);
});
