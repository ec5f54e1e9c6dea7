/** How a replica of a command follows its box: the box's word counts, forwards only, and nothing moves an end. Pure. */
import { type CommandState, isTerminal, OPEN_STATES, TERMINAL_STATES } from "./command.ts";

const STATES: readonly string[] = [...OPEN_STATES, ...TERMINAL_STATES];

export const isState = (word: string): word is CommandState => STATES.includes(word);

/** `old`: known, or left behind; `after-end`: another end than the one that is known. */
export const replicaMove = (known: CommandState, told: CommandState): "moves" | "old" | "after-end" => {
  if (STATES.indexOf(told) <= STATES.indexOf(known)) return "old";
  return isTerminal(known) ? "after-end" : "moves";
};
