/**
 * The ledger under everything that can go wrong on a command's way, in random order: box, broker, ChirpStack and hypervisor lose,
 * delay, double and start anew; lamps join their group, leave it and are given other keys. `BEFFROI_WALK_SEED` walks a history again,
 * `BEFFROI_WALKS` sets how many.
 */
import { expect, it } from "vitest";
import { TERMINAL_STATES } from "../../commands/command.ts";
import type { Lens } from "./walk/box.ts";
import type { Fault } from "./walk/judge.ts";
import { walkMany } from "./walk/walk.ts";

const SEED = Number(process.env.BEFFROI_WALK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = Number(process.env.BEFFROI_WALKS ?? 2_000);
/** What a command that went with its group may come to; whoever is cancelled or refused never went. */
const GROUP_ENDS = ["effect-observed", "failed", "expired", "superseded", "straggler"];

const told = (bad: Awaited<ReturnType<typeof walkMany>>["bad"]): string =>
  bad
    .map(({ seed, faults }) => `seed ${seed}: ${faults.map(({ is, text }) => `${is} (${text})`).join("; ")}`)
    .join("\n");

it("ends every command once, in time and in truth, whatever happens on its way", { timeout: 900_000 }, async () => {
  const { histories, bad, ends, groupEnds } = await walkMany(SEED, HISTORIES);
  console.log(`${histories} histories from seed ${SEED}; ends: ${JSON.stringify(ends)}`);
  console.log(`of those told by group: ${JSON.stringify(groupEnds)}`);
  expect(told(bad)).toBe("");
  expect(histories).toBe(HISTORIES);
  if (HISTORIES < 1_000) return;
  expect(TERMINAL_STATES.filter((state) => (ends[state] ?? 0) === 0)).toEqual([]);
  expect(GROUP_ENDS.filter((state) => (groupEnds[state] ?? 0) === 0)).toEqual([]);
});

const UNMOVED = { devAddr: "01000000", fCntDown: 0 };

it.each<[string, Lens, Fault["is"]]>([
  ["sends again without looking at the queue", { queue: () => ({ items: [], session: UNMOVED }) }, "double"],
  [
    "sends again what left the queue without looking at the counter",
    { queue: ({ items }) => ({ items, session: UNMOVED }) },
    "double",
  ],
  [
    "tells a group again without looking at its counter",
    { group: (state) => ({ ...state, waiting: 0, fCnt: 0 }) },
    "double",
  ],
  ["judges by a silence that it did not listen to", { heardUntil: Number.POSITIVE_INFINITY }, "unheard"],
  ["tells a group without asking who else hears it", { members: ({ unproven: _, ...group }) => group }, "stray"],
])("catches a box that %s", { timeout: 900_000 }, async (_, lens, is) => {
  let walked = 0;
  const found: Fault["is"][] = [];
  while (walked < HISTORIES && !found.includes(is)) {
    const { histories, bad } = await walkMany(SEED + walked, HISTORIES - walked, lens, 1);
    walked += histories;
    found.push(...bad.flatMap(({ faults }) => faults.map((fault) => fault.is)));
  }
  expect(found).toContain(is);
  console.log(`found after ${walked} histories`);
});
