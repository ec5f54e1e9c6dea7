/** The queue of commands as lines: a wish for many is one line. Pure. */
import type { CommandView, RegionQueueReply } from "../../api/schemas.ts";

export interface QueueLine {
  /** Of the command, or of the wish for many: by it they are taken back. */
  readonly id: string;
  /** The one furthest behind speaks for all. */
  readonly command: CommandView;
  /** Assets that still wait; 1 for a command to one. */
  readonly n: number;
  /** How many are in which state. */
  readonly states: ReadonlyMap<string, number>;
}

const WAY = ["requested", "accepted", "queued", "on-air", "acknowledged"];

/** In the order of the reply. */
export function linesOf({ waiting }: Pick<RegionQueueReply, "waiting">): readonly QueueLine[] {
  const lines = new Map<string, QueueLine>();
  for (const command of waiting) {
    const id = command.mass?.id ?? command.id;
    const before = lines.get(id);
    const states = new Map(before?.states);
    states.set(command.state, (states.get(command.state) ?? 0) + 1);
    const isBehind = before !== undefined && WAY.indexOf(before.command.state) <= WAY.indexOf(command.state);
    lines.set(id, { id, command: isBehind ? before.command : command, n: (before?.n ?? 0) + 1, states });
  }
  return [...lines.values()];
}

/** What the box does by itself is not taken back by hand: it would do it again. */
export const mayTakeBack = ({ author }: Pick<CommandView, "author">): boolean =>
  author !== "box" && !author.startsWith("beffroi:");
