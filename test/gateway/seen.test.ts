/** The memory of copies against a plain model: whatever is added, kept, undone, dropped and read back. */
import SQLite from "better-sqlite3";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openSeen, type Seen, type SeenStore } from "../../gateway/seen.ts";

const KEPT_MAX = 40;
/** So many that they share few chains of any capacity near the first one. */
const keys = fc.nat(5).chain((low) => fc.nat(3).map((high) => low + high * 4_096));

type Step =
  | { readonly do: "add"; readonly key: number }
  | { readonly do: "keep" | "undo" | "prune" | "open" }
  | { readonly do: "many"; readonly count: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: keys.map((key) => ({ do: "add" as const, key })) },
  {
    weight: 4,
    arbitrary: fc.constantFrom("keep" as const, "undo" as const, "prune" as const).map((what) => ({ do: what })),
  },
  { weight: 1, arbitrary: fc.constant({ do: "open" as const }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4_500 }).map((count) => ({ do: "many" as const, count })) },
);

function play(script: readonly Step[]): void {
  const db = new SQLite(":memory:");
  db.exec("CREATE TABLE seen (id INTEGER PRIMARY KEY, records BLOB NOT NULL, newest INTEGER NOT NULL) STRICT");
  let store: SeenStore = openSeen(db, KEPT_MAX);
  let kept: Seen[] = [];
  let open: Seen[] = [];
  let time = 1_000;
  const add = (key: number): void => {
    time += 1;
    const record = { key, check: key + 1, origin: time % 7, bytes: time % 11, at: time };
    store.add(record);
    open.push(record);
  };
  const keep = (): void => {
    store.save();
    store.committed();
    kept = [...kept, ...open];
    open = [];
  };
  const newestOf = (key: number) => [...kept, ...open].findLast((record) => record.key === key);
  for (const step of script) {
    if (step.do === "add") add(step.key);
    else if (step.do === "many") for (let each = 0; each < step.count; each += 1) add(100_000 + (each % 9_000));
    else if (step.do === "keep") keep();
    else if (step.do === "undo") {
      store.rolledBack();
      open = [];
    } else {
      keep();
      if (step.do === "prune") {
        const { records: dropped } = store.prune(time - 60);
        store.committed();
        kept = kept.slice(dropped);
      } else store = openSeen(db, KEPT_MAX);
    }
    expect(store.size).toBe(kept.length + open.length);
    for (const key of [0, 1, 5, 4_096, 4_097, 12_288, 100_000, 104_096]) {
      expect(store.find(key, key + 1)).toEqual(newestOf(key));
      expect(store.find(key, key + 2)).toBeUndefined();
    }
  }
  db.close();
}

it("finds the newest record of each key that is kept, and no other", () => {
  fc.assert(fc.property(fc.array(steps, { maxLength: 60 }), play), { numRuns: 60 });
});

const ROOM = 4_096;
const openStore = (keptMax: number): SeenStore => {
  const db = new SQLite(":memory:");
  db.exec("CREATE TABLE seen (id INTEGER PRIMARY KEY, records BLOB NOT NULL, newest INTEGER NOT NULL) STRICT");
  return openSeen(db, keptMax);
};

it("finds both of two records that differ in the second digest only", () => {
  const store = openStore(KEPT_MAX);
  const [one, other] = [1, 2].map((check) => ({ key: 7, check, origin: check, bytes: 0, at: check }));
  store.add(one!);
  store.add(other!);
  expect(store.find(7, 1)).toEqual(one);
  expect(store.find(7, 2)).toEqual(other);
  expect(store.find(7, 3)).toBeUndefined();
});

it("ends a chain where a newer record has taken the place of a forgotten one, also of the same chain", () => {
  const store = openStore(1);
  const add = (key: number, at: number): void => {
    store.add({ key, check: 0, origin: 0, bytes: 0, at });
    store.save();
    store.committed();
  };
  const forgetBefore = (at: number): void => {
    store.prune(at);
    store.committed();
  };
  // Keys that are ROOM apart share a chain: the third lies where the first lay, and the second still points there.
  add(5, 0);
  add(5 + ROOM, 1);
  forgetBefore(1);
  for (let at = 2; at < ROOM; at += 1) {
    add(100_000 + at, at);
    if (at === ROOM - 2) expect(store.find(5 + ROOM, 0)?.at).toBe(1);
  }
  add(5 + 2 * ROOM, ROOM);
  expect(store.find(5 + 2 * ROOM, 0)?.at).toBe(ROOM);
  expect(store.find(5 + ROOM, 0)?.at).toBe(1);
  expect(store.find(5 + 3 * ROOM, 0)).toBeUndefined();
});
