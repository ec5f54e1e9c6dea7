/**
 * The ledger under everything that can go wrong on a command's way, in random order: box, broker, ChirpStack and hypervisor lose,
 * delay, double and start anew. `BEFFROI_WALK_SEED` walks a history again, `BEFFROI_WALKS` sets how many.
 */
import { expect, it } from "vitest";
import { TERMINAL_STATES } from "../../commands/command.ts";
import { walkMany } from "./walk/walk.ts";
import type { Lens } from "./walk/world.ts";

const SEED = Number(process.env.BEFFROI_WALK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = Number(process.env.BEFFROI_WALKS ?? 2_000);

const told = (bad: Awaited<ReturnType<typeof walkMany>>["bad"]): string =>
  bad
    .map(({ seed, faults }) => `seed ${seed}: ${faults.map(({ is, text }) => `${is} (${text})`).join("; ")}`)
    .join("\n");

it("ends every command once, in time and in truth, whatever happens on its way", { timeout: 300_000 }, async () => {
  const { histories, bad, coverage } = await walkMany(SEED, HISTORIES);
  console.log(`${histories} histories from seed ${SEED}; ends: ${JSON.stringify(coverage)}`);
  expect(told(bad)).toBe("");
  expect(histories).toBe(HISTORIES);
  const unreached = HISTORIES < 1_000 ? [] : TERMINAL_STATES.filter((state) => (coverage[state] ?? 0) === 0);
  expect(unreached, "terminal states that no history reached").toEqual([]);
});

/** Sees an empty queue and nothing moved: what has not been heard of is then sent again. */
const blind: Lens = () => ({ items: [], session: { devAddr: "01000000", fCntDown: 0 } });
/** Sees the queue, but not whether the device's downlinks moved on. */
const forgetful: Lens = ({ items }) => ({ items, session: { devAddr: "01000000", fCntDown: 0 } });

it.each([
  ["sends again without looking at the queue", blind],
  ["sends again what left the queue without looking at the counter", forgetful],
])("catches a box that %s", { timeout: 300_000 }, async (_, lens) => {
  const { histories, bad } = await walkMany(SEED, HISTORIES, lens, 1);
  expect(bad.flatMap(({ faults }) => faults.map(({ is }) => is))).toContain("double");
  console.log(`found after ${histories} histories`);
});
