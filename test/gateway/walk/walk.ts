/** Random histories of commands, and what must hold of each whatever happened. */
import { type CommandState, isTerminal, TERMINAL_STATES } from "../../../commands/command.ts";
import { createDice } from "./dice.ts";
import { createWorld, GATEWAY_REFUSALS, isOver, type Lens, type World } from "./world.ts";

type Action = (world: World) => unknown;

const delays = (world: World): readonly number[] =>
  world.dice.one([[0], [0], [], [0, 0], [2_000], [9_000], [40_000], [0, 30_000]]);

const device = (world: World): number => world.dice.upTo(3);

/** Holds the lamp for a while; ends before the history does. */
const hold = (world: World) => ({ name: "hold", holdUntil: world.now() + 1_000 * (30 + world.dice.upTo(120)) });

/** How often, and what. */
const ACTIONS: readonly (readonly [number, Action])[] = [
  [8, (world) => world.order(device(world))],
  [2, (world) => world.order(device(world), { precedence: world.dice.one(["schedule", "override", "safety"]) })],
  [2, (world) => world.order(0, hold(world))],
  [1, (world) => world.order(0, { ...hold(world), author: "region", precedence: "override" })],
  [0.5, (world) => world.order(0, { ...hold(world), author: "mayor", reason: "a feast" })],
  [0.5, (world) => world.order(0, { name: "free", fields: {} })],
  [1, (world) => world.order(device(world), { fields: { level: 4_000 } })],
  [1, (world) => world.order(device(world), { name: "explode" })],
  [2, (world) => world.cancel()],
  [2, (world) => world.killBox()],
  [4, (world) => world.startBox()],
  [1, (world) => world.dieAtPublish(world.dice.one(["before", "after"]))],
  [2, (world) => world.killChirpStack()],
  [4, (world) => world.startChirpStack()],
  [0.4, (world) => world.loseChirpStack()],
  [1, (world) => world.hypervisor("down")],
  [2, (world) => world.hypervisor("up")],
  [0.5, (world) => world.hypervisor("of-yesterday")],
  [2, (world) => world.broker("down")],
  [4, (world) => world.broker("up")],
  [1, (world) => world.api(world.dice.one(["down", "slow"]))],
  [2, (world) => world.api("up")],
  [3, (world) => world.faults({ delivery: () => delays(world) })],
  [2, (world) => world.faults({ gateway: () => world.dice.one(["OK", "SILENCE", ...GATEWAY_REFUSALS]) })],
  [1, (world) => world.faults({ gateway: () => "SILENCE" })],
  [2, (world) => world.faults({ hears: () => world.dice.chance(0.3), acknowledges: () => world.dice.chance(0.3) })],
  [3, (world) => world.faults({})],
  [0.5, (world) => world.clockIs("unknown")],
  [1, (world) => world.clockIs("confirmed")],
  [2, (world) => world.flush(device(world))],
  [2, (world) => world.join(device(world))],
  [4, (world) => world.uplink(device(world))],
];
const WHOLE = ACTIONS.reduce((sum, [share]) => sum + share, 0);

const choose = (world: World): Action => {
  let at = world.dice.unit() * WHOLE;
  for (const [share, action] of ACTIONS) {
    at -= share;
    if (at < 0) return action;
  }
  return ACTIONS[0]![1];
};

/** The first receive window, and the second in which the clock is driven. */
const LATE_MS = 2_000;
/** After the last expiry: the effect's time, the patience for a word, and room. */
const PATIENCE_MS = 1_500_000;

export interface Fault {
  readonly is: "stuck" | "held" | "double" | "late" | "two-ends" | "apart" | "untrue";
  readonly text: string;
}

export interface History {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly ends: readonly CommandState[];
}

const untruth = (state: CommandState, reason: string, isHeard: boolean, isAired: boolean): string | undefined => {
  if (state === "effect-observed" && !isHeard) return "an effect of what no device heard";
  if (state === "done" && reason === "proved:acknowledged" && !isHeard) return "acknowledged by nobody";
  if (state === "done" && reason === "proved:on-air" && !isAired) return "on air without a gateway";
  if (["refused", "cancelled"].includes(state) && isHeard) return `${state}, and the device heard it`;
  return undefined;
};

const judge = (world: World): Fault[] => {
  const faults: Fault[] = [];
  for (const { id, fields, expiresAt } of world.commands) {
    // What frees a lamp has no level of its own: of it only its end is judged.
    const level = (fields.level as number | undefined) ?? -1;
    const fault = (is: Fault["is"], text: string): void => void faults.push({ is, text: `${level}: ${text}` });
    const heard = world.heard.get(level) ?? [];
    const steps = world.states(id);
    const ends = steps.filter(({ state }) => isTerminal(state));
    const replica = world.replicaOf(id);
    if (heard.length > 1) fault("double", `heard ${heard.length} times`);
    if (heard.some((at) => at > expiresAt + LATE_MS)) fault("late", `heard ${heard.map((at) => at - expiresAt)} late`);
    if (replica === undefined || !isTerminal(replica)) fault("stuck", `${replica}, box ${steps.at(-1)?.state}`);
    if (ends.length > 1) fault("two-ends", ends.map(({ state }) => state).join(" "));
    const [end] = ends;
    if (end === undefined) continue;
    if (replica !== end.state) fault("apart", `box ${end.state}, hypervisor ${replica}`);
    const lie =
      level === -1 ? undefined : untruth(end.state, end.reason ?? "", heard.length > 0, world.aired.has(level));
    if (lie !== undefined) fault("untrue", lie);
  }
  for (const asset of world.held()) faults.push({ is: "held", text: `${asset} was never given back` });
  for (const text of world.strange) faults.push({ is: "apart", text });
  return faults;
};

export const walk = async (seed: number, lens?: Lens): Promise<History> => {
  const dice = createDice(seed);
  const nature = { api: dice.chance(0.75), session: dice.chance(0.5) };
  const world = createWorld(dice, nature, lens);
  await world.pass(3_000);
  const length = 5 + dice.upTo(16);
  await world.order(dice.upTo(3));
  for (let step = 0; step < length; step++) {
    await choose(world)(world);
    await world.pass(1_000 * dice.one([0, 1, 1, 2, 5, 12, 25]));
  }
  world.heal();
  for (let spent = 0; spent < PATIENCE_MS && !isOver(world); spent += 20_000) await world.pass(20_000, 4_000);
  const ends = world.commands.map(({ id }) => world.replicaOf(id)!);
  return { seed, faults: judge(world), ends };
};

export interface Walked {
  readonly histories: number;
  readonly bad: readonly History[];
  /** How often each terminal state was reached. */
  readonly coverage: Readonly<Record<string, number>>;
}

/** `count` histories from `seed` on; stops early once `enough` of them went wrong. */
export const walkMany = async (seed: number, count: number, lens?: Lens, enough = 3): Promise<Walked> => {
  const coverage: Record<string, number> = Object.fromEntries(TERMINAL_STATES.map((state) => [state, 0]));
  const bad: History[] = [];
  let histories = 0;
  for (; histories < count && bad.length < enough; histories++) {
    const history = await walk(seed + histories, lens);
    for (const end of history.ends) coverage[end] = (coverage[end] ?? 0) + 1;
    if (history.faults.length > 0) bad.push(history);
  }
  return { histories, bad, coverage };
};
