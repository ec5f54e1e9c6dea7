/** What must hold of a history, whatever happened in it. */
import { type Command, type CommandState, isTerminal, rankOf } from "../../../commands/command.ts";
import type { Hearing } from "./lamps.ts";
import type { World } from "./world.ts";

export interface Fault {
  readonly is: "stuck" | "held" | "double" | "late" | "two-ends" | "apart" | "untrue" | "stray" | "stale" | "unheard";
  readonly text: string;
}

/** The first receive window, and the second in which the clock is driven. */
const LATE_MS = 2_000;

/** What frees a lamp or gives it keys has no level of its own: of it only its end is judged. */
const levelOf = ({ fields }: Command): number | undefined => fields.level as number | undefined;

const untruth = (state: CommandState, reason: string, isHeard: boolean, isAired: boolean): string | undefined => {
  if (state === "effect-observed" && !isHeard) return "an effect of what no device heard";
  if (state === "done" && reason === "proved:acknowledged" && !isHeard) return "acknowledged by nobody";
  if (state === "done" && reason === "proved:on-air" && !isAired) return "on air without a gateway";
  if (["refused", "cancelled"].includes(state) && isHeard) return `${state}, and the device heard it`;
  return undefined;
};

const faultsOf = (world: World, command: Command): Fault[] => {
  const faults: Fault[] = [];
  const { id, target, expiresAt } = command;
  const level = levelOf(command);
  const fault = (is: Fault["is"], text: string): void =>
    void faults.push({ is, text: `${target} ${command.name} ${level ?? ""}: ${text}` });
  const device = world.devices.findIndex(({ asset }) => asset === target);
  const heard = world.heard[device]!.filter((each) => each.level === level);
  const order = `${world.devices[device]!.devEui} ${level}`;
  // Flushed while it was on its way to the antenna: ChirpStack says nothing of it and does not count it, so no box can know.
  const flushedAt = world.flushed.get(order) ?? Number.NEGATIVE_INFINITY;
  const known = heard.filter(({ at }) => at < flushedAt || at - flushedAt > LATE_MS);
  // A lamp that did not show what its group was told is told once more, alone.
  for (const by of ["alone", "group"] as const)
    if (known.filter((each) => each.by === by).length > 1) fault("double", `heard ${heard.length} times`);
  if (heard.some(({ at }) => at > expiresAt + LATE_MS))
    fault("late", `heard ${heard.map(({ at }) => at - expiresAt)} late`);
  const steps = world.row(id)?.record.steps ?? [];
  const ends = steps.filter(({ state }) => isTerminal(state));
  const replica = world.replicaOf(id);
  if (replica === undefined || !isTerminal(replica)) fault("stuck", `${replica}, box ${steps.at(-1)?.state}`);
  if (ends.length > 1) fault("two-ends", ends.map(({ state }) => state).join(" "));
  const [end] = ends;
  if (end === undefined) return faults;
  if (replica !== end.state) fault("apart", `box ${end.state}, hypervisor ${replica}`);
  const isLie = level !== undefined && !(heard.length > 0 && known.length === 0);
  const lie = isLie ? untruth(end.state, end.reason ?? "", heard.length > 0, world.aired.has(order)) : undefined;
  if (lie !== undefined) fault("untrue", lie);
  return faults;
};

/** What a device heard in turn: nothing that was not for it, and nothing older after what was wanted later and counts as much. */
const faultsOfLamp = (world: World, device: number): Fault[] => {
  const { asset } = world.devices[device]!;
  const mine = new Map(
    world.commands.filter(({ target }) => target === asset).map((command) => [levelOf(command), command]),
  );
  const faults: Fault[] = [];
  let newest: Command | undefined;
  const judge = ({ level, by }: Hearing): void => {
    const command = mine.get(level);
    if (command === undefined) {
      faults.push({ is: "stray", text: `${asset} heard ${level} ${by}, which was not for it` });
      return;
    }
    const isOlder = newest !== undefined && newest.name === command.name && newest.requestedAt > command.requestedAt;
    if (isOlder && rankOf(newest!.precedence) >= rankOf(command.precedence))
      faults.push({ is: "stale", text: `${asset} heard ${level} ${by} after ${levelOf(newest!)}` });
    else newest = command;
  };
  for (const hearing of world.heard[device]!) judge(hearing);
  return faults;
};

export const judge = (world: World): Fault[] => [
  ...world.commands.flatMap((command) => faultsOf(world, command)),
  ...[...world.devices.keys()].flatMap((device) => faultsOfLamp(world, device)),
  ...world.held().map((asset) => ({ is: "held" as const, text: `${asset} was never given back` })),
  ...world.unheard.map((text) => ({ is: "unheard" as const, text })),
  ...world.strange.map((text) => ({ is: "apart" as const, text })),
];
