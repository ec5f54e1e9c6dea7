/** A command and its steps in words. Pure. */
import type { CommandView } from "../../api/schemas.ts";
import { isText, type Words } from "./words.ts";

/** The way of a command that goes well, in order. */
export const LADDER = ["requested", "accepted", "queued", "on-air", "acknowledged", "effect-observed"] as const;
const GOOD_ENDS: ReadonlySet<string> = new Set(["effect-observed", "done"]);

export const endedWell = ({ state }: Pick<CommandView, "state">): boolean => GOOD_ENDS.has(state);

const ofRegistry = (name: string): boolean => name.startsWith("registry.");
/** A change of the registry is done by the box itself. */
const REGISTRY_LADDER: readonly string[] = ["requested", "accepted", "done"];
/** What the box has to know and a person does not: what is asked about stands above, in the panel. */
const UNSAID: ReadonlySet<string> = new Set(["known", "asset", "command"]);

/** What may still come, when all goes well; nothing once the end is known. */
export function stillToCome(command: CommandView): readonly string[] {
  if (command.terminal) return [];
  const ladder: readonly string[] = ofRegistry(command.name) ? REGISTRY_LADDER : LADDER;
  const reached = Math.max(...command.steps.map(({ state }) => ladder.indexOf(state)), 0);
  return ladder.slice(reached + 1);
}

export const stepInWords = (state: string, { say }: Words): string => {
  const key = `step.${state}`;
  return isText(key) ? lookUp(key, say) : state;
};

/** Reasons are codes, some with a detail after a colon; one without a text is shown as it came. */
export const reasonInWords = (reason: string, { say }: Words): string => {
  const key = `reason.${reason.split(":")[0]}`;
  return isText(key) ? lookUp(key, say) : reason;
};

export function commandInWords(command: Pick<CommandView, "name" | "fields">, words: Words): string {
  const { say, measurement } = words;
  const level = command.fields.level;
  if (command.name === "dim" && typeof level === "number") {
    if (level === 0) return say("command.dimOff");
    return level === 100 ? say("command.dimOn") : say("command.dim", { level: measurement.number(level, "%") });
  }
  if (ofRegistry(command.name)) {
    const told = Object.entries(command.fields).filter(([name]) => !UNSAID.has(name));
    return [nameInWords(command.name, words), ...told.map(([, value]) => `${value}`)].join(", ");
  }
  const fields = Object.entries(command.fields).map(([name, value]) => `${name} ${value}`);
  return [nameInWords(command.name, words), ...fields].join(", ");
}

/** The author of what the box takes back by itself. */
const RETURNS = "beffroi:return";

export const authorInWords = (author: string, { say }: Words): string => {
  if (author === RETURNS) return say("command.byItself");
  return author === "page" ? say("command.byPage") : say("command.by", { author });
};

const HELD_NOTHING: ReadonlySet<string> = new Set(["refused", "expired", "cancelled"]);

/**
 * Who holds an asset until when, as far as its commands tell, newest first; `releases` are the names of those that give it back.
 * The box decides; this is what is known of it.
 */
export function holderOf(
  commands: readonly CommandView[],
  releases: readonly string[],
  now: number,
): CommandView | undefined {
  const last = commands.find(
    ({ state, name, holdUntil }) => !HELD_NOTHING.has(state) && (holdUntil !== undefined || releases.includes(name)),
  );
  return last?.holdUntil !== undefined && Date.parse(last.holdUntil) > now ? last : undefined;
}

export const nameInWords = (name: string, { say }: Words): string => {
  const key = `command.${name}`;
  return name !== "dim" && isText(key) ? lookUp(key, say) : name;
};

/** Texts found by a word from the wire have no placeholders: `step.…`, `reason.…` and the names of commands but `dim` never do. */
const lookUp = (key: string, say: Words["say"]): string => (say as (key: string) => string)(key);
