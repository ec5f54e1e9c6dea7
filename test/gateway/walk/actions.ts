/** What can happen next, and how often. */
import { GATEWAY_REFUSALS } from "../../../fixtures/chirpstack/settings.ts";
import type { World } from "./world.ts";

export type Action = (world: World) => unknown;
type Weighted = readonly (readonly [share: number, action: Action])[];

const delays = (world: World): readonly number[] =>
  world.dice.one([[0], [0], [], [0, 0], [2_000], [9_000], [40_000], [0, 30_000]]);

const device = (world: World): number => world.dice.upTo(world.devices.length);

/** Holds the lamp for a while; ends before the history does. */
const hold = (world: World) => ({ name: "hold", holdUntil: world.now() + 1_000 * (30 + world.dice.upTo(120)) });

const TROUBLES: Weighted = [
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
  [2, (world) => world.line("cut")],
  [4, (world) => world.line("whole")],
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

const ONE_OF_EACH: Weighted = [
  [8, (world) => world.order(device(world))],
  [2, (world) => world.order(device(world), { precedence: world.dice.one(["schedule", "override", "safety"]) })],
  [2, (world) => world.order(0, hold(world))],
  [1, (world) => world.order(0, { ...hold(world), author: "region", precedence: "override" })],
  [0.5, (world) => world.order(0, { ...hold(world), author: "mayor", reason: "a feast" })],
  [0.5, (world) => world.order(0, { name: "free", fields: {} })],
  [1, (world) => world.order(device(world), { fields: { level: 4_000 } })],
  [1, (world) => world.order(device(world), { name: "explode" })],
  ...TROUBLES,
];

const STREET: Weighted = [
  [6, (world) => world.orderMany()],
  [2, (world) => world.orderMany({ ...hold(world), precedence: world.dice.one(["override", "operator"]) })],
  [1, (world) => world.orderMany({ precedence: world.dice.one(["schedule", "safety"]) })],
  [3, (world) => world.order(device(world))],
  [0.5, (world) => world.order(device(world), { ...hold(world), author: "mayor", reason: "a feast" })],
  [2, (world) => world.joinGroup()],
  [1, (world) => world.leaveGroup()],
  [1.5, (world) => world.orderMany({}, world.leaveGroup())],
  [1, (world) => world.renewGroup()],
  [1, (world) => world.provision()],
  [1, (world) => world.flushGroup()],
  [1, (world) => world.api("mute")],
  ...TROUBLES,
];

const chooser = (actions: Weighted): ((world: World) => Action) => {
  const whole = actions.reduce((sum, [share]) => sum + share, 0);
  return (world) => {
    let at = world.dice.unit() * whole;
    for (const [share, action] of actions) {
      at -= share;
      if (at < 0) return action;
    }
    return actions[0]![1];
  };
};

export const chooseAlone = chooser(ONE_OF_EACH);
export const chooseInStreet = chooser(STREET);
