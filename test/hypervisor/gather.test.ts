import { expect, test } from "vitest";
import { createGather } from "../../hypervisor/store/gather.ts";

const ground = () => {
  const asked: (readonly number[])[] = [];
  const open: PromiseWithResolvers<void>[] = [];
  const ask = createGather(async (questions: readonly number[]) => {
    asked.push(questions);
    const gate = Promise.withResolvers<void>();
    open.push(gate);
    await gate.promise;
    return questions.map((question) => question * 10);
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { asked, open, ask, turn };
};

test("questions of one turn are asked together, those that come meanwhile after them", async () => {
  const { asked, open, ask, turn } = ground();
  const first = [ask(1), ask(2)];
  await turn();
  const second = [ask(3), ask(4), ask(5)];
  await turn();
  expect(asked).toEqual([[1, 2]]);
  open[0]!.resolve();
  expect(await Promise.all(first)).toEqual([10, 20]);
  await turn();
  expect(asked).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  open[1]!.resolve();
  expect(await Promise.all(second)).toEqual([30, 40, 50]);
});

test("a failure is that of all who asked together, and of no other", async () => {
  const { open, ask, turn } = ground();
  const lost = [ask(1), ask(2)].map((answer) => answer.catch((error: Error) => error.message));
  await turn();
  const next = ask(3);
  open[0]!.reject(new Error("gone"));
  expect(await Promise.all(lost)).toEqual(["gone", "gone"]);
  await turn();
  open[1]!.resolve();
  expect(await next).toBe(30);
});

test("no more than 500 at once", async () => {
  const { asked, open, ask, turn } = ground();
  const answers = Array.from({ length: 1_201 }, (_, n) => ask(n));
  for (const size of [500, 500, 201]) {
    await turn();
    expect(asked.at(-1)).toHaveLength(size);
    open.at(-1)!.resolve();
    await turn();
  }
  expect((await Promise.all(answers)).at(-1)).toBe(12_000);
});
