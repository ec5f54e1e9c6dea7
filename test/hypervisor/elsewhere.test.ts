import { expect, test } from "vitest";
import { sortEntries } from "../../hypervisor/store/sorting.ts";
import { entryOf, readingOf } from "./batches.ts";

const sorted = (changes: Parameters<typeof readingOf>[0]) => {
  const { readings, unusable } = sortEntries([entryOf(1, readingOf(changes))], ["88383", "88160"]);
  return [readings.length, unusable.map(({ code }) => code)];
};

test("a box speaks of the communes it serves, and of no other's assets", () => {
  expect(sorted({ commune: "88383", asset: "lamp:88383:042" })).toEqual([1, []]);
  expect(sorted({ commune: "88160", asset: "lamp:88160:1" })).toEqual([1, []]);
  expect(sorted({ commune: "51237" })).toEqual([0, ["commune-not-served"]]);
  // The commune it names is its own; the asset is not.
  expect(sorted({ commune: "88383", asset: "lamp:51237:042" })).toEqual([0, ["commune-not-served"]]);
  expect(sorted({ commune: "88383", asset: "bench" })).toEqual([1, []]);
});
