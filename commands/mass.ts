/** One wish for many assets, the same at box and region: what it costs before it is sent, the word that confirms it, what became of it. */
import { createHash } from "node:crypto";
import { type AirCost, costOf, type WishCost } from "./airtime/cost.ts";
import { RX2, RX2_DR, RX2_FREQUENCY, spanMs, subBandOf, type Way } from "./airtime/duty-cycle.ts";
import { downlinkMs } from "./airtime/time-on-air.ts";
import { type Command, type CommandState, isTerminal } from "./command.ts";

/** Names exactly this wish, so that what is confirmed is what was shown. Eight hex digits. */
export const wordFor = ({
  targets,
  name,
  fields,
  precedence,
}: Pick<Command, "name" | "fields" | "precedence"> & { readonly targets: readonly string[] }): string =>
  createHash("sha256")
    .update(JSON.stringify([[...targets].sort(), name, Object.entries(fields).sort(), precedence]))
    .digest("hex")
    .slice(0, 8);

/** A multicast group as it may be planned with. Who is in it is named as those who are meant are: by device, or by asset. */
export interface PlanGroup {
  readonly name: string;
  readonly members: readonly string[];
  /** May hear its frames, and did not prove it. */
  readonly unproven?: readonly string[];
  readonly dataRate: number;
}

/** What is planned. */
export interface Meant {
  readonly meant: readonly string[];
  /** Application bytes of the command. */
  readonly bytes: number;
  readonly groups: readonly PlanGroup[];
  /** LoRa gateways that would each send a group's frame. */
  readonly gateways: number;
  /** How frames reach each of them alone, where that is known; else as the regional parameters say. */
  readonly wayOf?: (meant: string) => Way;
  /** Of the question asked of whoever is told by group and does not report in time by itself; undefined: not asked. */
  readonly questionBytes?: (meant: string) => number | undefined;
}

export interface WishPlan extends WishCost {
  readonly multicast?: NonNullable<WishCost["multicast"]> & { readonly groups: readonly string[] };
  /** What confirmation costs at most: questions to those told by group that will not report in time by themselves. */
  readonly questions?: AirCost;
  /** Why some go one by one: `not-in-group`, `group-not-whole` (a member is not meant), `no-gateway`. */
  readonly reasons: readonly string[];
}

/** A group of one costs what its lamp costs. */
const WORTH_IT = 2;

/** Frames to one device each. */
const toEach = (frames: readonly { readonly bytes: number; readonly way: Way }[]): AirCost => {
  let [airtimeMs, span] = [0, 0];
  for (const { bytes, way } of frames) {
    const ms = downlinkMs(bytes, way.dr);
    airtimeMs += ms;
    span += spanMs(1, ms, subBandOf(way.frequency) ?? subBandOf(RX2_FREQUENCY)!);
  }
  return { frames: frames.length, airtimeMs, spanMs: span };
};

export const planOfWish = (wish: Meant): WishPlan => {
  const { meant, groups, gateways, questionBytes, wayOf = () => RX2 } = wish;
  const bytes = Math.max(1, wish.bytes);
  const wanted = new Set(meant);
  const touched = groups.filter(
    ({ members }) => members.length >= WORTH_IT && members.some((each) => wanted.has(each)),
  );
  const whole = touched.filter(({ members, unproven = [] }) =>
    [...members, ...unproven].every((each) => wanted.has(each)),
  );
  const usable = gateways === 0 ? [] : whole;
  const reached = new Set(usable.flatMap(({ members }) => members));
  const { multicast, ...cost } = costOf({
    bytes,
    assets: wanted.size,
    groups: usable.map(({ members, dataRate }) => ({ members: members.length, dr: dataRate, gateways })),
    frequency: RX2_FREQUENCY,
    dr: RX2_DR,
  });
  const asked = [...reached].flatMap((each) => {
    const size = questionBytes?.(each);
    return size === undefined ? [] : [{ bytes: size, way: wayOf(each) }];
  });
  const alone = [...wanted].filter((each) => !reached.has(each));
  return {
    ...cost,
    unicast: toEach(alone.map((each) => ({ bytes, way: wayOf(each) }))),
    ...(asked.length === 0 ? {} : { questions: toEach(asked) }),
    ...(multicast === undefined ? {} : { multicast: { ...multicast, groups: usable.map(({ name }) => name) } }),
    reasons: [
      ...(reached.size < wanted.size ? ["not-in-group"] : []),
      ...(whole.length < touched.length ? ["group-not-whole"] : []),
      ...(gateways === 0 ? ["no-gateway"] : []),
    ],
  };
};

const together = (one: AirCost, other: AirCost): AirCost => ({
  frames: one.frames + other.frames,
  airtimeMs: one.airtimeMs + other.airtimeMs,
  // Boxes send side by side.
  spanMs: Math.max(one.spanMs, other.spanMs),
});

/** Of several boxes, each with its own antennas. */
export const addPlans = (one: WishPlan, other: WishPlan): WishPlan => {
  const multicast =
    one.multicast === undefined || other.multicast === undefined
      ? (one.multicast ?? other.multicast)
      : {
          ...together(one.multicast, other.multicast),
          assets: one.multicast.assets + other.multicast.assets,
          groups: [...one.multicast.groups, ...other.multicast.groups],
        };
  const questions =
    one.questions === undefined || other.questions === undefined
      ? (one.questions ?? other.questions)
      : together(one.questions, other.questions);
  return {
    assets: one.assets + other.assets,
    ...(questions === undefined ? {} : { questions }),
    ...(multicast === undefined ? {} : { multicast }),
    unicast: together(one.unicast, other.unicast),
    oneByOne: {
      sf12: together(one.oneByOne.sf12, other.oneByOne.sf12),
      sf9: together(one.oneByOne.sf9, other.oneByOne.sf9),
    },
    reasons: [...new Set([...one.reasons, ...other.reasons])],
  };
};

const GOOD: readonly CommandState[] = ["effect-observed", "done"];

export interface WishProgress {
  readonly states: Readonly<Record<string, number>>;
  readonly terminal: boolean;
  /** Those that came to a bad end, by name. */
  readonly named: readonly { readonly target: string; readonly state: CommandState; readonly reason?: string }[];
}

export const progressOf = (
  commands: readonly { readonly target: string; readonly state: CommandState; readonly reason?: string | undefined }[],
): WishProgress => {
  const states: Record<string, number> = {};
  for (const { state } of commands) states[state] = (states[state] ?? 0) + 1;
  return {
    states,
    terminal: commands.every(({ state }) => isTerminal(state)),
    named: commands
      .filter(({ state }) => isTerminal(state) && !GOOD.includes(state))
      .map(({ target, state, reason }) => ({ target, state, ...(reason === undefined ? {} : { reason }) })),
  };
};
