import fc from "fast-check";
import { expect, test } from "vitest";
import { createPlaces } from "../../hypervisor/places.ts";

test("never more than there are places, each one served in the order of coming, whatever ends when and how", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ turns: fc.nat(5), fails: fc.boolean() }), { maxLength: 30 }),
      async (atOnce, works) => {
        const places = createPlaces(atOnce, () => 0);
        let under = 0;
        const begun: number[] = [];
        const results = await Promise.allSettled(
          works.map(({ turns, fails }, which) =>
            places.take(async () => {
              begun.push(which);
              expect(++under).toBeLessThanOrEqual(atOnce);
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              under--;
              if (fails) throw new Error(`${which}`);
              return which;
            }),
          ),
        );
        expect(begun).toEqual(works.map((_, which) => which));
        expect(results.map((each) => (each.status === "fulfilled" ? each.value : each.reason.message))).toEqual(
          works.map(({ fails }, which) => (fails ? `${which}` : which)),
        );
      },
    ),
  );
});

test("the first that waits says how long; a place that is free has no wait", async () => {
  let now = 0;
  const places = createPlaces(1, () => now);
  const gate = Promise.withResolvers<void>();
  const first = places.take(() => gate.promise);
  expect(places.waitedMs()).toBe(0);
  now = 100;
  const second = places.take(async () => {});
  now = 350;
  const third = places.take(async () => {});
  expect(places.waitedMs()).toBe(250);
  gate.resolve();
  await Promise.all([first, second, third]);
  expect(places.waitedMs()).toBe(0);
});
