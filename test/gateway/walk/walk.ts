/** Random histories of commands, and how far they reach. */
import { type CommandState, TERMINAL_STATES } from "../../../commands/command.ts";
import { chooseAlone, chooseInStreet } from "./actions.ts";
import type { Lens } from "./box.ts";
import { createDice } from "./dice.ts";
import { type Fault, judge } from "./judge.ts";
import { createWorld, isOver, type World } from "./world.ts";

/** After the last expiry: the effect's time, the patience for a word, and room. */
const PATIENCE_MS = 1_500_000;
/** So many end with a line that is cut for longer than any effect takes. */
const CUTS = 0.1;
const CUT_MS = 360_000;
/** So many histories are of a street told by group. */
const STREETS = 0.35;

/** How often something was reached. */
export type Coverage = Readonly<Record<string, number>>;

export interface History {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly ends: readonly CommandState[];
  /** What became of those that went with their group. */
  readonly groupEnds: readonly string[];
}

const groupEndsOf = (world: World): string[] =>
  world.commands.flatMap(({ id }) => {
    const row = world.row(id);
    if (row?.group === undefined) return [];
    return row.straggler === true ? ["straggler", `straggler ${row.record.state}`] : [row.record.state];
  });

export const walk = async (seed: number, lens?: Lens): Promise<History> => {
  const dice = createDice(seed);
  const street = dice.chance(STREETS);
  const nature = { street, api: dice.chance(street ? 0.9 : 0.75), session: dice.chance(0.5) };
  const world = createWorld(dice, { ...nature, gateways: street ? 1 + dice.upTo(2) : 1 }, lens);
  const choose = street ? chooseInStreet : chooseAlone;
  await world.pass(3_000);
  const length = 5 + dice.upTo(16);
  await (street ? world.orderMany() : world.order(dice.upTo(3)));
  for (let step = 0; step < length; step++) {
    await choose(world)(world);
    await world.pass(1_000 * dice.one([0, 1, 1, 2, 5, 12, 25]));
  }
  if (dice.chance(CUTS)) {
    world.line("cut");
    await world.pass(CUT_MS, 4_000);
  }
  world.heal();
  for (let spent = 0; spent < PATIENCE_MS && !isOver(world); spent += 20_000) await world.pass(20_000, 4_000);
  const ends = world.commands.map(({ id }) => world.replicaOf(id)!);
  const history = { seed, faults: judge(world), ends, groupEnds: groupEndsOf(world) };
  world.end();
  return history;
};

export interface Walked {
  readonly histories: number;
  readonly bad: readonly History[];
  /** Of terminal states. */
  readonly ends: Coverage;
  readonly groupEnds: Coverage;
}

const count = (into: Record<string, number>, what: readonly string[]): void => {
  for (const each of what) into[each] = (into[each] ?? 0) + 1;
};

/** `count` histories from `seed` on; stops early once `enough` of them went wrong. */
export const walkMany = async (seed: number, histories: number, lens?: Lens, enough = 3): Promise<Walked> => {
  const ends: Record<string, number> = Object.fromEntries(TERMINAL_STATES.map((state) => [state, 0]));
  const groupEnds: Record<string, number> = {};
  const bad: History[] = [];
  let walked = 0;
  for (; walked < histories && bad.length < enough; walked++) {
    const history = await walk(seed + walked, lens);
    count(ends, history.ends);
    count(groupEnds, history.groupEnds);
    if (history.faults.length > 0) bad.push(history);
  }
  return { histories: walked, bad, ends, groupEnds };
};
